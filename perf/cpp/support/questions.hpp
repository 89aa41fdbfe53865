// SPDX-License-Identifier: Apache-2.0
/// @file questions.hpp – the questions of the measurements: names of 25 bytes, as keys, answers and frames.
///
/// Purpose    all programs under perf/ use the same questions and the same typical answer.
/// Threads    value types.
///
///   name    9 q00000042 5 bench 7 example 0        25 bytes on the wire
///   answer  one A record with a pointer to the question, 16 bytes, TTL 300; `records` of them
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "cache/cache.hpp"
#include "dns/question_key.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"

namespace perf {

inline constexpr std::size_t kNameBytes = 25;
inline constexpr std::uint32_t kTtlSec = 300;

using Frame = std::vector<std::byte>;

/// Client address 10.x.y.z; its port follows from the number as well.
struct Client {
  std::uint32_t number = 0;
  std::uint16_t id = 0;
};

enum class Opt : std::uint8_t { kNone, kPresent };

[[nodiscard]] net::IpAddress server_address() noexcept;  // 10.77.0.53
[[nodiscard]] net::IpAddress client_address(std::uint32_t number) noexcept;

/// The wire form of name `number`.
[[nodiscard]] std::vector<std::byte> name(std::uint64_t number);
[[nodiscard]] dns::QuestionKey key(std::uint64_t number);

/// A query for A of name `number`, with correct checksums.
[[nodiscard]] Frame query(std::uint64_t number, Client client, Opt opt = Opt::kNone);
/// A datagram to port 53 with this payload.
[[nodiscard]] Frame datagram(base::Bytes payload, Client client);
/// The DNS message of query().
[[nodiscard]] std::vector<std::byte> message(std::uint64_t number, std::uint16_t id, Opt opt = Opt::kNone);

/// `records` A records, as a cache stores them.
class Answer {
 public:
  explicit Answer(std::size_t records = 1);
  [[nodiscard]] dns::AnswerImage image() const noexcept;
  [[nodiscard]] cache::NewEntry entry(const dns::QuestionKey& key, std::uint64_t hash) const noexcept;

 private:
  std::vector<std::byte> records_;
  std::vector<std::uint16_t> ttl_offsets_;
};

}  // namespace perf
