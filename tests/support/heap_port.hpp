// SPDX-License-Identifier: Apache-2.0
// A packet::PacketPort on heap buffers of exact size, so that a sanitizer sees every overrun and a test can script it.
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "packet/packet.hpp"

namespace test {

using Frame = std::vector<std::byte>;

/// The buffers that are lent and not yet returned. Shared by the ports of one appliance, because any thread may return
/// a buffer to a mempool.
class Lent {
 public:
  Lent() = default;
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() {
    for (std::byte* buffer : out_) delete[] buffer;
  }
  [[nodiscard]] std::byte* lend(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    return *out_.insert(new std::byte[bytes]).first;  // the exact size: a sanitizer reports one byte beyond
  }
  void give_back(std::byte* buffer) {
    const std::scoped_lock lock(mutex_);
    SLUICE_REQUIRE(out_.erase(buffer) == 1);  // a packet leaves exactly once
    delete[] buffer;
  }
  [[nodiscard]] std::size_t count() const {
    const std::scoped_lock lock(mutex_);
    return out_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::byte*> out_;
};

/// Frames given to arrive() come out of receive() in buffers of `room` bytes; frames transmitted are collected in sent().
class HeapPort final : public packet::PacketPort {
 public:
  explicit HeapPort(Lent& lent, std::size_t room = 2'048) : lent_(&lent), room_(room) {}

  void arrive(Frame frame, net::RxChecksum checksum = net::RxChecksum::kUnknown) {
    arriving_.push_back({std::move(frame), checksum});
  }
  [[nodiscard]] std::size_t arriving() const { return arriving_.size(); }
  /// Returns the frames transmitted since the last call.
  [[nodiscard]] std::vector<Frame> sent() { return std::exchange(sent_, {}); }
  /// After this many packets the port refuses more.
  void set_tx_room(std::size_t packets) { tx_room_ = packets; }
  void set_pool_dry(bool dry) { pool_dry_ = dry; }

  std::size_t receive(std::span<packet::Packet> out) noexcept override {
    std::size_t count = 0;
    while (count < out.size() && !arriving_.empty()) {
      const Arriving& next = arriving_.front();
      packet::Packet& packet = out[count++];
      lend(packet, std::max(room_, next.frame.size()));
      std::copy(next.frame.begin(), next.frame.end(), packet.data);
      packet.length = static_cast<std::uint16_t>(next.frame.size());
      packet.checksum = next.checksum;
      arriving_.pop_front();
    }
    return count;
  }
  std::size_t transmit(std::span<const packet::Packet> packets) noexcept override {
    const std::size_t count = std::min(packets.size(), tx_room_);
    if (tx_room_ != kUnlimited) tx_room_ -= count;
    for (const packet::Packet& packet : packets.first(count)) {
      sent_.emplace_back(packet.data, packet.data + packet.length);
      give_back(packet);
    }
    return count;
  }
  void release(std::span<const packet::Packet> packets) noexcept override {
    for (const packet::Packet& packet : packets) give_back(packet);
  }
  bool allocate(packet::Packet& out) noexcept override {
    if (pool_dry_) return false;
    lend(out, room_);
    return true;
  }
  net::TxChecksum tx_checksum() const noexcept override { return net::TxChecksum::kSoftware; }

 private:
  static constexpr std::size_t kUnlimited = ~std::size_t{0};
  struct Arriving {
    Frame frame;
    net::RxChecksum checksum;
  };

  void lend(packet::Packet& packet, std::size_t bytes) {
    std::byte* buffer = lent_->lend(bytes);
    packet = {};
    packet.data = buffer;
    packet.handle = buffer;
    packet.room = static_cast<std::uint16_t>(bytes);
  }
  void give_back(const packet::Packet& packet) { lent_->give_back(static_cast<std::byte*>(packet.handle)); }

  Lent* lent_;
  std::size_t room_;
  std::size_t tx_room_ = kUnlimited;
  bool pool_dry_ = false;
  std::deque<Arriving> arriving_;
  std::vector<Frame> sent_;
};

}  // namespace test
