// SPDX-License-Identifier: Apache-2.0
#include "rig/chain.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace rig {

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

void Chain::place(std::span<trace::Event> events, bool is_first) {
  if (events.empty()) return;
  const std::int64_t origin_ns = sources_[at_]->info().origin_unix_ns;
  if (is_first && at_ == 0) {
    origin_ns_ = info_.origin_unix_ns = origin_ns;
  } else if (is_first) {
    const bool has_clock = origin_ns != 0 && origin_ns_ != 0;
    const std::int64_t begins = has_clock ? origin_ns - origin_ns_ : last_ns_;
    offset_ns_ = std::max(begins, last_ns_ - events.front().at_ns);  // time never goes back
  }
  for (trace::Event& event : events) event.at_ns += offset_ns_;
  last_ns_ = events.back().at_ns;
}

diag::Status Chain::rewind() {
  for (const auto& source : sources_) {
    if (auto back = source->rewind(); !back) return diag::fail(back.error().at(source->info().name));
  }
  at_ = 0;
  has_begun_ = false;
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
