// SPDX-License-Identifier: Apache-2.0
// Counts items, TTLs and popularity while the trace is read.
#include "rig/profile.hpp"

#include <algorithm>

#include "answer.hpp"

namespace rig {
namespace {

constexpr std::uint32_t kLongTtl = 86'401;  // from here on TTLs are counted together

}  // namespace

void Profiler::take(std::span<const Step> steps, const Catalogue& catalogue) {
  if (steps.empty()) return;
  if (first_ns_ < 0) first_ns_ = steps.front().at_ns;
  last_ns_ = steps.back().at_ns;
  if (catalogue.size() > counts_.size()) counts_.resize(catalogue.size());
  if (short_ttls_.empty()) short_ttls_.resize(kLongTtl + 1);
  sum_.queries += steps.size();
  for (const Step& step : steps) {
    if (counts_[step.item]++ == 0) sum_.footprint_bytes += chunk_bytes(catalogue[step.asked].view(), step.answer);
    ++short_ttls_[std::min(step.answer.ttl_sec, kLongTtl)];
    sum_.clients = std::max<std::uint64_t>(sum_.clients, std::uint64_t{step.client} + 1);
  }
}

Profile Profiler::finish() const {
  Profile profile = sum_;
  profile.seconds = first_ns_ < 0 ? 0 : static_cast<double>(last_ns_ - first_ns_) / 1e9;
  for (std::uint32_t ttl = 0; ttl < short_ttls_.size(); ++ttl) {
    if (short_ttls_[ttl] != 0) profile.ttls.emplace_back(ttl, short_ttls_[ttl]);
  }
  std::vector<std::uint32_t> sorted;
  std::ranges::copy_if(counts_, std::back_inserter(sorted), [](std::uint32_t count) { return count != 0; });
  std::ranges::sort(sorted, std::greater<>());
  profile.items = sorted.size();
  profile.one_shots = static_cast<std::uint64_t>(std::ranges::count(sorted, 1U));
  for (std::uint64_t rank = 1; rank <= sorted.size(); rank = std::max(rank + 1, rank * 11 / 10)) {
    profile.popularity.emplace_back(rank, sorted[rank - 1]);
  }
  return profile;
}

}  // namespace rig
