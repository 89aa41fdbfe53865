// SPDX-License-Identifier: Apache-2.0
/// @file block_table.hpp – blocked clients: an immutable hash table of prefixes and actions.
///
/// Purpose    the block action of an address, if any; of several prefixes that contain it the longest decides.
/// Threads    immutable after construction, shared by all; control makes a new one for each change and publishes it
///            behind one pointer, nullptr while no client is blocked.
/// Ownership  borrows its slots; `hash` outlives it.
/// Cost       find(): one hash and a probe or two for each prefix length in the table, mostly one or two lengths.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/fixed_vector.hpp"
#include "base/keyed_hash.hpp"
#include "net/address.hpp"
#include "policy/settings.hpp"

namespace policy {

inline constexpr std::size_t kMaxBlocks = 4'096;

struct BlockedPrefix {
  net::Prefix prefix;  // no bits beyond its length
  BlockAction action = BlockAction::kCacheOnly;
};

class BlockTable {
 public:
  struct Slot {
    BlockedPrefix blocked;
    bool used = false;
  };
  [[nodiscard]] static std::size_t slots_for(std::size_t blocks) noexcept;
  /// At most kMaxBlocks; of two equal prefixes the first counts.
  BlockTable(std::span<const BlockedPrefix> blocks, std::span<Slot> slots, const base::KeyedHash& hash) noexcept;

  [[nodiscard]] std::optional<BlockAction> find(const net::IpAddress& client) const noexcept;

 private:
  static constexpr std::size_t kLengths = 129;
  [[nodiscard]] std::size_t place_of(const net::Prefix& prefix) const noexcept;

  std::span<Slot> slots_;
  const base::KeyedHash* hash_;
  base::FixedVector<std::uint8_t, kLengths> lengths_;  // longest first
};

/// The first `length` bits of an address, the others cleared.
[[nodiscard]] net::Prefix prefix_of(const net::IpAddress& address, std::uint8_t length) noexcept;

}  // namespace policy
