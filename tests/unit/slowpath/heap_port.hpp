// SPDX-License-Identifier: Apache-2.0
/// @file heap_port.hpp – a port whose packets are heap blocks of exact size, each counted until it comes back.
///
/// Purpose    shows a leak, a double release and a byte past the end (with an address sanitizer).
/// Threads    any.
/// Ownership  owns the blocks that are out.
#pragma once

#include <atomic>
#include <cstring>
#include <span>

#include "packet/packet.hpp"
#include "support/raw_frame.hpp"

namespace test {

class HeapPort final : public packet::PacketPort {
 public:
  explicit HeapPort(std::uint16_t room) noexcept : room_(room) {}

  std::size_t receive(std::span<packet::Packet> /*out*/) noexcept override { return 0; }
  std::size_t transmit(std::span<const packet::Packet> /*packets*/) noexcept override { return 0; }
  void release(std::span<const packet::Packet> packets) noexcept override {
    for (const packet::Packet& packet : packets) {
      delete static_cast<ExactBuffer*>(packet.handle);
      --out_;
    }
  }
  bool allocate(packet::Packet& out) noexcept override {
    if (dry) return false;
    out = {};
    auto* block = new ExactBuffer(room_.load());
    ++out_;
    out.handle = block;
    out.data = block->span().data();
    out.room = room_;
    return true;
  }
  [[nodiscard]] net::TxChecksum tx_checksum() const noexcept override { return net::TxChecksum::kSoftware; }

  /// A packet as a worker would have received it.
  [[nodiscard]] packet::Packet received(const RawBytes& frame) {
    auto* block = new ExactBuffer(frame);
    ++out_;
    packet::Packet packet;
    packet.handle = block;
    packet.data = block->span().data();
    packet.length = packet.room = static_cast<std::uint16_t>(frame.size());
    return packet;
  }

  [[nodiscard]] int out() const noexcept { return out_; }
  std::atomic<bool> dry{false};

 private:
  std::atomic<std::uint16_t> room_;
  std::atomic<int> out_{0};
};

}  // namespace test
