// SPDX-License-Identifier: Apache-2.0
// Ranges of knobs.
#include "trace/workload.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "dns/text.hpp"

namespace trace {
namespace {

constexpr double kMaxRate = 1e8;
constexpr std::uint32_t kMaxNames = 1'000'000'000;
constexpr std::uint32_t kMaxClients = 16'000'000;  // 10.0.0.0/8
constexpr std::uint64_t kMaxBurstLookups = 10'000'000;
constexpr std::size_t kMaxSuffixBytes = 150;  // host, zone and TTL labels stand in front
constexpr std::size_t kMaxSearch = 32;
constexpr std::size_t kMaxTtls = 1'000;
constexpr double kMaxSec = 1e9;

auto wrong(std::string sentence) { return diag::fail(diag::Code::kInvalid, std::move(sentence)); }

struct Range {
  std::string_view knob;
  double value;
  double low;
  double high;
};

diag::Status check_numbers(const Workload& w) {
  const std::array<Range, 21> ranges{{
      {"queries", static_cast<double>(w.queries), 1, 1e12},
      {"rate", w.rate, 1e-3, kMaxRate},
      {"diurnal amplitude", w.diurnal_amplitude, 0, 1},
      {"begin hour", w.begin_hour, 0, 24},
      {"clients", static_cast<double>(w.clients), 1, kMaxClients},
      {"client exponent", w.client_exponent, 0, 5},
      {"loss", w.loss, 0, 1},
      {"DNSSEC share", w.dnssec_share, 0, 1},
      {"names", static_cast<double>(w.names), 1, kMaxNames},
      {"Zipf exponent", w.zipf_exponent, 0, 5},
      {"one-shot share", w.one_shot_share, 0, 0.95},
      {"churn per day", w.churn_per_day, 0, 1e5},
      {"missing share", w.missing_share, 0, 1},
      {"zones", static_cast<double>(w.zones), 1, kMaxNames},
      {"pair share", w.pair_share, 0, 1},
      {"share of names without AAAA", w.no_aaaa_share, 0, 1},
      {"HTTPS share", w.https_share, 0, 1},
      {"PTR share", w.ptr_share, 0, 1},
      {"internal share", w.internal_share, 0, 1},
      {"flood rate", w.flood.rate, 0, kMaxRate},
      {"ndots", static_cast<double>(w.ndots), 0, 15},
  }};
  for (const Range& range : ranges) {
    if (!(range.value >= range.low && range.value <= range.high)) {
      return wrong(
          fmt::format("{} {} is out of range; allowed: {} to {}", range.knob, range.value, range.low, range.high));
    }
  }
  return {};
}

diag::Status check_suffix(std::string_view text) {
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(text, room);
  if (wire.empty() || wire.size() > kMaxSuffixBytes) {
    return wrong(fmt::format("'{}' is no suffix; allowed: a name of at most {} bytes", text, kMaxSuffixBytes));
  }
  return {};
}

diag::Status check_overlays(const Workload& w) {
  const Burst& burst = w.burst;
  const double longest = std::max({burst.every_sec, burst.within_sec, w.flood.begin_sec, w.flood.length_sec,
                                   static_cast<double>(w.queries) / w.rate});
  if (!(longest <= kMaxSec)) return wrong(fmt::format("a trace of {} s; allowed: up to {} s", longest, kMaxSec));
  if (burst.every_sec < 0 || burst.within_sec < 0 || w.flood.begin_sec < 0 || w.flood.length_sec < 0) {
    return wrong("times of bursts and floods cannot be negative");
  }
  if (burst.every_sec > 0 && (burst.names < 1 || burst.names > w.names)) {
    return wrong(fmt::format("{} names of a burst; allowed: 1 to {}, the catalogue", burst.names, w.names));
  }
  if (burst.every_sec > 0 && burst.every_sec < 0.01) return wrong("bursts come at most every 0.01 s");
  if (std::uint64_t{burst.clients} * burst.lookups > kMaxBurstLookups) {
    return wrong(fmt::format("a burst of {} lookups; allowed: up to {}", std::uint64_t{burst.clients} * burst.lookups,
                             kMaxBurstLookups));
  }
  if (w.flood.rate > 0 && (w.flood.clients < 1 || w.flood.clients > 1'000'000 || w.flood.zones < 1)) {
    return wrong("a flood has 1 to 1000000 clients and at least one zone");
  }
  return {};
}

}  // namespace

diag::Status check(const Workload& workload) {
  if (auto good = check_numbers(workload); !good) return good;
  if (workload.ttls.empty() || workload.ttls.size() > kMaxTtls) return wrong("1 to 1000 TTLs are needed");
  if (std::any_of(workload.ttls.begin(), workload.ttls.end(), [](const TtlShare& ttl) { return !(ttl.share > 0); })) {
    return wrong("each TTL needs a share above 0");
  }
  double retry = 0;
  for (const double share : workload.retry_shares) {
    if (!(share >= 0)) return wrong("shares of retry profiles cannot be negative");
    retry += share;
  }
  if (!(retry > 0)) return wrong("at least one retry profile needs a share above 0");
  if (auto good = check_suffix(workload.suffix); !good) return good;
  if (workload.search.size() > kMaxSearch) return wrong(fmt::format("more than {} search domains", kMaxSearch));
  for (const std::string& suffix : workload.search) {
    if (auto good = check_suffix(suffix); !good) return good;
  }
  return check_overlays(workload);
}

}  // namespace trace
