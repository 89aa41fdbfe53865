// SPDX-License-Identifier: Apache-2.0
// Counting as events go by.
#include "trace/portrait.hpp"

#include <algorithm>
#include <cmath>

namespace trace {
namespace {

constexpr std::int64_t kSecNs = 1'000'000'000;

}  // namespace

void Painter::add(const Event& event) {
  if (so_far_.events++ == 0) first_ns_ = event.at_ns;
  last_ns_ = event.at_ns;
  if (event.question >= questions_.size())
    questions_.resize(std::max<std::size_t>(event.question + 1, questions_.size() * 2));
  if (event.client >= clients_.size()) clients_.resize(std::max<std::size_t>(event.client + 1, clients_.size() * 2));
  Seen& seen = questions_[event.question];
  add_to_intervals(event, seen);
  add_to_rates(event);
  if (seen.count != ~std::uint32_t{0}) ++seen.count;
  ++clients_[event.client];
  ++rcodes_[event.rcode];
  so_far_.repeats += (event.flags & kRepeat) != 0 ? 1 : 0;
  so_far_.floods += (event.flags & kFlood) != 0 ? 1 : 0;
  so_far_.over_tcp += (event.flags & kOverTcp) != 0 ? 1 : 0;
  so_far_.dnssec_ok += (event.flags & kDnssecOk) != 0 ? 1 : 0;
  so_far_.checking_disabled += (event.flags & kCheckingDisabled) != 0 ? 1 : 0;
  if (event.ttl_sec != kUnknownTtl) {
    ++so_far_.with_ttl;
    ++ttls_[event.ttl_sec];
    seen.highest_ttl_sec = std::max(seen.highest_ttl_sec, event.ttl_sec + 1);
  }
  if (event.answer_bytes != kUnknownBytes) {
    answer_bytes_ += event.answer_bytes;
    ++answers_;
  }
}

void Painter::add_to_intervals(const Event& event, Seen& seen) {
  for (std::size_t level = 0; level < kLevelSec.size(); ++level) {
    std::vector<Interval>& intervals = levels_[level];
    const auto number = static_cast<std::uint64_t>(event.at_ns / kSecNs / kLevelSec[level]);
    if (intervals.empty() || intervals.back().number != number) intervals.push_back({.number = number});
    Interval& interval = intervals.back();
    ++interval.events;
    if (seen.intervals_seen[level] == intervals.size()) continue;
    seen.intervals_seen[level] = static_cast<std::uint32_t>(intervals.size());
    ++interval.distinct;
    interval.fresh += seen.count == 0 ? 1 : 0;
    interval.answer_bytes += event.answer_bytes == kUnknownBytes ? 0 : event.answer_bytes;
  }
}

void Painter::add_to_rates(const Event& event) {
  const std::int64_t second = event.at_ns / kSecNs;
  if (second != second_) second_events_.push_back(0);
  second_ = second;
  ++second_events_.back();
}

Portrait Painter::finish(std::size_t most) {
  Portrait portrait = so_far_;
  portrait.span_sec = static_cast<double>(last_ns_ - first_ns_) / static_cast<double>(kSecNs);
  portrait.mean_answer_bytes = answers_ == 0 ? 0 : static_cast<double>(answer_bytes_) / static_cast<double>(answers_);
  fill_counts(portrait);
  fill_popularity(portrait, most);
  fill_ttls(portrait);
  fill_clients(portrait);
  fill_rates(portrait);
  fill_intervals(portrait);
  return portrait;
}

void Painter::fill_intervals(Portrait& portrait) const {
  constexpr std::size_t kMostIntervals = 240;
  std::size_t level = 0;
  while (level + 1 < kLevelSec.size() && levels_[level].size() > kMostIntervals) ++level;
  portrait.interval_sec = kLevelSec[level];
  portrait.intervals = levels_[level];
}

void Painter::fill_rates(Portrait& portrait) const {
  if (second_events_.empty()) return;
  const auto seconds = static_cast<std::uint64_t>(last_ns_ / kSecNs - first_ns_ / kSecNs) + 1;
  portrait.mean_rate = static_cast<double>(portrait.events) / std::max(portrait.span_sec, 1.0);
  std::vector<std::uint32_t> sorted = second_events_;
  std::sort(sorted.begin(), sorted.end());
  portrait.peak_rate = sorted.back();
  // Seconds without events stand in front of the sorted ones.
  const auto above = static_cast<std::uint64_t>(std::floor(static_cast<double>(seconds) * 0.01));
  portrait.p99_rate = above < sorted.size() ? sorted[sorted.size() - 1 - above] : 0;
}

}  // namespace trace
