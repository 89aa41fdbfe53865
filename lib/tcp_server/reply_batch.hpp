// SPDX-License-Identifier: Apache-2.0
/// @file reply_batch.hpp – replies for one connection, collected for one write.
///
/// Purpose    each reply behind its length field; replies of one connection are sent together.
/// Threads    one owner.
/// Ownership  owns one buffer for all connections.
/// Cost       nothing is allocated after construction.
/// RFC        7766 §8 (the length and the message in one write).
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.hpp"
#include "base/contract.hpp"
#include "base/handle.hpp"
#include "dns/stream.hpp"
#include "dns/types.hpp"

namespace tcp_server {

class ReplyBatch {
 public:
  static constexpr std::size_t kFrameBytes = dns::kStreamLengthBytes + dns::kMaxMessageBytes;
  static constexpr std::size_t kBytes = 2 * kFrameBytes;

  ReplyBatch() : buffer_(kBytes) {}

  /// Can another reply for this connection be added without a write first?
  [[nodiscard]] bool takes(base::Handle connection) const noexcept {
    return used_ == 0 || (connection == connection_ && used_ + kFrameBytes <= kBytes);
  }
  /// Room for the largest message.
  [[nodiscard]] base::MutableBytes open(base::Handle connection) noexcept {
    SLUICE_REQUIRE(takes(connection));
    connection_ = connection;
    return base::MutableBytes(buffer_).subspan(used_ + dns::kStreamLengthBytes, dns::kMaxMessageBytes);
  }
  /// The first `message_bytes` of the room are the reply.
  void close(std::size_t message_bytes) noexcept {
    base::store_be16(buffer_.data() + used_, static_cast<std::uint16_t>(message_bytes));
    used_ += dns::kStreamLengthBytes + message_bytes;
  }
  [[nodiscard]] base::Handle connection() const noexcept { return connection_; }
  [[nodiscard]] base::Bytes octets() const noexcept { return base::Bytes(buffer_).first(used_); }
  void clear() noexcept { used_ = 0; }

 private:
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
  base::Handle connection_;
};

}  // namespace tcp_server
