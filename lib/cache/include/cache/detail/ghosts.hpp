// SPDX-License-Identifier: Apache-2.0
/// @file ghosts.hpp – fingerprints of evicted answers (S3-FIFO's ghost queue).
///
/// Purpose    a name that is asked for again soon after its answer was evicted from the probation queue enters the main
///            queue directly.
/// Threads    egress only.
/// Ownership  borrows its memory; one table per shard.
/// Cost       one cache line per operation. A fingerprint is overwritten by the sixteenth younger one in its line, and is
///            ignored when more evictions have followed than the caller passes.
///
///   line, 64 bytes
///        ┌─────────┬─────────┬── … ──┬──────────┐
///        │ ghost 0 │ ghost 1 │       │ ghost 15 │   ghost: 31 fingerprint:16 16 time:16 0    0 = none
///        └─────────┴─────────┴── … ──┴──────────┘
///   time counts evictions in units so large that it wraps only after the table has been overwritten several times.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/spsc_ring.hpp"

namespace cache {

struct alignas(base::kCacheLineBytes) GhostLine {
  std::array<std::uint32_t, 16> ghosts{};
};
static_assert(sizeof(GhostLine) == base::kCacheLineBytes);

class Ghosts {
 public:
  Ghosts() noexcept = default;
  explicit Ghosts(std::span<GhostLine> lines) noexcept : lines_(lines) {
    const auto ghosts = static_cast<std::uint64_t>(lines.size()) * kPerLine;
    shift_ = ghosts <= kUnitsPerTable ? 0 : static_cast<unsigned>(std::bit_width(ghosts / kUnitsPerTable));
  }

  [[nodiscard]] std::uint64_t capacity() const noexcept { return lines_.size() * kPerLine; }
  void add(std::uint64_t hash) noexcept {
    ++count_;
    GhostLine& line = line_of(hash);
    std::uint32_t* oldest = line.ghosts.data();
    std::uint16_t most = 0;
    for (std::uint32_t& ghost : line.ghosts) {
      if (ghost == 0) {
        oldest = &ghost;
        break;
      }
      if (age_of(ghost) < most) continue;
      most = age_of(ghost);
      oldest = &ghost;
    }
    *oldest = std::uint32_t{fingerprint(hash)} << 16U | time();
  }

  /// Was this hash evicted, and at most `within` others since? Removes the ghost.
  [[nodiscard]] bool take(std::uint64_t hash, std::uint64_t within) noexcept {
    for (std::uint32_t& ghost : line_of(hash).ghosts) {
      if (ghost == 0 || ghost >> 16U != fingerprint(hash)) continue;
      const bool is_young = std::uint64_t{age_of(ghost)} << shift_ <= within;
      ghost = 0;
      return is_young;
    }
    return false;
  }

 private:
  static constexpr std::size_t kPerLine = 16;
  static constexpr std::uint64_t kUnitsPerTable = 1U << 13U;

  [[nodiscard]] GhostLine& line_of(std::uint64_t hash) noexcept {
    const std::uint64_t middle = hash >> 12U & 0xffff'ffffU;  // bits that are not the shard and not all of the tag
    return lines_[static_cast<std::size_t>(middle * lines_.size() >> 32U)];
  }
  [[nodiscard]] static std::uint16_t fingerprint(std::uint64_t hash) noexcept {
    return static_cast<std::uint16_t>((hash ^ hash >> 44U) & 0xffffU);
  }
  [[nodiscard]] std::uint16_t time() const noexcept { return static_cast<std::uint16_t>(count_ >> shift_); }
  [[nodiscard]] std::uint16_t age_of(std::uint32_t ghost) const noexcept {
    return static_cast<std::uint16_t>(time() - ghost);
  }

  std::span<GhostLine> lines_;
  std::uint64_t count_ = 0;  // evictions so far
  unsigned shift_ = 0;
};

}  // namespace cache
