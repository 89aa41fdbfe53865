// SPDX-License-Identifier: Apache-2.0
/// @file answer.hpp – answers of the size and lifetime that a trace tells, with records that are well-formed and mean
///                    nothing.
///
/// Purpose    the real cache and the real egress core get what they would get from a network: a message to parse, or the
///            image that parsing it would give. Sizes are met as far as whole records allow.
/// Threads    values and pure functions.
/// RFC        1035 §4.1 (format), 2308 §5 (SOA of a negative answer).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "cache/cache.hpp"
#include "cache/lifetime.hpp"
#include "cache/settings.hpp"
#include "dns/types.hpp"
#include "rig/catalogue.hpp"

namespace rig {

/// The records of one answer.
class Records {
 public:
  /// For a question with this key; as many bytes as `answer.bytes` leaves to them.
  void make(dns::KeyView question, const Answer& answer) noexcept;

  [[nodiscard]] dns::AnswerImage image() const noexcept;
  /// The whole reply to a query with this question: returns its bytes within `room`, which must hold kMaxMessage.
  [[nodiscard]] std::size_t write_reply(base::MutableBytes room, base::Bytes question, std::uint16_t id) const noexcept;

  static constexpr std::size_t kMaxBytes = 60'000;
  static constexpr std::size_t kMaxMessage = kMaxBytes + 512;

 private:
  static constexpr std::size_t kMaxRecords = 64;

  void add(std::uint16_t type, std::uint32_t ttl_sec, std::size_t rdata_bytes) noexcept;
  void add_soa(std::uint32_t ttl_sec) noexcept;
  /// For another record, and for padding behind it.
  [[nodiscard]] bool has_room() const noexcept { return count_ + 1 < kMaxRecords; }

  std::array<std::byte, kMaxBytes> bytes_{};
  std::array<std::uint16_t, kMaxRecords> ttl_offsets_{};
  std::size_t size_ = 0;
  std::size_t dirty_ = 0;  // bytes that may not be 0
  std::size_t count_ = 0;
  std::uint16_t ancount_ = 0;
  std::uint16_t nscount_ = 0;
  std::uint16_t arcount_ = 0;
  dns::Rcode rcode_ = dns::Rcode::kNoError;
};

/// For how long a model keeps this answer: what cache::lifetime_of() says of the message.
[[nodiscard]] cache::Lifetime lifetime_of(const Answer& answer, const cache::Settings& settings) noexcept;

/// Bytes that the entry takes in lib/cache: its block and the notes about it.
[[nodiscard]] std::uint32_t chunk_bytes(dns::KeyView key, const Answer& answer) noexcept;

/// Bytes for blocks in a cache of this size: what its buckets and the large answers' share leave.
[[nodiscard]] std::uint64_t room_for_blocks(std::uint64_t size_bytes);

}  // namespace rig
