// SPDX-License-Identifier: Apache-2.0
/// @file stream.hpp – takes DNS messages out of a byte stream, where each follows its length in two octets.
///
/// Purpose    assembles messages from pieces of any size and reports events; whether an empty or an oversize message ends
///            the connection is the caller's decision.
/// Threads    one owner.
/// Ownership  a message is assembled at the start of the room that is given at creation, which outlives the framer.
/// Lifetime   a message is valid until the next call of next(); until then the caller may also write to the room.
/// Cost       one copy of every octet; no allocation.
/// RFC        1035 §4.2.2, 7766 §8.
///
///   stream:  length:16 │ message │ length:16 │ message │ …
///            while (!chunk.empty()) { step = framer.next(chunk); … }      the last step may be kNeedMore
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace dns {

inline constexpr std::size_t kStreamLengthBytes = 2;

enum class StreamEvent : std::uint8_t {
  kNeedMore,  // the piece is used up, no message is complete
  kMessage,
  kEmpty,     // a length of 0
  kOversize,  // a length above the room's size; reported once, the message itself is skipped
};

struct StreamStep {
  StreamEvent event = StreamEvent::kNeedMore;
  base::Bytes message;  // of kMessage: at the start of the room
};

class StreamFramer {
 public:
  explicit StreamFramer(base::MutableBytes room) noexcept : room_(room) {}

  /// Takes octets from the front of `chunk` up to the next event.
  [[nodiscard]] StreamStep next(base::Bytes& chunk) noexcept;
  /// Between two messages? A stream that ends elsewhere was cut.
  [[nodiscard]] bool is_between_messages() const noexcept { return length_seen_ == 0; }
  /// Drops an incomplete message, for a new stream.
  void reset() noexcept { *this = StreamFramer(room_); }

 private:
  [[nodiscard]] bool take_length(base::Bytes& chunk) noexcept;
  [[nodiscard]] StreamStep begin_message() noexcept;

  base::MutableBytes room_;
  std::size_t length_ = 0;       // of the message, complete when length_seen_ is 2
  std::size_t length_seen_ = 0;  // octets of the length
  std::size_t taken_ = 0;        // octets of the message
};

}  // namespace dns
