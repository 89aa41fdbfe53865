// SPDX-License-Identifier: Apache-2.0
/// @file reply_matcher.hpp – does this datagram answer a question of ours?
///
/// Purpose    addresses, ports, ID, QR, opcode and the whole question must match; anything else is named and ignored, and
///            changes neither the question nor the server's health.
/// Threads    egress only.
/// RFC        5452 §9.1; 4343 (names compare without case).
#pragma once

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "net/frame.hpp"
#include "tables.hpp"

namespace egress {

class ReplyMatcher {
 public:
  explicit ReplyMatcher(Tables& tables) noexcept : tables_(&tables) {}

  /// The attempt that is answered, or the counter of the reason why none is.
  [[nodiscard]] base::Outcome<SlotId, EngineCounter> match(const net::FrameView& frame, base::Bytes payload,
                                                           base::Instant now) noexcept;

 private:
  [[nodiscard]] EngineCounter stray(base::UdpPort port, base::Bytes payload, base::Instant now) const noexcept;
  void note_near_miss(SlotId fetch) noexcept;

  Tables* tables_;
};

}  // namespace egress
