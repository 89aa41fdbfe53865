// SPDX-License-Identifier: Apache-2.0
// Which appliance a client's queries go to, and the lanes of a chain of caches.
#include "rig/chain.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace rig {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kLongestGapNs = 15 * 86'400 * kSecondNs;  // a week within the TTL, and one past it

}  // namespace

Chain::Chain(std::vector<std::unique_ptr<trace::Source>> sources) : sources_(std::move(sources)) {
  SLUICE_REQUIRE(!sources_.empty());
  info_ = sources_.front()->info();
  std::optional<std::uint64_t> events = 0;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const trace::Info& one = sources_[i]->info();
    if (i != 0) info_.name += ", " + one.name;
    events = events && one.events ? std::optional(*events + *one.events) : std::nullopt;
  }
  info_.events = events;
}

diag::Result<std::size_t> Chain::next(std::span<trace::Event> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::span<trace::Event> room = out.subspan(filled);
    const auto count = sources_[at_]->next(room);
    if (!count) return diag::fail(count.error().at(sources_[at_]->info().name));
    place(room.first(*count), !has_begun_);
    has_begun_ = has_begun_ || *count != 0;
    filled += *count;
    if (*count == room.size()) break;
    if (at_ + 1 == sources_.size()) break;
    ++at_;
    has_begun_ = false;
  }
  return filled;
}

// A part of a trace begins with its first event: the time in front of it is not there to be counted.
void Chain::place(std::span<trace::Event> events, bool is_first) {
  if (events.empty()) return;
  if (is_first) {
    const std::int64_t origin_ns = sources_[at_]->info().origin_unix_ns;
    const std::int64_t front_ns = events.front().at_ns / kSecondNs * kSecondNs;
    if (is_empty_) {
      offset_ns_ = -front_ns;
      origin_ns_ = info_.origin_unix_ns = origin_ns == 0 ? 0 : origin_ns + front_ns;
    } else {
      const bool has_clock = origin_ns != 0 && origin_ns_ != 0;
      const std::int64_t begins = has_clock ? origin_ns - origin_ns_ : last_ns_ - front_ns;
      offset_ns_ = std::max(begins, last_ns_ - events.front().at_ns);  // time never goes back
    }
    is_empty_ = false;
  }
  for (trace::Event& event : events) {
    ++events_;
    event.at_ns += offset_ns_;
    if (event.at_ns - last_ns_ > kLongestGapNs) cut_gap(event);
    last_ns_ = event.at_ns;
  }
}

// Nothing outlives such a gap, but every second of it would be counted.
void Chain::cut_gap(trace::Event& event) {
  const std::int64_t surplus_ns = event.at_ns - last_ns_ - kLongestGapNs;
  skips_.note(trace::Skip::kLongGap, "event", events_);
  event.at_ns -= surplus_ns;
  offset_ns_ -= surplus_ns;
  if (origin_ns_ != 0) origin_ns_ += surplus_ns;
}

diag::Status Chain::rewind() {
  for (const auto& source : sources_) {
    if (auto back = source->rewind(); !back) return diag::fail(back.error().at(source->info().name));
  }
  at_ = 0;
  has_begun_ = false;
  is_empty_ = true;
  events_ = 0;
  skips_ = {};
  offset_ns_ = last_ns_ = 0;
  return {};
}

trace::Progress Chain::progress() const noexcept {
  trace::Progress sum;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const trace::Progress one = sources_[i]->progress();
    sum.total += one.total;
    sum.done += i < at_ ? one.total : i == at_ ? one.done : 0;
    if (one.total == 0) return {};
  }
  return sum;
}

}  // namespace rig
