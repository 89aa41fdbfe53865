// SPDX-License-Identifier: Apache-2.0
// Takes messages out of a byte stream.
#include "dns/stream.hpp"

#include <algorithm>

namespace dns {
namespace {

base::Bytes take_front(base::Bytes& chunk, std::size_t wanted) noexcept {
  const base::Bytes front = chunk.first(std::min(wanted, chunk.size()));
  chunk = chunk.subspan(front.size());
  return front;
}

}  // namespace

StreamStep StreamFramer::next(base::Bytes& chunk) noexcept {
  if (length_seen_ < kStreamLengthBytes) {
    if (!take_length(chunk)) return {};
    const StreamStep begun = begin_message();
    if (begun.event != StreamEvent::kNeedMore) return begun;
  }
  const base::Bytes part = take_front(chunk, length_ - taken_);
  const bool fits = length_ <= room_.size();
  if (fits && !part.empty()) std::memcpy(room_.data() + taken_, part.data(), part.size());
  taken_ += part.size();
  if (taken_ < length_) return {};
  length_seen_ = 0;
  // The end of a skipped message is not an event.
  return fits ? StreamStep{StreamEvent::kMessage, room_.first(length_)} : next(chunk);
}

bool StreamFramer::take_length(base::Bytes& chunk) noexcept {
  for (const std::byte octet : take_front(chunk, kStreamLengthBytes - length_seen_)) {
    length_ = (length_seen_ == 0 ? 0 : length_ << 8U) | std::to_integer<std::size_t>(octet);
    ++length_seen_;
  }
  return length_seen_ == kStreamLengthBytes;
}

StreamStep StreamFramer::begin_message() noexcept {
  taken_ = 0;
  if (length_ > room_.size()) return {StreamEvent::kOversize, {}};
  if (length_ != 0) return {};
  length_seen_ = 0;
  return {StreamEvent::kEmpty, {}};
}

}  // namespace dns
