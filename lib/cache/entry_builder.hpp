// SPDX-License-Identifier: Apache-2.0
/// @file entry_builder.hpp – writes an entry into a chunk that is not published yet.
///
/// Purpose    the only code that knows the layout of an entry's tail.
/// Threads    egress.
/// Cost       one copy of key, places and records.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "cache/cache.hpp"
#include "cache/entry.hpp"

namespace cache {

class EntryBuilder {
 public:
  /// Size of the entry in bytes; larger than any class when a part does not fit its field.
  [[nodiscard]] static std::size_t bytes_for(const NewEntry& from) noexcept;
  /// `chunk` holds at least bytes_for(from).
  static Entry* build(std::byte* chunk, const NewEntry& from, base::Instant now) noexcept;
  [[nodiscard]] static std::size_t bytes_of(const Entry& entry) noexcept;
  /// Copies an entry with its use counter; `chunk` holds at least bytes_of(from).
  static Entry* copy(std::byte* chunk, const Entry& from) noexcept;

 private:
  static void write_tail(Entry& entry, std::byte* tail, const NewEntry& from) noexcept;
};

}  // namespace cache
