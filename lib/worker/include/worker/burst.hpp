// SPDX-License-Identifier: Apache-2.0
/// @file burst.hpp – the packets of one poll and the verdict on each.
///
/// Purpose    owns up to 32 packets; stages write a verdict for each, Worker::settle() carries the verdicts out.
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
  kQuery,     // not decided yet
  kReply,     // packet.length bytes are the reply: transmit
  kPunt,      // to the kernel
  kToEgress,  // a response from an upstream
  kDone,      // release the buffer
};

struct alignas(base::kCacheLineBytes) Slot {
  packet::Packet* packet = nullptr;  // as received
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

  /// Receives from the port into an empty burst. The caller writes each slot's verdict.
  std::size_t receive(packet::PacketPort& port) noexcept {
    size_ = port.receive(received_);
    return size_;
  }

  [[nodiscard]] std::span<Slot> slots() noexcept { return {slots_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<packet::Packet, packet::kBurst> received_;
  std::array<Slot, packet::kBurst> slots_;  // slot i is about received_[i]
  std::size_t size_ = 0;
};

}  // namespace worker
