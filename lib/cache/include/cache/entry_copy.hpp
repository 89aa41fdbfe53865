// SPDX-License-Identifier: Apache-2.0
/// @file entry_copy.hpp – a reader's own copy of an entry, for longer than until its next quiescent state.
///
/// Purpose    an answer that the cache does not keep, and somebody who is told it a moment later.
/// Threads    the reader's.
/// Cost       one copy of header, key, places and records; no allocation.
#pragma once

#include <array>
#include <cstddef>

#include "cache/entry.hpp"

namespace cache {

class EntryCopy {
 public:
  /// Key and places of an answer whose message is as large as UDP carries fit, too.
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
