// SPDX-License-Identifier: Apache-2.0
/// @file packet.hpp – a packet buffer and the port that lends it: the data path's view of a NIC.
///
/// Purpose    lets the same worker run on an mbuf, on a heap buffer of exact size and in a scripted test.
/// Threads    a PacketPort belongs to one worker (one RX and one TX queue); release() and allocate() of the pool behind
///            it may be called by any thread.
/// Ownership  a Packet is lent by receive() or allocate() and given back exactly once: by transmit() when it was
///            accepted, by release(), or by pushing it into a ring whose reader then owes it.
/// Cost       one virtual call per burst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "net/frame.hpp"

namespace packet {

inline constexpr std::size_t kBurst = 32;

/// One frame in one contiguous buffer.
struct Packet {
  std::byte* data = nullptr;  // first byte of the Ethernet header
  void* handle = nullptr;     // the port's own: an mbuf, a test buffer
  std::uint16_t length = 0;   // of the frame
  std::uint16_t room = 0;     // bytes from data that may be written, >= length
  net::RxChecksum checksum = net::RxChecksum::kUnknown;
  bool segmented = false;                                    // the frame spans several buffers
  std::uint8_t l3_offset = 0;                                // of a frame that we built, when tx_checksum is kOffload
  net::TxChecksum tx_checksum = net::TxChecksum::kSoftware;  // what the frame's checksum fields still need

  [[nodiscard]] base::Bytes frame() const noexcept { return {data, length}; }
  [[nodiscard]] base::MutableBytes writable() const noexcept { return {data, room}; }
};

class PacketPort {
 public:
  /// Fills `out` from the front; returns how many.
  [[nodiscard]] virtual std::size_t receive(std::span<Packet> out) noexcept = 0;
  /// The port takes the first n packets and returns n; the others remain the caller's.
  [[nodiscard]] virtual std::size_t transmit(std::span<const Packet> packets) noexcept = 0;
  /// Returns packets unsent. Any thread.
  virtual void release(std::span<const Packet> packets) noexcept = 0;
  /// An empty packet (length 0) with room for at least a full frame; false: the pool is empty. Any thread.
  [[nodiscard]] virtual bool allocate(Packet& out) noexcept = 0;
  /// How this port wants checksums of frames it sends.
  [[nodiscard]] virtual net::TxChecksum tx_checksum() const noexcept = 0;

 protected:
  ~PacketPort() = default;
  PacketPort() = default;
  PacketPort(const PacketPort&) = default;
  PacketPort& operator=(const PacketPort&) = default;
};

}  // namespace packet
