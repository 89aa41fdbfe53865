// SPDX-License-Identifier: Apache-2.0
// The keys of sluice.yaml. Order is the order of docs/configuration.md.
#include <algorithm>

#include "checked.hpp"

namespace config {
namespace {

using keyfile::KeySpec;
using keyfile::Reload;
using keyfile::Type;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kUs = 1'000;
constexpr std::uint64_t kMs = 1'000 * kUs;
constexpr std::uint64_t kSec = 1'000 * kMs;
constexpr std::uint64_t kHour = 3'600 * kSec;
constexpr std::uint64_t kDay = 24 * kHour;

constexpr Reload kParts = Reload::kParts;
constexpr Reload kLive = Reload::kLive;
constexpr Reload kRestart = Reload::kRestart;

constexpr std::string_view kRequired;
constexpr std::string_view kPrivateNetworks = "[10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, \"fd00::/8\"]";

// clang-format off
constexpr KeySpec kKeys[] = {
  {"port", Type::kMap, kRequired, 0, 0, 1, "", "the one network port: clients and upstreams are reached through it", kParts},
  {"port.profile", Type::kName, kRequired, 1, 31, 1, "", "driver profile: a file in pmd_configs without `.yaml`", kRestart},
  {"port.device", Type::kDevice, kRequired, 1, 107, 1, "", "interface name, PCI address or path, as the profile says", kRestart},
  {"port.addresses", Type::kList, kRequired, 1, 64, 1, "", "our addresses on this port; queries to them are answered", kRestart},
  {"port.addresses[]", Type::kInterfaceAddress, kRequired, 0, 0, 1, "", "an address with the prefix length of its network", kRestart},
  {"port.tap", Type::kInterface, "sluice-tap", 1, 15, 1, "none", "TAP interface that gives the kernel what is not DNS over UDP (ARP, ND, ICMP, TCP); `none`: no TAP", kRestart},
  {"port.gateways", Type::kList, "[]", 0, 2, 1, "", "next hops for resolvers outside our networks, one for each family at most", kRestart},
  {"port.gateways[]", Type::kAddress, kRequired, 0, 0, 1, "", "address of a router in a network of ours", kRestart},
  {"port.mtu", Type::kInteger, "1500", 1'280, 9'216, 1, "", "largest IP packet in bytes", kRestart},

  {"lcores", Type::kMap, "auto", 0, 0, 1, "auto", "which CPU runs which role; one CPU may have several roles", kParts},
  {"lcores.workers", Type::kList, "auto", 1, 32, 1, "auto", "one element a worker: the CPU it polls on; a CPU may repeat", kRestart},
  {"lcores.workers[]", Type::kInteger, kRequired, 0, 1'023, 1, "", "number of a CPU", kRestart},
  {"lcores.egress", Type::kInteger, "auto", 0, 1'023, 1, "auto", "CPU of the egress role, which spends the upstream budget and writes the cache", kRestart},
  {"lcores.control", Type::kInteger, "auto", 0, 1'023, 1, "auto", "CPU of control and slow path; it is not polled, so it may share", kRestart},
  {"lcores.idle", Type::kMap, "{}", 0, 0, 1, "", "what a polling thread does with nothing to do; what is not given is taken from the profile", kParts},
  {"lcores.idle.pause_after", Type::kInteger, "auto", 0, 1'000'000, 1, "auto", "empty polls in a row before the CPU's pause instruction", kRestart},
  {"lcores.idle.sleep_after", Type::kInteger, "auto", 0, 100'000'000, 1, "auto", "empty polls in a row before the thread sleeps; 0: never", kRestart},
  {"lcores.idle.sleep", Type::kDuration, "auto", kUs, 100 * kMs, kUs, "auto", "how long it sleeps before it looks again", kRestart},

  {"uplinks", Type::kList, kRequired, 1, 16, 1, "", "groups of upstream resolvers, each with a budget of its own", kRestart},
  {"uplinks[]", Type::kMap, kRequired, 0, 0, 1, "", "one uplink", kParts},
  {"uplinks[].name", Type::kName, kRequired, 1, 31, 1, "", "what `forward`, metrics and `sluicectl upstreams` call it", kRestart},
  {"uplinks[].servers", Type::kList, kRequired, 1, 8, 1, "", "resolvers, tried in the order of their measured round trip", kRestart},
  {"uplinks[].servers[]", Type::kAddress, kRequired, 0, 0, 1, "", "address of a resolver; the port is 53", kRestart},
  {"uplinks[].case_randomization", Type::kChoice, "off", 0, 0, 1, "off|on", "0x20: random letter case in names upstream, which replies must repeat; given up for a server that changes it", kRestart},
  {"uplinks[].trust_ad", Type::kChoice, "off", 0, 0, 1, "off|on", "`on`: its AD flag (RFC 4035) is repeated to clients that ask for it; the way to it must be safe from others", kLive},
  {"uplinks[].budget", Type::kMap, "{}", 0, 0, 1, "", "packets that may be sent to this uplink", kParts},
  {"uplinks[].budget.limit", Type::kInteger, "1024", 1, 1'000'000, 1, "none", "packets in any second; `none` for an unmetered upstream", kLive},
  {"uplinks[].budget.reserve", Type::kInteger, "0", 0, 1'000'000, 1, "", "part of the limit left to others on the same interface (IMDS, NTP)", kLive},
  {"uplinks[].closed_loop", Type::kChoice, "on", 0, 0, 1, "off|on", "`on`: while the port counts packets that the provider drops for an allowance (AWS ENA), the budget goes down by 10 % a second, to half at most, and comes back by 1 % a second", kLive},
  {"uplinks[].rebind_protection", Type::kChoice, "off", 0, 0, 1, "off|on", "`on`: answers with private, loopback or link-local addresses become answers without records (EDE 15); a VPC's own names have such addresses", kLive},
  {"uplinks[].private_zones", Type::kList, "[]", 0, 64, 1, "", "zones whose names may have private addresses although `rebind_protection` is on; 1024 bytes in all", kLive},
  {"uplinks[].private_zones[]", Type::kZone, kRequired, 0, 0, 1, "", "names at or below it", kLive},

  {"forward", Type::kList, "[]", 0, 1'024, 1, "", "which uplink is asked for which names, longest suffix first; may be left out when there is one uplink", kLive},
  {"forward[]", Type::kMap, kRequired, 0, 0, 1, "", "one zone", kParts},
  {"forward[].zone", Type::kZone, kRequired, 0, 0, 1, "", "names at or below it; `\".\"` is every name", kLive},
  {"forward[].uplink", Type::kName, kRequired, 1, 31, 1, "", "name of an uplink", kLive},

  {"cache", Type::kMap, "{}", 0, 0, 1, "", "the answer cache", kParts},
  {"cache.size", Type::kBytes, "256MiB", kMiB, 256 * kGiB, 1, "auto", "memory for the whole of it, reserved at start; `auto`: a quarter of the machine's", kRestart},
  {"cache.max_entries", Type::kInteger, "0", 0, 4'294'967'295, 1, "", "answers it may hold; 0: as many as fit", kRestart},
  {"cache.min_ttl", Type::kDuration, "0s", 0, 7 * kDay, kSec, "", "smaller TTLs are raised to this", kLive},
  {"cache.max_ttl", Type::kDuration, "1d", kSec, 7 * kDay, kSec, "", "larger TTLs are cut to this", kLive},
  {"cache.negative_ttl", Type::kMap, "{}", 0, 0, 1, "", "NXDOMAIN and NODATA (RFC 2308)", kParts},
  {"cache.negative_ttl.max", Type::kDuration, "1h", 0, kDay, kSec, "", "larger negative TTLs are cut to this", kLive},
  {"cache.negative_ttl.without_soa", Type::kDuration, "0s", 0, kDay, kSec, "", "TTL of a negative answer without SOA; 0s: not cached", kLive},
  {"cache.servfail_ttl", Type::kDuration, "1s", 0, 300 * kSec, kSec, "", "how long a failure is remembered (RFC 9520); 0s: not at all", kLive},
  {"cache.stale", Type::kMap, "{}", 0, 0, 1, "", "serving expired answers when the upstream does not answer (RFC 8767)", kParts},
  {"cache.stale.keep", Type::kDuration, "1d", 0, 7 * kDay, kSec, "", "how long an expired answer may still serve; 0s: never", kLive},
  {"cache.stale.ttl", Type::kDuration, "30s", kSec, kHour, kSec, "", "TTL of a stale answer", kLive},
  {"cache.stale.client_timeout", Type::kDuration, "350ms", 0, 5 * kSec, kMs, "", "how long a client waits for the upstream before it gets a stale answer; 0ms: not at all", kLive},
  {"cache.stale.recheck", Type::kDuration, "30s", kSec, 300 * kSec, kSec, "", "how long a name that failed is answered stale before the upstream is asked for it again; ends when a silent upstream comes back", kLive},
  {"cache.max_answer", Type::kBytes, "64KiB", 512, 64 * 1'024, 1, "", "larger answers are not kept; they serve only those who wait for them", kRestart},
  {"cache.prefetch", Type::kPercent, "10%", 0, 90, 1, "", "a hit with less than this share of its TTL left asks for a refresh; 0%: never", kLive},
  {"cache.negative_share", Type::kPercent, "20%", 1, 100, 1, "", "of the memory, at most, is for negative answers and failures", kRestart},
  {"cache.snapshot", Type::kPath, "off", 2, 4'095, 1, "off", "file that keeps the cache over a restart, written when the appliance stops and read when it starts; `off`: it starts empty", kRestart},
  {"cache.snapshot_every", Type::kDuration, "15m", 0, kDay, kSec, "", "it is written so often besides, which is what there is after a crash; 0s: never", kRestart},
  {"cache.coalesce", Type::kChoice, "global", 0, 0, 1, "off|core|global", "who shares one upstream question; `off` and `core` are for comparison only", kRestart},

  {"clients", Type::kMap, "{}", 0, 0, 1, "", "who may ask, and how many may wait", kParts},
  {"clients.allow", Type::kList, kPrivateNetworks, 0, 256, 1, "", "networks that are answered; everybody else is REFUSED", kLive},
  {"clients.allow[]", Type::kPrefix, kRequired, 0, 0, 1, "", "a network", kLive},
  {"clients.refuse", Type::kList, "[]", 0, 256, 1, "", "networks that are REFUSED although a wider one is in `allow`; the longest prefix decides", kLive},
  {"clients.refuse[]", Type::kPrefix, kRequired, 0, 0, 1, "", "a network", kLive},
  {"clients.max_waiting", Type::kInteger, "65536", 64, 4'194'304, 1, "", "clients that may wait for an answer at once, of each worker: the hard quota; the soft one is 90 % of it up to 1000, above that it less 100", kRestart},
  {"clients.patience", Type::kDuration, "4800ms", 100 * kMs, 60 * kSec, kMs, "", "how long a client waits before it is answered SERVFAIL", kLive},
  {"clients.watch_prefix", Type::kChoice, "host", 0, 0, 1, "host|network", "what counts as one client in `sluicectl top`: `host`: an IPv4 address or IPv6 /64, `network`: a /24 or IPv6 /56", kLive},
  {"clients.miss_allowance", Type::kInteger, "auto", 0, 100'000'000, 1, "auto", "misses a second that one client (IPv4 address, IPv6 /64) may ask for, whichever workers its queries come to, and sixteen times as many a network (/24, /56); above it only what is in the cache is answered; `auto`: twice the limits of all metered uplinks; 0: no limit", kLive},
  {"clients.miss_burst", Type::kInteger, "auto", 1, 100'000'000, 1, "auto", "misses that a client may ask for at once; `auto`: as many as in a second", kLive},
  {"clients.miss_allowance_action", Type::kChoice, "servfail", 0, 0, 1, "servfail|refused|drop", "what a miss gets that its client may not ask for: SERVFAIL with EDE 14, REFUSED, or nothing", kLive},
  {"clients.drop_policy", Type::kMap, "{newest: 0, random: 50, oldest: 50}", 0, 0, 1, "", "who is dropped when too many wait; percentages, sum 100", kParts},
  {"clients.drop_policy.newest", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take the newest", kLive},
  {"clients.drop_policy.random", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take any", kLive},
  {"clients.drop_policy.oldest", Type::kInteger, kRequired, 0, 100, 1, "", "share of drops that take the oldest", kLive},
  {"clients.per_query", Type::kMap, "{}", 0, 0, 1, "", "how many clients one question may have; the next ones are answered SERVFAIL", kParts},
  {"clients.per_query.limit", Type::kInteger, "0", 0, 4'096, 1, "", "to begin with; grows by 5 whenever a question that turned clients away is answered to a full list, falls by 1 each 20 minutes; 0: off", kLive},
  {"clients.per_query.max", Type::kInteger, "100", 1, 4'096, 1, "", "how far it grows", kLive},
  {"clients.answers_per_burst", Type::kInteger, "64", 0, 65'536, 1, "", "answers to those waiting at one address that may leave within 10 ms, over UDP; the others follow; 0: no limit", kLive},
  {"clients.tcp", Type::kMap, "{}", 0, 0, 1, "", "clients' TCP connections (RFC 7766)", kParts},
  {"clients.tcp.max_connections", Type::kInteger, "10000", 1, 1'000'000, 1, "", "connections open at once; for another one the longest idle is closed, and when none is idle it is refused", kRestart},
  {"clients.tcp.max_connections_per_client", Type::kInteger, "100", 1, 1'000'000, 1, "", "connections of one address; more are refused", kRestart},
  {"clients.tcp.max_queries_per_connection", Type::kInteger, "0", 0, 1'000'000'000, 1, "", "queries after which a connection is answered and closed; 0: no limit", kRestart},
  {"clients.tcp.max_in_flight", Type::kInteger, "200", 1, 65'535, 1, "", "queries of one connection that wait for the upstream; with so many it is not read further", kRestart},
  {"clients.tcp.idle_timeout", Type::kDuration, "10s", 100 * kMs, kHour, kMs, "", "a connection without a query is closed after this, and one whose client does not read", kRestart},
  {"clients.tcp.query_timeout", Type::kDuration, "3s", 100 * kMs, 60 * kSec, kMs, "", "a query that has begun must be whole after this", kRestart},
  {"clients.tcp.max_unsent", Type::kBytes, "256KiB", 64 * 1'024, 64 * kMiB, 1, "", "answers kept for one client that does not read; more close the connection", kRestart},
  {"clients.tcp.max_buffered", Type::kBytes, "64MiB", kMiB, 64 * kGiB, 1, "", "memory of all connections for queries that came in part and answers that are not read", kRestart},
  {"answers", Type::kMap, "{}", 0, 0, 1, "", "what is answered without asking, and what goes with an answer", kParts},
  {"answers.any", Type::kChoice, "hinfo", 0, 0, 1, "hinfo|forward", "type ANY: `hinfo`: one record of our own (RFC 8482), not signed; `forward`: as any other type", kLive},
  {"answers.any_ttl", Type::kDuration, "1h", kSec, kDay, kSec, "", "TTL of that record", kLive},
  {"answers.rotate", Type::kChoice, "qid", 0, 0, 1, "off|qid", "`qid`: each query's ID draws which address of several comes first", kLive},
  {"answers.other_classes", Type::kChoice, "refuse", 0, 0, 1, "refuse|forward", "classes other than IN and CH; CH is about this server and never forwarded", kLive},
  {"answers.nxdomain_cut", Type::kChoice, "off", 0, 0, 1, "off|on", "`on`: while a name is known not to exist, no name below it does either (RFC 8020); some private zones get that wrong", kLive},
  {"answers.nsid", Type::kText, "hostname", 1, 128, 1, "none|hostname", "name of this server for clients that ask for it by EDNS (RFC 5001)", kLive},
  {"answers.version", Type::kText, "none", 1, 128, 1, "none", "CH TXT of `version.bind` and `version.server`; `none`: REFUSED", kLive},
  {"answers.identity", Type::kText, "none", 1, 128, 1, "none|hostname", "CH TXT of `hostname.bind` and `id.server` (RFC 4892); `none`: REFUSED", kLive},
  {"answers.cookies", Type::kChoice, "on", 0, 0, 1, "off|on", "server cookies (RFC 7873, RFC 9018) for clients that send a COOKIE", kLive},
  {"answers.cookie_secret", Type::kSecret, "random", 32, 32, 1, "random", "what cookies are made with; the same for all servers of one address; `random`: drawn at start", kLive},
  {"answers.cookie_staging_secret", Type::kSecret, "none", 32, 32, 1, "none", "a second secret whose cookies are taken: the next one, then the one before", kLive},
  {"answers.server_cookie", Type::kChoice, "optional", 0, 0, 1, "optional|required", "`required`: over UDP a client that knows cookies must send a good one, else BADCOOKIE", kLive},


  {"egress", Type::kMap, "{}", 0, 0, 1, "", "how the upstream budget is spent", kParts},
  {"egress.order", Type::kChoice, "fair", 0, 0, 1, "fair|deadline|fifo|fifo_live", "which question is sent next; `fair`: by class, zone and client, most waiters first; the others are one list for all, for comparison only: `fifo` in the order of arrival, whether or not somebody still waits, and what finds the table full is dropped; `fifo_live` in the order of arrival, without those that nobody waits for any more; `deadline` likewise, but newest first under backlog", kLive},
  {"egress.overload", Type::kMap, "{}", 0, 0, 1, "", "what clients get whose questions the budget has no room for, by class; a stale answer always comes first", kParts},
  {"egress.overload.known", Type::kChoice, "servfail", 0, 0, 1, "servfail|refused|drop", "names that were answered before; `drop`: no reply, over TCP SERVFAIL", kLive},
  {"egress.overload.new", Type::kChoice, "servfail", 0, 0, 1, "servfail|refused|drop", "new names in zones that answer", kLive},
  {"egress.overload.unknown", Type::kChoice, "drop", 0, 0, 1, "servfail|refused|drop", "new names in zones that nobody knows, or that mostly say NXDOMAIN or fail", kLive},
  {"egress.max_sends", Type::kInteger, "3", 1, 3, 1, "", "packets that one question may cost", kLive},
  {"egress.upstream_tcp", Type::kChoice, "on_truncation", 0, 0, 1, "on_truncation|never|always", "when a question is asked over TCP: after a truncated reply or one with a wrong ID, never (clients get the truncation), or always; needs `port.tap`", kLive},
  {"egress.loop_detection", Type::kChoice, "off", 0, 0, 1, "off|on", "`on`: each server is asked for a name below `sluice-loop.test` when its path becomes known and every hour; one that sends it back to us is not used", kLive},
  {"egress.fetches_per_server", Type::kInteger, "0", 0, 1'000'000, 1, "", "questions in flight over UDP to one server; fewer as its timeouts say (`fetch_quota`); 0: no quota", kLive},
  {"egress.fetches_per_server_action", Type::kChoice, "servfail", 0, 0, 1, "servfail|refused|drop", "what clients get whose question finds every server at its quota, if there is no expired answer", kLive},
  {"egress.fetches_per_zone", Type::kInteger, "0", 0, 1'000'000, 1, "", "questions of one zone that may wait for the upstream's answer; 0: no quota", kLive},
  {"egress.fetches_per_zone_action", Type::kChoice, "drop", 0, 0, 1, "servfail|refused|drop", "what the clients of further questions get when there is no stale answer", kLive},
  {"egress.zone_suffixes", Type::kList, "[]", 0, 64, 1, "", "suffixes of which each label in front begins a zone of its own, for shares of the budget and `fetches_per_zone`; besides the built-in ones (`co.uk` and the like, `amazonaws.com`, `compute.internal`, `svc.cluster.local`, `in-addr.arpa`, `ip6.arpa`); 1024 bytes in all", kLive},
  {"egress.zone_suffixes[]", Type::kZone, kRequired, 0, 0, 1, "", "a suffix", kLive},
  {"egress.pins", Type::kList, "[]", 0, 32, 1, "", "questions that are put into a class; the first that fits decides, and all that it names must hold", kLive},
  {"egress.pins[]", Type::kMap, kRequired, 0, 0, 1, "", "one pin", kParts},
  {"egress.pins[].zone", Type::kZone, ".", 0, 0, 1, "", "names at or below it", kLive},
  {"egress.pins[].client", Type::kPrefix, "\"::/0\"", 0, 0, 1, "", "network of the client that asks first", kLive},
  {"egress.pins[].type", Type::kText, "any", 1, 16, 1, "any", "query type", kLive},
  {"egress.pins[].class", Type::kChoice, kRequired, 0, 0, 1, "known|new|unknown", "`known` gets 60 parts of the budget, `new` 30, `unknown` 10, and whatever the others leave", kLive},
  {"egress.fetch_quota", Type::kMap, "{}", 0, 0, 1, "", "how `fetches_per_server` follows timeouts", kParts},
  {"egress.fetch_quota.freq", Type::kInteger, "100", 1, 1'000'000, 1, "", "completions (answers and timeouts) between two looks, less two", kLive},
  {"egress.fetch_quota.low", Type::kFraction, "0.1", 0, 0, 1, "", "share of timeouts below which the quota grows", kLive},
  {"egress.fetch_quota.high", Type::kFraction, "0.3", 0, 0, 1, "", "share of timeouts above which the quota shrinks", kLive},
  {"egress.fetch_quota.discount", Type::kFraction, "0.7", 0, 0, 1, "", "weight of the latest look in the average", kLive},

  {"local", Type::kMap, "{}", 0, 0, 1, "", "answers of our own", kParts},
  {"local.hosts", Type::kList, "[]", 0, 64, 1, "", "hosts files", kLive},
  {"local.hosts[]", Type::kPath, kRequired, 2, 4'095, 1, "", "absolute path of a hosts file", kLive},
  {"local.records", Type::kList, "[]", 0, 65'536, 1, "", "records in zone-file form", kLive},
  {"local.records[]", Type::kText, kRequired, 1, 65'535, 1, "", "one line of a zone file", kLive},
  {"local.suffixes", Type::kList, "[]", 0, 1'024, 1, "", "one answer for every name below a suffix", kLive},
  {"local.suffixes[]", Type::kMap, kRequired, 0, 0, 1, "", "one suffix, with `a`, `aaaa` or both", kParts},
  {"local.suffixes[].suffix", Type::kZone, kRequired, 0, 0, 1, "", "the suffix", kLive},
  {"local.suffixes[].a", Type::kAddress, "none", 0, 0, 1, "none", "IPv4 address of every name below it", kLive},
  {"local.suffixes[].aaaa", Type::kAddress, "none", 0, 0, 1, "none", "IPv6 address of every name below it", kLive},
  {"local.ttl", Type::kDuration, "60s", 0, 7 * kDay, kSec, "", "TTL of hosts files, suffixes, and records that are written without one", kLive},
  {"local.special_names", Type::kList, "[localhost, invalid, test, onion]", 0, 7, 1, "", "special-use names (RFC 6761, 7686, 8375, 6762) answered here: `localhost` with the loopback addresses, the others with NXDOMAIN; a zone in `forward` or a suffix goes before", kLive},
  {"local.special_names[]", Type::kChoice, kRequired, 0, 0, 1, "localhost|invalid|test|onion|home.arpa|local|internal", "one of them; on AWS, `internal` would hide `compute.internal`", kLive},
  {"local.reverse_zones", Type::kChoice, "special", 0, 0, 1, "off|special|all", "empty reverse zones of RFC 6303 answered here; `special`: all but those of private addresses, which the upstream knows in a VPC; `all`: those too", kLive},
  {"local.reverse_zones_except", Type::kList, "[]", 0, 64, 1, "", "those of them that go upstream all the same", kLive},
  {"local.reverse_zones_except[]", Type::kZone, kRequired, 0, 0, 1, "", "a zone of RFC 6303: `254.169.in-addr.arpa`", kLive},
  {"local.domain_needed", Type::kChoice, "on", 0, 0, 1, "off|on", "A and AAAA of names of one label are answered NXDOMAIN instead of going upstream, unless local data or a zone in `forward` names them", kLive},

  {"watch", Type::kChoice, "on", 0, 0, 1, "off|on", "whether the heaviest clients, names, zones and types are kept for `sluicectl top` and `blocks.rules`", kLive},

  {"blocks", Type::kMap, "{}", 0, 0, 1, "", "clients that are blocked for a while because of what they ask", kParts},
  {"blocks.rules", Type::kList, "[]", 0, 64, 1, "", "who is blocked by itself, and why; needs `watch: on`", kLive},
  {"blocks.rules[]", Type::kMap, kRequired, 0, 0, 1, "", "one rule", kParts},
  {"blocks.rules[].rate", Type::kInteger, kRequired, 1, 1'000'000'000, 1, "", "a client with more than this a second, on average over the window, is blocked", kLive},
  {"blocks.rules[].what", Type::kChoice, kRequired, 0, 0, 1, "queries|misses|nxdomain|upstream", "what is counted: queries, those that the cache cannot answer, answers NXDOMAIN, packets to servers", kLive},
  {"blocks.rules[].window", Type::kDuration, "10s", kSec, 60 * kSec, kSec, "", "over how long", kLive},
  {"blocks.rules[].per", Type::kChoice, "client", 0, 0, 1, "client|/24|/16", "who is counted together and blocked: an IPv4 address or IPv6 /64, a /24 or IPv6 /56, a /16 or IPv6 /48", kLive},
  {"blocks.rules[].reason", Type::kText, "above the rate of a rule", 1, 120, 1, "", "what the log and `sluicectl blocks list` say", kLive},
  {"blocks.rules[].action", Type::kChoice, "cache-only", 0, 0, 1, "cache-only|refuse|drop", "`cache-only`: what is in the cache is answered, misses get `clients.miss_allowance_action`; `refuse`: REFUSED with EDE 18; `drop`: no answer", kLive},
  {"blocks.rules[].for", Type::kDuration, "60s", kSec, kDay, kSec, "", "how long a block lasts after the last second above the rate", kLive},
  {"blocks.exclude", Type::kList, "[]", 0, 256, 1, "", "networks of which nobody is ever blocked, by rule or by hand", kLive},
  {"blocks.exclude[]", Type::kPrefix, kRequired, 0, 0, 1, "", "a network", kLive},

  {"control", Type::kMap, "{}", 0, 0, 1, "", "how the daemon is controlled", kParts},
  {"control.socket", Type::kPath, "/run/sluice/control.sock", 2, 107, 1, "", "Unix socket of `sluicectl`", kRestart},

  {"log", Type::kMap, "{}", 0, 0, 1, "", "what is written to stderr or the journal", kParts},
  {"log.level", Type::kChoice, "info", 0, 0, 1, "debug|info|warn|error", "least severity that is written", kLive},

  {"memory", Type::kMap, "{}", 0, 0, 1, "", "where cache and packet buffers lie", kParts},
  {"memory.hugepages", Type::kChoice, "auto", 0, 0, 1, "auto|required|off", "`auto`: hugepages when enough are free, else ordinary pages; `required`: refuse to start without", kRestart},

  {"eal", Type::kList, "[]", 0, 64, 1, "", "more arguments for DPDK's environment abstraction layer, one element an argument", kRestart},
  {"eal[]", Type::kText, kRequired, 1, 1'023, 1, "", "one argument; those that choose lcores are refused: use `lcores`", kRestart},
};
// clang-format on

constexpr bool says_what_a_reload_does(const KeySpec& spec) {
  if (spec.type == Type::kMap) return spec.reload == Reload::kParts;
  return spec.reload == Reload::kLive || spec.reload == Reload::kRestart;
}
static_assert(std::ranges::all_of(kKeys, says_what_a_reload_does),
              "the last column of each row is kLive or kRestart, and kParts of a map");

}  // namespace

keyfile::Table config_keys() { return kKeys; }

}  // namespace config
