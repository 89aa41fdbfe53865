// SPDX-License-Identifier: Apache-2.0
// One probe of the table for each prefix length that exists, longest first.
#include "policy/block_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "base/contract.hpp"

namespace policy {

net::Prefix prefix_of(const net::IpAddress& address, std::uint8_t length) noexcept {
  std::array<std::byte, net::IpAddress::kBytes> octets = address.octets();
  const std::size_t whole = length / 8U;
  const unsigned bits = length % 8U;
  if (whole < octets.size()) {
    const std::byte mask = bits == 0 ? std::byte{0} : std::byte{0xff} << (8U - bits);
    octets[whole] &= mask;
    std::fill(octets.begin() + static_cast<std::ptrdiff_t>(whole) + 1, octets.end(), std::byte{0});
  }
  return {net::IpAddress::v6(octets.data()), length};
}

std::size_t BlockTable::slots_for(std::size_t blocks) noexcept { return std::bit_ceil(2 * blocks + 1); }

BlockTable::BlockTable(std::span<const BlockedPrefix> blocks, std::span<Slot> slots,
                       const base::KeyedHash& hash) noexcept
    : slots_(slots), hash_(&hash) {
  SLUICE_REQUIRE(blocks.size() <= kMaxBlocks && slots.size() == slots_for(blocks.size()));
  std::fill(slots.begin(), slots.end(), Slot{});
  for (const BlockedPrefix& block : blocks) {
    Slot& slot = slots_[place_of(block.prefix)];
    if (slot.used) continue;
    slot = {block, true};
    if (std::find(lengths_.begin(), lengths_.end(), block.prefix.length) == lengths_.end()) {
      SLUICE_REQUIRE(lengths_.push_back(block.prefix.length));
    }
  }
  std::sort(lengths_.begin(), lengths_.end(), std::greater<>());
}

// The slot of the prefix, or the free slot where it belongs.
std::size_t BlockTable::place_of(const net::Prefix& prefix) const noexcept {
  std::array<std::byte, net::IpAddress::kBytes + 1> key;
  std::memcpy(key.data(), prefix.address.octets().data(), net::IpAddress::kBytes);
  key.back() = static_cast<std::byte>(prefix.length);
  std::size_t at = (*hash_)(key) & (slots_.size() - 1);
  while (slots_[at].used && slots_[at].blocked.prefix != prefix) at = (at + 1) & (slots_.size() - 1);
  return at;
}

std::optional<BlockAction> BlockTable::find(const net::IpAddress& client) const noexcept {
  const bool is_v4 = client.is_v4();
  for (const std::uint8_t length : lengths_) {
    if (is_v4 && length < net::kV4PrefixBits) break;  // ::/0 is every IPv6 address and no IPv4 one
    const Slot& slot = slots_[place_of(prefix_of(client, length))];
    if (slot.used) return slot.blocked.action;
  }
  return std::nullopt;
}

}  // namespace policy
