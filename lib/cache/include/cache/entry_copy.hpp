// SPDX-License-Identifier: Apache-2.0
/// @file entry_copy.hpp – a reader's own copy of an entry, valid beyond its next quiescent state.
///
/// Purpose    an answer that is not cached, and a client that receives it a moment later.
/// Threads    the reader's thread.
/// Cost       one copy of header, key, places and records; no allocation.
#pragma once

#include <array>
#include <cstddef>

#include "cache/entry.hpp"

namespace cache {

class EntryCopy {
 public:
  /// Enough for any answer that one UDP message carries, with its key and TTL offsets.
  static constexpr std::size_t kRoomBytes = 2'048;

  /// False: `from` is larger than the room, and nothing was copied.
  [[nodiscard]] bool assign(const Entry& from) noexcept;
  /// After an assign() that was true.
  [[nodiscard]] const Entry& entry() const noexcept { return *entry_; }

 private:
  alignas(Entry) std::array<std::byte, kRoomBytes> room_{};
  const Entry* entry_ = nullptr;
};

}  // namespace cache
