// SPDX-License-Identifier: Apache-2.0
/// @file suffix_slots.hpp – names in an open-addressing table that is filled once and then only read.
///
/// Purpose    what the forward table and the local data share: a slot begins with a name, its length and hash bits.
/// Threads    those of the caller.
/// Ownership  the slots and the names are the caller's.
/// Cost       mostly one cache line; at most half of the slots are taken.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.hpp"

namespace policy {

/// A power of two of which `names` fill at most half.
[[nodiscard]] constexpr std::size_t suffix_slots_for(std::size_t names) noexcept {
  return std::bit_ceil(2 * names + 1);
}

/// Hash bits that did not choose the slot.
[[nodiscard]] constexpr std::uint32_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> 32U);
}

/// Takes a slot for a name; nullptr: the name has one.
template <class Slot>
[[nodiscard]] Slot* take_slot(std::span<Slot> slots, std::uint64_t hash, base::Bytes name) noexcept {
  std::size_t at = hash & (slots.size() - 1);
  for (; slots[at].name != nullptr; at = (at + 1) & (slots.size() - 1)) {
    const Slot& slot = slots[at];
    if (slot.name_bytes == name.size() && std::memcmp(slot.name, name.data(), slot.name_bytes) == 0) return nullptr;
  }
  slots[at].name = name.data();
  slots[at].tag = tag_of(hash);
  slots[at].name_bytes = static_cast<std::uint16_t>(name.size());
  return &slots[at];
}

template <class Slot>
[[nodiscard]] const Slot* find_slot(std::span<Slot> slots, std::uint64_t hash, base::Bytes suffix) noexcept {
  for (std::size_t at = hash & (slots.size() - 1);; at = (at + 1) & (slots.size() - 1)) {
    const Slot& slot = slots[at];
    if (slot.name == nullptr) return nullptr;
    if (slot.tag == tag_of(hash) && slot.name_bytes == suffix.size() &&
        std::memcmp(slot.name, suffix.data(), suffix.size()) == 0) {
      return &slot;
    }
  }
}

}  // namespace policy
