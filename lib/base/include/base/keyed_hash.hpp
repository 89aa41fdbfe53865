// SPDX-License-Identifier: Apache-2.0
/// @file keyed_hash.hpp – the hash of attacker-chosen names: XXH3 with a secret drawn at start.
///
/// Purpose    locates; equality is always decided on bytes. Without the secret nobody can aim at one bucket.
/// Threads    immutable after construction, shared by all.
/// Ownership  holds its secret by value; the caller draws it from getrandom(2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace base {

class KeyedHash {
 public:
  static constexpr std::size_t kSecretBytes = 192;  // XXH3's default secret size; 136 is its minimum
  using Secret = std::array<std::byte, kSecretBytes>;

  explicit KeyedHash(const Secret& secret) noexcept : secret_(secret) {}
  [[nodiscard]] std::uint64_t operator()(Bytes bytes) const noexcept;

 private:
  alignas(64) Secret secret_;
};

}  // namespace base
