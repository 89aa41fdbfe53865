// SPDX-License-Identifier: Apache-2.0
/// @file sketch.hpp – the heaviest keys of a stream, per second, in fixed memory.
///
/// Purpose    Space-Saving in sets of seven: a key's hash chooses its set, and a new key replaces the smallest key of the
///            set and inherits its count. For a key in the sketch:
///              count - error <= true weight <= count,   error <= weight of the set / 7
///            for any other key: true weight <= least(). The hash is keyed, so that a client cannot aim at a set.
/// Threads    one writer, any reader. Two halves: the current second is written into one while the other holds the
///            previous second unchanged, so that a reader within a second races with no writer. A late reader detects
///            changes: every word is atomic, the second of a set and the tag of an entry are cleared before their words
///            change and set afterwards, and the reader checks both again after copying and skips what changed.
/// Ownership  borrows its memory.
/// Cost       add(): two cache lines for a known key, plus the key's bytes for a new one. No division, lock or
///            read-modify-write; a set is cleared when it is first used in a second.
///
///   set, one of 2 * sets:
///   byte 0        8                             64                            128
///        ┌────────┬──────────────────────┬──────┬──────────────────────┬──────┬──────────────────────┬──────┐
///        │ second │ tag[0] … tag[6]      │      │ count[0] … count[6]  │ free │ error[0] … error[6]  │ free │
///        └────────┴──────────────────────┘      └──────────────────────┴──────┴──────────────────────┴──────┘
///   second  of the counts, plus one; 0: never used        tag  the key's hash; 0: no key
///   key     key_words words beside it: number of bytes, then the bytes
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/spsc_ring.hpp"

namespace topk {

inline constexpr std::size_t kMaxKeyBytes = 256;

/// One key in one second.
struct Row {
  std::uint64_t tag = 0;
  std::uint64_t count = 0;  // at least the true weight
  std::uint64_t error = 0;  // at most this much above it
  std::uint16_t key_bytes = 0;
  std::array<std::byte, kMaxKeyBytes> key_room{};
  [[nodiscard]] base::Bytes key() const noexcept { return base::Bytes(key_room).first(key_bytes); }
};

class Sketch {
 public:
  static constexpr std::size_t kWays = 7;
  struct Shape {
    std::uint32_t sets = 0;       // a power of two
    std::uint32_t key_bytes = 0;  // longer keys are cut
  };

  /// An empty sketch that ignores add().
  Sketch() noexcept = default;
  /// Empty when the arena only measures.
  Sketch(base::Arena& arena, const Shape& shape) noexcept;

  /// `tag` is a keyed hash of `key`, not 0. Seconds do not go back.
  void add(std::uint32_t second, std::uint64_t tag, base::Bytes key, std::uint64_t weight) noexcept;

  /// Any thread: calls visit(const Row&) for each key of that second.
  template <class Visit>
  void read(std::uint32_t second, Visit&& visit) const noexcept {
    Row row;
    for (std::size_t set = 0; set < sets_; ++set) {
      for (std::size_t way = 0; way < kWays; ++way) {
        if (copy(second, set, way, row)) visit(static_cast<const Row&>(row));
      }
    }
  }
  /// Any thread: the most that a key outside the sketch may weigh in that second.
  [[nodiscard]] std::uint64_t least(std::uint32_t second, std::uint64_t tag) const noexcept;

 private:
  struct alignas(base::kCacheLineBytes) Set {
    std::atomic<std::uint64_t> second{0};  // owner: rw, control: r, as all members below
    std::array<std::atomic<std::uint64_t>, kWays> tag{};
    std::array<std::atomic<std::uint64_t>, kWays + 1> count{};  // the last is unused
    std::array<std::atomic<std::uint64_t>, kWays + 1> error{};
  };
  static_assert(sizeof(Set) == 3 * base::kCacheLineBytes);

  [[nodiscard]] static std::size_t words_of(const Shape& shape) noexcept { return 1 + (shape.key_bytes + 7) / 8; }
  [[nodiscard]] std::size_t index_of(std::uint32_t second, std::size_t set) const noexcept {
    return (second & 1U) * sets_ + set;
  }
  [[nodiscard]] std::span<std::atomic<std::uint64_t>> words_of(std::size_t index, std::size_t way) const noexcept {
    return words_.subspan((index * kWays + way) * key_words_, key_words_);
  }
  static void begin_second(Set& set, std::uint32_t second) noexcept;
  void write_key(std::size_t index, std::size_t way, base::Bytes key) noexcept;
  [[nodiscard]] bool copy(std::uint32_t second, std::size_t set, std::size_t way, Row& row) const noexcept;

  std::span<Set> all_;
  std::span<std::atomic<std::uint64_t>> words_;
  std::size_t sets_ = 0;
  std::size_t key_words_ = 0;
};

}  // namespace topk
