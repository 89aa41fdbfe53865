// SPDX-License-Identifier: Apache-2.0
/// @file typical.hpp – a typical cache entry: a name of 25 to 35 bytes with one A record.
///
/// Purpose    any number of different answers without a string for each.
/// Threads    none of its own.
/// Lifetime   the result of entry() is valid until the next call.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "cache/cache.hpp"
#include "support/key.hpp"

namespace test {

class TypicalAnswers {
 public:
  TypicalAnswers() {
    key_[0] = key_[2] = std::byte{1};  // A, IN
    base::store_be32(records_.data() + kTtlAt, 300);
  }
  /// "h00000017.x…x.example.": 25 to 35 bytes on the wire, from its number.
  [[nodiscard]] cache::NewEntry entry(std::uint32_t number, std::uint32_t ttl_sec = 300,
                                      std::uint32_t keep_sec = 3'600) {
    const std::size_t middle = 5 + number % 11;
    std::byte* at = key_.data() + dns::kKeyPrefixBytes;
    *at++ = std::byte{9};
    *at = std::byte{'h'};
    std::uint32_t rest = number;
    for (int i = 8; i > 0; --i, rest /= 10) at[i] = static_cast<std::byte>('0' + rest % 10);
    at += 9;
    *at++ = static_cast<std::byte>(middle);
    std::memset(at, 'x', middle);
    at += middle;
    std::memcpy(at,
                "\x07"
                "example",
                9);
    const std::size_t name_bytes = 10 + 1 + middle + 9;
    key_[7] = static_cast<std::byte>(name_bytes);
    std::memcpy(records_.data() + 12, &number, sizeof number);

    cache::NewEntry entry;
    entry.key = dns::KeyView(base::Bytes(key_).first(dns::kKeyPrefixBytes + name_bytes));
    entry.hash = keyed_hash()(entry.key.bytes());
    entry.image = {.records = records_, .ttl_offsets = offsets_, .ancount = 1, .flags = dns::kFlagRa};
    entry.kind = dns::AnswerKind::kPositive;
    entry.ttl_sec = ttl_sec;
    entry.keep_sec = keep_sec;
    return entry;
  }

 private:
  static constexpr std::size_t kTtlAt = 6;
  std::array<std::byte, dns::kMaxKeyBytes> key_{};
  /// Owner: a pointer to the question; A, IN, TTL, four bytes.
  std::array<std::byte, 16> records_{
      std::byte{0xc0}, std::byte{12}, std::byte{0}, std::byte{1}, std::byte{0}, std::byte{1}, {}, {}, {}, {},
      std::byte{0},    std::byte{4}};
  std::array<std::uint16_t, 1> offsets_{kTtlAt};
};

}  // namespace test
