// SPDX-License-Identifier: Apache-2.0
/// @file memory_port.hpp – a port without a driver: packets come from an array and return to it.
///
/// Purpose    the cost of a worker's packets without the cost of DPDK.
/// Threads    one.
/// Ownership  owns its kMost buffers; between two polls a worker holds only those of waiting replies.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "base/contract.hpp"
#include "packet/packet.hpp"
#include "support/questions.hpp"

namespace perf {

class MemoryPort final : public packet::PacketPort {
 public:
  static constexpr std::size_t kMost = 1'024;
  static constexpr std::uint16_t kRoom = 2'048;

  MemoryPort() : memory_(kMost * kRoom) {
    for (std::size_t i = 0; i < kMost; ++i) free_.push_back(&memory_[i * kRoom]);
    arriving_.reserve(kMost);
  }

  /// The next polls receive these frames, all within `frames.size() / kBurst` polls.
  void offer(std::span<const Frame> frames) {
    arriving_.clear();
    at_ = sent_ = 0;
    for (const Frame& frame : frames) {
      packet::Packet packet;
      SLUICE_REQUIRE(allocate(packet));
      std::memcpy(packet.data, frame.data(), frame.size());
      packet.length = static_cast<std::uint16_t>(frame.size());
      arriving_.push_back(packet);
    }
  }
  [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

  [[nodiscard]] std::size_t receive(std::span<packet::Packet> out) noexcept override {
    std::size_t count = 0;
    while (count < out.size() && at_ < arriving_.size()) out[count++] = arriving_[at_++];
    return count;
  }
  [[nodiscard]] std::size_t transmit(std::span<const packet::Packet> packets) noexcept override {
    release(packets);
    sent_ += packets.size();
    return packets.size();
  }
  void release(std::span<const packet::Packet> packets) noexcept override {
    for (const packet::Packet& packet : packets) free_.push_back(packet.data);  // never more than there were
  }
  [[nodiscard]] bool allocate(packet::Packet& out) noexcept override {
    if (free_.empty()) return false;
    out = {};
    out.data = free_.back();
    out.room = kRoom;
    free_.pop_back();
    return true;
  }
  [[nodiscard]] net::TxChecksum tx_checksum() const noexcept override { return net::TxChecksum::kSoftware; }

 private:
  std::vector<std::byte> memory_;
  std::vector<std::byte*> free_;
  std::vector<packet::Packet> arriving_;
  std::size_t at_ = 0;
  std::size_t sent_ = 0;
};

}  // namespace perf
