// SPDX-License-Identifier: Apache-2.0
/// @file keyed_hash.hpp – the hash of attacker-chosen names: XXH3 with a secret drawn at start.
///
/// Purpose    finds a bucket; equality is decided on bytes. Collisions cannot be chosen without the secret.
/// Threads    immutable after construction, shared by all.
/// Ownership  holds its secret by value; draw_secret() in secrets/kernel_random.hpp makes one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace base {

class KeyedHash {
 public:
  static constexpr std::size_t kSecretBytes = 192;  // XXH3's default secret size; 136 is its minimum
  using Secret = std::array<std::byte, kSecretBytes>;

  explicit KeyedHash(const Secret& secret) noexcept : secret_(secret) {}
  [[nodiscard]] std::uint64_t operator()(Bytes bytes) const noexcept;

  /// Of two words in registers, such as an address: two multiplications, without a wait for bytes just stored. It
  /// differs from the hash of the same bytes.
  [[nodiscard]] std::uint64_t of_words(std::uint64_t first, std::uint64_t second) const noexcept {
    // Odd multipliers: a half that all addresses of a family share does not erase the other half.
    const std::uint64_t mixed = product(first ^ (word(0) | 1U), second ^ word(1));
    return product(mixed ^ word(2), 0x9e37'79b9'7f4a'7c15U);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  /// Both halves of the 128-bit product, XORed.
  [[nodiscard]] static std::uint64_t product(std::uint64_t a, std::uint64_t b) noexcept {
    const Wide wide = Wide{a} * b;
    return static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64U);
  }
  [[nodiscard]] std::uint64_t word(std::size_t at) const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, secret_.data() + at * sizeof word, sizeof word);
    return word;
  }
  alignas(64) Secret secret_;
};

}  // namespace base
