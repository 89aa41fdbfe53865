// SPDX-License-Identifier: Apache-2.0
// The keys of sluice.yaml. Order is the order of docs/configuration.md.
#include "keys.hpp"

namespace config {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kUs = 1'000;
constexpr std::uint64_t kMs = 1'000 * kUs;
constexpr std::uint64_t kSec = 1'000 * kMs;
constexpr std::uint64_t kHour = 3'600 * kSec;
constexpr std::uint64_t kDay = 24 * kHour;

constexpr std::string_view kRequired;
constexpr std::string_view kPrivateNetworks = "[10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, \"fd00::/8\"]";

// clang-format off
constexpr KeySpec kKeys[] = {
  {"port", Type::kMap, kRequired, 0, 0, 1, "", "the one network port: clients and upstreams are reached through it"},
  {"port.profile", Type::kName, kRequired, 1, 31, 1, "", "driver profile: a file in pmd_configs without `.yaml`"},
  {"port.device", Type::kDevice, kRequired, 1, 107, 1, "", "interface name, PCI address or path, as the profile says"},
  {"port.addresses", Type::kList, kRequired, 1, 64, 1, "", "our addresses on this port; queries to them are answered"},
  {"port.addresses[]", Type::kInterfaceAddress, kRequired, 0, 0, 1, "", "an address with the prefix length of its network"},
  {"port.tap", Type::kInterface, "sluice-tap", 1, 15, 1, "none", "TAP interface that gives the kernel what is not DNS over UDP (ARP, ND, ICMP, TCP); `none`: no TAP"},
  {"port.mtu", Type::kInteger, "1500", 1'280, 9'216, 1, "", "largest IP packet in bytes"},

  {"lcores", Type::kMap, "auto", 0, 0, 1, "auto", "which CPU runs which role; one CPU may have several roles"},
  {"lcores.workers", Type::kList, "auto", 1, 32, 1, "auto", "one element a worker: the CPU it polls on; a CPU may repeat"},
  {"lcores.workers[]", Type::kInteger, kRequired, 0, 1'023, 1, "", "number of a CPU"},
  {"lcores.egress", Type::kInteger, "auto", 0, 1'023, 1, "auto", "CPU of the egress role, which spends the upstream budget and writes the cache"},
  {"lcores.control", Type::kInteger, "auto", 0, 1'023, 1, "auto", "CPU of control and slow path; it is not polled, so it may share"},
  {"lcores.idle", Type::kMap, "{}", 0, 0, 1, "", "what a polling thread does with nothing to do; what is not given is taken from the profile"},
  {"lcores.idle.pause_after", Type::kInteger, "auto", 0, 1'000'000, 1, "auto", "empty polls in a row before the CPU's pause instruction"},
  {"lcores.idle.sleep_after", Type::kInteger, "auto", 0, 100'000'000, 1, "auto", "empty polls in a row before the thread sleeps; 0: never"},
  {"lcores.idle.sleep", Type::kDuration, "auto", kUs, 100 * kMs, kUs, "auto", "how long it sleeps before it looks again"},

  {"uplinks", Type::kList, kRequired, 1, 16, 1, "", "groups of upstream resolvers, each with a budget of its own"},
  {"uplinks[]", Type::kMap, kRequired, 0, 0, 1, "", "one uplink"},
  {"uplinks[].name", Type::kName, kRequired, 1, 31, 1, "", "what `forward`, metrics and `sluicectl upstreams` call it"},
  {"uplinks[].servers", Type::kList, kRequired, 1, 8, 1, "", "resolvers, tried in the order of their measured round trip"},
  {"uplinks[].servers[]", Type::kAddress, kRequired, 0, 0, 1, "", "address of a resolver; the port is 53"},
  {"uplinks[].case_randomization", Type::kChoice, "off", 0, 0, 1, "off|on", "0x20: random letter case in names upstream, which replies must repeat; given up for a server that changes it"},
  {"uplinks[].trust_ad", Type::kChoice, "off", 0, 0, 1, "off|on", "`on`: its AD flag (RFC 4035) is repeated to clients that ask for it; the way to it must be safe from others"},
  {"uplinks[].budget", Type::kMap, "{}", 0, 0, 1, "", "packets that may be sent to this uplink"},
  {"uplinks[].budget.limit", Type::kInteger, "1024", 1, 1'000'000, 1, "none", "packets in any second; `none` for an unmetered upstream"},
  {"uplinks[].budget.reserve", Type::kInteger, "0", 0, 1'000'000, 1, "", "part of the limit left to others on the same interface (IMDS, NTP)"},

  {"forward", Type::kList, "[]", 0, 1'024, 1, "", "which uplink is asked for which names, longest suffix first; may be left out when there is one uplink"},
  {"forward[]", Type::kMap, kRequired, 0, 0, 1, "", "one zone"},
  {"forward[].zone", Type::kZone, kRequired, 0, 0, 1, "", "names at or below it; `\".\"` is every name"},
  {"forward[].uplink", Type::kName, kRequired, 1, 31, 1, "", "name of an uplink"},

  {"cache", Type::kMap, "{}", 0, 0, 1, "", "the answer cache"},
  {"cache.size", Type::kBytes, "256MiB", kMiB, 256 * kGiB, 1, "auto", "memory for the whole of it, reserved at start; `auto`: a quarter of the machine's"},
  {"cache.max_entries", Type::kInteger, "0", 0, 4'294'967'295, 1, "", "answers it may hold; 0: as many as fit"},
  {"cache.min_ttl", Type::kDuration, "0s", 0, 7 * kDay, kSec, "", "smaller TTLs are raised to this"},
  {"cache.max_ttl", Type::kDuration, "1d", kSec, 7 * kDay, kSec, "", "larger TTLs are cut to this"},
  {"cache.negative_ttl", Type::kMap, "{}", 0, 0, 1, "", "NXDOMAIN and NODATA (RFC 2308)"},
  {"cache.negative_ttl.max", Type::kDuration, "1h", 0, kDay, kSec, "", "larger negative TTLs are cut to this"},
  {"cache.negative_ttl.without_soa", Type::kDuration, "0s", 0, kDay, kSec, "", "TTL of a negative answer without SOA; 0s: not cached"},
  {"cache.servfail_ttl", Type::kDuration, "1s", 0, 300 * kSec, kSec, "", "how long a failure is remembered (RFC 9520); 0s: not at all"},
  {"cache.stale", Type::kMap, "{}", 0, 0, 1, "", "serving expired answers when the upstream does not answer (RFC 8767)"},
  {"cache.stale.keep", Type::kDuration, "1d", 0, 7 * kDay, kSec, "", "how long an expired answer may still serve; 0s: never"},
  {"cache.stale.ttl", Type::kDuration, "30s", kSec, kHour, kSec, "", "TTL of a stale answer"},
  {"cache.stale.client_timeout", Type::kDuration, "350ms", 0, 5 * kSec, kMs, "", "how long a client waits for the upstream before it gets a stale answer; 0ms: not at all"},
  {"cache.stale.recheck", Type::kDuration, "30s", kSec, 300 * kSec, kSec, "", "how long a name that failed is answered stale before the upstream is asked for it again; ends when a silent upstream comes back"},
  {"cache.max_answer", Type::kBytes, "64KiB", 512, 64 * 1'024, 1, "", "larger answers are not kept; they serve only those who wait for them"},
  {"cache.prefetch", Type::kPercent, "10%", 0, 90, 1, "", "a hit with less than this share of its TTL left asks for a refresh; 0%: never"},
  {"cache.coalesce", Type::kChoice, "global", 0, 0, 1, "off|core|global", "who shares one upstream question; `off` and `core` are for comparison only"},

  {"answers", Type::kMap, "{}", 0, 0, 1, "", "what is answered without asking, and what goes with an answer"},
  {"answers.any", Type::kChoice, "hinfo", 0, 0, 1, "hinfo|forward", "type ANY: `hinfo`: one record of our own (RFC 8482), not signed; `forward`: as any other type"},
  {"answers.any_ttl", Type::kDuration, "1h", kSec, kDay, kSec, "", "TTL of that record"},
  {"answers.rotate", Type::kChoice, "qid", 0, 0, 1, "off|qid", "`qid`: each query's ID draws which address of several comes first"},
  {"answers.other_classes", Type::kChoice, "refuse", 0, 0, 1, "refuse|forward", "classes other than IN and CH; CH is about this server and never forwarded"},
  {"answers.nsid", Type::kText, "hostname", 1, 128, 1, "none|hostname", "name of this server for clients that ask for it by EDNS (RFC 5001)"},
  {"answers.version", Type::kText, "none", 1, 128, 1, "none", "CH TXT of `version.bind` and `version.server`; `none`: REFUSED"},
  {"answers.identity", Type::kText, "none", 1, 128, 1, "none|hostname", "CH TXT of `hostname.bind` and `id.server` (RFC 4892); `none`: REFUSED"},
  {"answers.cookies", Type::kChoice, "on", 0, 0, 1, "off|on", "server cookies (RFC 7873, RFC 9018) for clients that send a COOKIE"},
  {"answers.cookie_secret", Type::kSecret, "random", 32, 32, 1, "random", "what cookies are made with; the same for all servers of one address; `random`: drawn at start"},
  {"answers.cookie_staging_secret", Type::kSecret, "none", 32, 32, 1, "none", "a second secret whose cookies are taken: the next one, then the one before"},
  {"answers.server_cookie", Type::kChoice, "optional", 0, 0, 1, "optional|required", "`required`: over UDP a client that knows cookies must send a good one, else BADCOOKIE"},

  {"clients", Type::kMap, "{}", 0, 0, 1, "", "who may ask, and how many may wait"},
  {"clients.allow", Type::kList, kPrivateNetworks, 0, 256, 1, "", "networks that are answered; everybody else is REFUSED"},
  {"clients.allow[]", Type::kPrefix, kRequired, 0, 0, 1, "", "a network"},
  {"clients.max_waiting", Type::kInteger, "65536", 64, 4'194'304, 1, "", "clients that may wait for an answer at once, of each worker; rounded up to a power of two"},
  {"clients.patience", Type::kDuration, "4800ms", 100 * kMs, 60 * kSec, kMs, "", "how long a client waits before it is answered SERVFAIL"},
  {"clients.drop_policy", Type::kMap, "{newest: 0, random: 50, oldest: 50}", 0, 0, 1, "", "who is dropped when too many wait; percentages, sum 100"},
  {"clients.drop_policy.newest", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take the newest"},
  {"clients.drop_policy.random", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take any"},
  {"clients.drop_policy.oldest", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take the oldest"},
  {"clients.tcp", Type::kMap, "{}", 0, 0, 1, "", "clients' TCP connections (RFC 7766)"},
  {"clients.tcp.max_connections", Type::kInteger, "10000", 1, 1'000'000, 1, "", "connections open at once; for another one the longest idle is closed, and when none is idle it is refused"},
  {"clients.tcp.max_connections_per_client", Type::kInteger, "100", 1, 1'000'000, 1, "", "connections of one address; more are refused"},
  {"clients.tcp.max_queries_per_connection", Type::kInteger, "0", 0, 1'000'000'000, 1, "", "queries after which a connection is answered and closed; 0: no limit"},
  {"clients.tcp.max_in_flight", Type::kInteger, "200", 1, 65'535, 1, "", "queries of one connection that wait for the upstream; with so many it is not read further"},
  {"clients.tcp.idle_timeout", Type::kDuration, "10s", 100 * kMs, kHour, kMs, "", "a connection without a query is closed after this, and one whose client does not read"},
  {"clients.tcp.query_timeout", Type::kDuration, "3s", 100 * kMs, 60 * kSec, kMs, "", "a query that has begun must be whole after this"},
  {"clients.tcp.max_unsent", Type::kBytes, "256KiB", 64 * 1'024, 64 * kMiB, 1, "", "answers kept for one client that does not read; more close the connection"},
  {"clients.tcp.max_buffered", Type::kBytes, "64MiB", kMiB, 64 * kGiB, 1, "", "memory of all connections for queries that came in part and answers that are not read"},

  {"egress", Type::kMap, "{}", 0, 0, 1, "", "how the upstream budget is spent"},
  {"egress.order", Type::kChoice, "deadline", 0, 0, 1, "deadline|fifo", "which question is sent next; `fifo` is for comparison only"},
  {"egress.max_sends", Type::kInteger, "3", 1, 3, 1, "", "packets that one question may cost"},
  {"egress.upstream_tcp", Type::kChoice, "on_truncation", 0, 0, 1, "on_truncation|never|always", "when a question is asked over TCP: after a truncated reply or one with a wrong ID, never (clients get the truncation), or always; needs `port.tap`"},
  {"egress.fetches_per_server", Type::kInteger, "0", 0, 1'000'000, 1, "", "questions in flight to one server; 0: no quota"},
  {"egress.fetches_per_zone", Type::kInteger, "0", 0, 1'000'000, 1, "", "questions in flight for one zone; 0: no quota"},
  {"egress.fetch_quota", Type::kMap, "{}", 0, 0, 1, "", "how `fetches_per_server` follows timeouts"},
  {"egress.fetch_quota.freq", Type::kInteger, "100", 1, 1'000'000, 1, "", "completions between two looks"},
  {"egress.fetch_quota.low", Type::kFraction, "0.1", 0, 0, 1, "", "share of timeouts below which the quota grows"},
  {"egress.fetch_quota.high", Type::kFraction, "0.3", 0, 0, 1, "", "share of timeouts above which the quota shrinks"},
  {"egress.fetch_quota.discount", Type::kFraction, "0.7", 0, 0, 1, "", "weight of the latest look in the average"},

  {"local", Type::kMap, "{}", 0, 0, 1, "", "answers of our own"},
  {"local.hosts", Type::kList, "[]", 0, 64, 1, "", "hosts files"},
  {"local.hosts[]", Type::kPath, kRequired, 2, 4'095, 1, "", "absolute path of a hosts file"},
  {"local.records", Type::kList, "[]", 0, 65'536, 1, "", "records in zone-file form"},
  {"local.records[]", Type::kText, kRequired, 1, 65'535, 1, "", "one line of a zone file"},
  {"local.suffixes", Type::kList, "[]", 0, 1'024, 1, "", "one answer for every name below a suffix"},
  {"local.suffixes[]", Type::kMap, kRequired, 0, 0, 1, "", "one suffix, with `a`, `aaaa` or both"},
  {"local.suffixes[].suffix", Type::kZone, kRequired, 0, 0, 1, "", "the suffix"},
  {"local.suffixes[].a", Type::kAddress, "none", 0, 0, 1, "none", "IPv4 address of every name below it"},
  {"local.suffixes[].aaaa", Type::kAddress, "none", 0, 0, 1, "none", "IPv6 address of every name below it"},
  {"local.ttl", Type::kDuration, "60s", 0, 7 * kDay, kSec, "", "TTL of hosts files, suffixes, and records that are written without one"},
  {"local.special_names", Type::kList, "[localhost, invalid, test, onion]", 0, 7, 1, "", "special-use names (RFC 6761, 7686, 8375, 6762) answered here: `localhost` with the loopback addresses, the others with NXDOMAIN; a zone in `forward` or a suffix goes before"},
  {"local.special_names[]", Type::kChoice, kRequired, 0, 0, 1, "localhost|invalid|test|onion|home.arpa|local|internal", "one of them; on AWS, `internal` would hide `compute.internal`"},
  {"local.reverse_zones", Type::kChoice, "special", 0, 0, 1, "off|special|all", "empty reverse zones of RFC 6303 answered here; `special`: all but those of private addresses, which the upstream knows in a VPC; `all`: those too"},
  {"local.reverse_zones_except", Type::kList, "[]", 0, 64, 1, "", "those of them that go upstream all the same"},
  {"local.reverse_zones_except[]", Type::kZone, kRequired, 0, 0, 1, "", "a zone of RFC 6303: `254.169.in-addr.arpa`"},
  {"local.domain_needed", Type::kChoice, "on", 0, 0, 1, "on|off", "A and AAAA of names of one label are answered NXDOMAIN instead of going upstream, unless local data or a zone in `forward` names them"},

  {"control", Type::kMap, "{}", 0, 0, 1, "", "how the daemon is controlled"},
  {"control.socket", Type::kPath, "/run/sluice/control.sock", 2, 107, 1, "", "Unix socket of `sluicectl`"},

  {"log", Type::kMap, "{}", 0, 0, 1, "", "what is written to stderr or the journal"},
  {"log.level", Type::kChoice, "info", 0, 0, 1, "debug|info|warn|error", "least severity that is written"},

  {"memory", Type::kMap, "{}", 0, 0, 1, "", "where cache and packet buffers lie"},
  {"memory.hugepages", Type::kChoice, "auto", 0, 0, 1, "auto|required|off", "`auto`: hugepages when enough are free, else ordinary pages; `required`: refuse to start without"},

  {"eal", Type::kList, "[]", 0, 64, 1, "", "more arguments for DPDK's environment abstraction layer, one element an argument"},
  {"eal[]", Type::kText, kRequired, 1, 1'023, 1, "", "one argument; those that choose lcores are refused: use `lcores`"},
};
// clang-format on

}  // namespace

Table config_keys() { return kKeys; }

}  // namespace config
