// SPDX-License-Identifier: Apache-2.0
/// @file burst.hpp – up to 32 packets on their way through the stages, each leaving exactly once.
///
/// Purpose    owns the packets of one poll; stages write a verdict for each, settle() carries the verdicts out.
/// Threads    one worker.
/// Lifetime   views into packets (frame, query) are valid until settle().
/// Cost       a slot is about 450 bytes: a burst stays in the first-level cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "net/frame.hpp"
#include "worker/answerer.hpp"
#include "worker/packet.hpp"

namespace worker {

enum class Verdict : std::uint8_t {
  kQuery,     // on its way through the stages
  kReply,     // packet.length bytes are the reply: transmit
  kPunt,      // the kernel's
  kToEgress,  // a response from an upstream
  kDone,      // nothing more to send: the buffer goes back
};

struct Slot {
  Packet packet;
  Verdict verdict = Verdict::kQuery;
  net::FrameView frame;
  Query query;  // valid when the verdict is kQuery

  /// No step has answered or dropped its query yet.
  [[nodiscard]] bool is_open() const noexcept { return verdict == Verdict::kQuery && query.is_open(); }
  /// The frame is a datagram to our port 53: its payload becomes the query.
  void begin_query() noexcept {
    query.room = packet.writable().subspan(frame.payload_offset);
    query.bytes = frame.payload_bytes;
    query.flow = &frame.flow;
    query.state = QueryState::kOpen;
  }
};

class Burst {
 public:
  /// Takes what the port has. The burst is empty before.
  std::size_t receive(PacketPort& port) noexcept;

  [[nodiscard]] std::span<Slot> slots() noexcept { return {slots_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<Packet, kBurst>
      received_;  // of the latest receive(); not on its stack, where 32 of them would be made anew
  std::array<Slot, kBurst> slots_;
  std::size_t size_ = 0;
};

}  // namespace worker
