// SPDX-License-Identifier: Apache-2.0
/// @file burst.hpp – up to 32 packets on their way through the stages, each leaving exactly once.
///
/// Purpose    owns the packets of one poll; stages write a verdict for each, settle() carries the verdicts out.
/// Threads    one worker.
/// Lifetime   views into packets (frame, query) are valid until settle().
/// Cost       a slot is 512 bytes: a burst stays in the first-level cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "answer/answerer.hpp"
#include "base/spsc_ring.hpp"
#include "net/frame.hpp"
#include "packet/packet.hpp"

namespace worker {

enum class Verdict : std::uint8_t {
  kQuery,     // on its way through the stages
  kReply,     // packet.length bytes are the reply: transmit
  kPunt,      // the kernel's
  kToEgress,  // a response from an upstream
  kDone,      // nothing more to send: the buffer goes back
};

struct alignas(base::kCacheLineBytes) Slot {
  packet::Packet* packet = nullptr;  // where the port put it
  Verdict verdict = Verdict::kDone;
  net::FrameView frame;
  answer::Query query;  // valid when the verdict is kQuery

  /// No step has answered or dropped its query yet.
  [[nodiscard]] bool is_open() const noexcept { return verdict == Verdict::kQuery && query.is_open(); }
  /// The frame is a datagram to our port 53: its payload becomes the query.
  void begin_query() noexcept {
    query.room = packet->writable().subspan(frame.payload_offset);
    query.bytes = frame.payload_bytes;
    query.flow = &frame.flow;
    query.state = answer::QueryState::kOpen;
  }
};
static_assert(sizeof(Slot) == 512);

class Burst {
 public:
  Burst() noexcept;
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  /// Takes what the port has, whose verdicts are to be written. The burst is empty before.
  std::size_t receive(packet::PacketPort& port) noexcept {
    size_ = port.receive(received_);
    return size_;
  }

  [[nodiscard]] std::span<Slot> slots() noexcept { return {slots_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<packet::Packet, packet::kBurst> received_;
  std::array<Slot, packet::kBurst> slots_;  // each with its packet above
  std::size_t size_ = 0;
};

}  // namespace worker
