// SPDX-License-Identifier: Apache-2.0
/// @file name_table.hpp – notes about the names of one message; private to this library.
///
/// Purpose    reads compressed names in time linear in the message: for each label start within the reach of a pointer the
///            table stores the length of the name from there on, so that a pointer costs one lookup, however long the
///            chain behind it. It also marks bytes that no name may overlap: TTLs (they change with age), the OPT (it is
///            removed), addresses (a reply may rotate them).
/// Lifetime   borrows the message and the notes.
/// Cost       one 16-bit note a label; clearing costs two bytes for each byte of the message, at most 32 KiB.
/// RFC        1035 §4.1.4.
///
///   note, by offset   15 ── pointers:8 ── 8 ── expanded bytes:8 ── 0     0 = nothing known, 0xffff = no name here
#pragma once

#include <algorithm>

#include "dns/response.hpp"
#include "name_walk.hpp"

namespace dns {

class NameTable {
 public:
  NameTable(base::Bytes message, NameNotes& notes) noexcept : message_(message), notes_(notes) {
    std::fill_n(notes_.begin(), std::min(message.size(), notes_.size()), std::uint16_t{0});
  }

  /// Steps over the name at the reader's place. Returns its expanded size; 0 on failure.
  std::size_t read(base::ByteReader& in) noexcept;

  /// Later names may not use these bytes.
  void forbid(std::size_t from, std::size_t to) noexcept;

  /// The largest offset that a pointer led to.
  [[nodiscard]] std::size_t furthest_target() const noexcept { return furthest_target_; }
  /// Whether a failure came from the limit on steps and not from the name.
  [[nodiscard]] bool out_of_steps() const noexcept { return steps_ >= kMaxNameSteps; }

  /// Case-insensitive equality of two names that have been read; false as well when out of steps.
  [[nodiscard]] bool equal(std::size_t a, std::size_t b) noexcept;

 private:
  struct Tail {
    std::size_t bytes = 0;  // 0: malformed
    std::size_t pointers = 0;
  };
  /// The name at `target`, for a pointer from a name that starts at `limit`.
  [[nodiscard]] Tail tail_at(std::size_t target, std::size_t limit) noexcept;
  /// The same for a target without a note: a name in rdata that is opaque to us.
  [[nodiscard]] Tail walk_loose(std::size_t target, std::size_t limit) noexcept;
  [[nodiscard]] bool touches_forbidden(std::size_t at, std::size_t bytes) const noexcept;
  void note_labels(std::size_t start, std::size_t end, Tail whole) noexcept;
  [[nodiscard]] std::size_t resolve(std::size_t at) noexcept;

  base::Bytes message_;
  NameNotes& notes_;
  std::size_t furthest_target_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace dns
