// SPDX-License-Identifier: Apache-2.0
// "key=value,…" to a stream.
#include "loadgen/stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

#include "dns/text.hpp"
#include "loadgen/values.hpp"
#include "net/text.hpp"

namespace loadgen {
namespace {

constexpr double kMaxRateQps = 100e6;
constexpr std::uint64_t kMaxWeight = 1'000'000;
constexpr std::uint64_t kMaxPorts = 60'000;
constexpr std::uint64_t kMaxSubZones = 1'000'000;

auto wrong(std::string sentence) { return diag::fail(diag::Code::kInvalid, std::move(sentence)); }

/// Stores a parsed value, or hands on why there is none.
template <class T, class Into>
diag::Status store(const diag::Result<T>& value, Into& into) {
  if (!value) return diag::fail(value.error());
  into = static_cast<Into>(*value);
  return {};
}

/// One of several words.
template <class T, std::size_t N>
diag::Status choose(std::string_view text, const std::array<std::pair<std::string_view, T>, N>& words, T& into) {
  std::string allowed;
  for (const auto& [word, value] : words) {
    if (word == text) {
      into = value;
      return {};
    }
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word);
  }
  return wrong(fmt::format("'{}' is unknown; allowed: {}", text, allowed));
}

diag::Status set_types(std::string_view text, StreamSpec& stream) {
  stream.types.clear();
  for (const std::string_view word : split(text, '+')) {
    const std::size_t colon = word.find(':');
    const auto type = dns::type_from_text(word.substr(0, colon));
    if (!type) return wrong(fmt::format("'{}' is no record type; allowed: A, A:3+AAAA:1, TYPE65", word));
    TypeShare share{*type, 1};
    if (colon != std::string_view::npos) {
      if (auto set = store(parse_whole(word.substr(colon + 1), 1, kMaxWeight), share.weight); !set) return set;
    }
    stream.types.push_back(share);
  }
  return {};
}

diag::Status set_list(std::string_view text, StreamSpec& stream) {
  stream.names.kind = NameKind::kList;
  for (const std::string_view word : split(text, '+')) stream.names.list.emplace_back(word);
  return {};
}

diag::Status set_random(std::string_view text, StreamSpec& stream) {
  stream.names.kind = NameKind::kRandom;
  stream.names.zone = text;
  return {};
}

diag::Status set_file(std::string_view text, StreamSpec& stream) {
  stream.names.kind = NameKind::kList;
  stream.names.file = text;
  return {};
}

diag::Status set_schedule(std::string_view text, StreamSpec& stream) {
  stream.names.kind = NameKind::kList;
  stream.names.schedule = text;
  return {};
}

diag::Status set_ttl(std::string_view text, StreamSpec& stream) {
  const auto dots = text.find("..");
  const auto least = parse_whole(text.substr(0, dots), 0, dns::kMaxTtlSec);
  const auto most = dots == std::string_view::npos ? least : parse_whole(text.substr(dots + 2), 0, dns::kMaxTtlSec);
  if (!least || !most || *most < *least) {
    return wrong(fmt::format("'{}' is no range of seconds; allowed: 1..300", text));
  }
  stream.ttl = TtlRange{static_cast<std::uint32_t>(*least), static_cast<std::uint32_t>(*most)};
  return {};
}

diag::Status set_expected(std::string_view text, StreamSpec& stream) {
  for (const std::string_view word : split(text, '+')) {
    const auto is_it = [&](std::uint16_t code) {
      dns::TypeText room;
      return dns::rcode_to_text(static_cast<dns::Rcode>(code), room) == word;
    };
    std::uint16_t code = 0;
    while (code < 24 && !is_it(code)) ++code;
    if (code == 24)
      return wrong(fmt::format("'{}' is no rcode; allowed: NOERROR, NXDOMAIN, SERVFAIL, REFUSED …", word));
    stream.expected.push_back(static_cast<dns::Rcode>(code));
  }
  return {};
}

diag::Status set_edns(std::string_view text, StreamSpec& stream) {
  if (text == "off") {
    stream.edns_bytes = 0;
    return {};
  }
  return store(parse_whole(text, 512, 65'535), stream.edns_bytes);
}

diag::Status set_spoof(std::string_view text, StreamSpec& stream) {
  const auto prefix = net::parse_prefix(text);
  if (!prefix) return wrong(fmt::format("'{}' is no prefix; allowed: 198.51.100.0/24", text));
  stream.spoof = net::network_of(*prefix);
  return {};
}

constexpr std::array<std::pair<std::string_view, Arrival>, 2> kArrivals{
    {{"poisson", Arrival::kPoisson}, {"uniform", Arrival::kUniform}}};
constexpr std::array<std::pair<std::string_view, LetterCase>, 2> kCases{
    {{"asis", LetterCase::kAsIs}, {"random", LetterCase::kRandom}}};
constexpr std::array<std::pair<std::string_view, Dnssec>, 2> kDnssec{{{"off", Dnssec::kOff}, {"on", Dnssec::kOk}}};
constexpr std::array<std::pair<std::string_view, OnFailure>, 2> kFailures{
    {{"final", OnFailure::kFinal}, {"retry", OnFailure::kRetry}}};

using Text = std::string_view;
struct Key {
  Text name;
  diag::Status (*set)(Text, StreamSpec&);
  Text help;
};

// In the order of --help; "servfail" stands behind "retry", which it overrides whatever the order of the words.
constexpr std::array kKeys{
    Key{"name", [](Text t, StreamSpec& s) { return (s.name = t, diag::Status{}); }, "what the report calls it"},
    Key{"rate", [](Text t, StreamSpec& s) { return store(parse_decimal(t, 0.001, kMaxRateQps), s.rate_qps); },
        "questions a second (1000)"},
    Key{"start", [](Text t, StreamSpec& s) { return store(parse_moment(t), s.start); }, "after the run's begin (0)"},
    Key{"duration", [](Text t, StreamSpec& s) { return store(parse_duration(t), s.duration); },
        "how long (--duration)"},
    Key{"arrival", [](Text t, StreamSpec& s) { return choose(t, kArrivals, s.arrival); },
        "poisson or uniform (poisson)"},
    Key{"zone", [](Text t, StreamSpec& s) { return (s.names.zone = t, diag::Status{}); },
        "ask n0, n1, … under this zone"},
    Key{"names", [](Text t, StreamSpec& s) { return store(parse_whole(t, 1, kMaxNames), s.names.names); },
        "how many of them (10000)"},
    Key{"zipf", [](Text t, StreamSpec& s) { return store(parse_decimal(t, 0, 10), s.names.zipf_exponent.emplace()); },
        "exponent of their popularity (none: in turn)"},
    Key{"random", &set_random, "ask names that never repeat under this zone"},
    Key{"zones", [](Text t, StreamSpec& s) { return store(parse_whole(t, 1, kMaxSubZones), s.names.zones); },
        "spread over that many zones below it, z0, z1, … (1)"},
    Key{"list", &set_list, "ask these, joined by '+'"},
    Key{"file", &set_file, "ask 'name type' lines of a file"},
    Key{"schedule", &set_schedule,
        "ask the 'seconds client name type' lines of a file at their moments; rate: their number is at most this"},
    Key{"types", &set_types, "types and weights, A:3+AAAA:1 (A)"},
    Key{"case", [](Text t, StreamSpec& s) { return choose(t, kCases, s.letter_case); },
        "asis or random letters (asis)"},
    Key{"edns", &set_edns, "payload size of an OPT record, or off (off)"},
    Key{"dnssec", [](Text t, StreamSpec& s) { return choose(t, kDnssec, s.dnssec); }, "on sets DO (off)"},
    Key{"clients", [](Text t, StreamSpec& s) { return store(parse_whole(t, 1, kMaxClients), s.clients); },
        "how many clients, each with ports of its own (1)"},
    Key{"ports", [](Text t, StreamSpec& s) { return store(parse_whole(t, 1, kMaxPorts), s.ports); },
        "ports of each client (as many as it needs)"},
    Key{"sources", [](Text t, StreamSpec& s) { return store(parse_addresses(t), s.sources); },
        "addresses of the clients: A-B, A/26, joined by '+' (--sources)"},
    Key{"spoof", &set_spoof, "a new source in this prefix for each question; needs --port"},
    Key{"retry", [](Text t, StreamSpec& s) { return store(parse_retry(t), s.retry); },
        "glibc, cares, windows, none, or waits 2+2+2 (none)"},
    Key{"servfail", [](Text t, StreamSpec& s) { return choose(t, kFailures, s.retry.on_failure); },
        "final or retry, for SERVFAIL, NOTIMP and REFUSED (by the profile)"},
    Key{"remember", [](Text t, StreamSpec& s) { return store(parse_moment(t), s.remember); },
        "how long an answered question is kept, to know a second answer from a wrong one (500ms)"},
    Key{"ttl", &set_ttl, "allowed TTLs of answers, 1..300 (any)"},
    Key{"expect", &set_expected, "allowed rcodes, NOERROR+NXDOMAIN (any)"},
};

const Key* find_key(Text name) {
  const auto* const at = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.name == name; });
  return at == kKeys.end() ? nullptr : at;
}

auto unknown_key(Text name) {
  std::string allowed;
  for (const Key& key : kKeys) allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", key.name);
  return wrong(fmt::format("'{}' is no key of a stream; allowed: {}", name, allowed));
}

/// Contradictions between keys.
diag::Status check(const std::vector<Text>& given) {
  const auto has = [&](Text key) { return std::find(given.begin(), given.end(), key) != given.end(); };
  const int kinds = has("zone") + has("random") + (has("list") || has("file")) + has("schedule");
  if (kinds != 1) return wrong("says not which names to ask; allowed: one of zone, random, list, file and schedule");
  for (const Text key : {Text("zipf"), Text("arrival"), Text("spoof"), Text("types")}) {
    if (has("schedule") && has(key)) return wrong(fmt::format("{}: a schedule says that for each question", key));
  }
  if (has("names") && !has("zone")) return wrong("names: goes with zone only");
  if (has("zones") && !has("zone") && !has("random")) return wrong("zones: goes with zone and random only");
  if (has("zipf") && has("random"))
    return wrong("zipf: names under 'random' never repeat; allowed: with zone, list, file");
  for (const Text key : {Text("sources"), Text("clients"), Text("ports"), Text("retry"), Text("servfail")}) {
    if (has("spoof") && has(key)) return wrong(fmt::format("{}: a spoofed source has none of it", key));
  }
  return {};
}

/// "key=value" words in the order of kKeys, so that one may override another.
diag::Result<std::vector<std::pair<const Key*, Text>>> words_of(Text text, std::vector<Text>& given) {
  std::vector<std::pair<const Key*, Text>> words;
  for (const Text word : split(text, ',')) {
    const std::size_t equals = word.find('=');
    const Text name = word.substr(0, equals);
    const Key* const key = find_key(name);
    if (key == nullptr) return unknown_key(name);
    if (equals == Text::npos || equals + 1 == word.size()) {
      return wrong(fmt::format("{}: there is no value; write {}=…: {}", name, name, key->help));
    }
    if (std::find(given.begin(), given.end(), name) != given.end()) return wrong(fmt::format("{}: given twice", name));
    given.push_back(name);
    words.emplace_back(key, word.substr(equals + 1));
  }
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return words;
}

}  // namespace

diag::Result<StreamSpec> parse_stream(std::string_view text, const StreamDefaults& defaults) {
  StreamSpec stream;
  stream.name = fmt::format("stream{}", defaults.number);
  stream.duration = defaults.duration;
  if (auto set = store(parse_retry("none"), stream.retry); !set) return diag::fail(set.error());
  std::vector<Text> given;
  const auto words = words_of(text, given);
  if (!words) return diag::fail(words.error().at(fmt::format("stream '{}'", text)));
  for (const auto& [key, value] : *words) {
    if (auto set = key->set(value, stream); !set) {
      return diag::fail(set.error().at(fmt::format("stream '{}': {}", text, key->name)));
    }
  }
  if (auto right = check(given); !right) return diag::fail(right.error().at(fmt::format("stream '{}'", text)));
  return stream;
}

std::string stream_help() {
  std::string help;
  for (const Key& key : kKeys) help += fmt::format("  {:9} {}\n", key.name, key.help);
  return help;
}

}  // namespace loadgen
