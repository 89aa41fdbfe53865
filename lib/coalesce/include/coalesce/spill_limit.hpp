// SPDX-License-Identifier: Apache-2.0
/// @file spill_limit.hpp – how many clients may wait for one query before further ones are refused.
///
/// Purpose    an adaptive limit: raised by 5 each time a query that had refused clients completes with a full waiter
///            list, lowered by 1 every 20 minutes (BIND clients-per-query).
/// Threads    one owner.
/// Cost       O(1).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/instant.hpp"
#include "coalesce/settings.hpp"

namespace coalesce {

/// Has a pending query refused clients?
enum class Spilled : std::uint8_t { kNone, kYes };

class SpillLimit {
 public:
  static constexpr std::uint32_t kGrowsBy = 5;
  static constexpr std::chrono::minutes kShrinksEvery{20};  // by one

  explicit SpillLimit(const ClientsPerQuery& settings) noexcept : settings_(settings), now_(settings.limit) {}

  void set(const ClientsPerQuery& settings) noexcept {
    if (settings.limit == settings_.limit && settings.max == settings_.max) return;
    settings_ = settings;
    now_ = settings.limit == 0 ? 0 : std::clamp(now_, settings.limit, std::max(settings.limit, settings.max));
  }
  /// Must a pending query with this many clients refuse the next one? One that has refused before does so from the initial
  /// limit on.
  [[nodiscard]] Spilled look(std::uint32_t clients, Spilled before) const noexcept {
    if (settings_.limit == 0 || clients < settings_.limit) return Spilled::kNone;
    return clients >= now_ ? Spilled::kYes : before;
  }
  /// A pending query that had refused clients was answered, with this many waiters.
  void note_answered(std::uint32_t clients) noexcept {
    if (settings_.limit != 0 && clients >= now_) now_ = std::min(now_ + kGrowsBy, std::max(settings_.max, now_));
  }
  void pass_time(base::Instant now) noexcept {
    if (shrunk_at_ == base::Instant()) shrunk_at_ = now;
    for (; now - shrunk_at_ >= kShrinksEvery; shrunk_at_ = shrunk_at_ + kShrinksEvery) {
      if (now_ <= settings_.limit) {
        shrunk_at_ = now;
        return;
      }
      --now_;
    }
  }
  [[nodiscard]] std::uint32_t now() const noexcept { return now_; }

 private:
  ClientsPerQuery settings_;
  std::uint32_t now_;
  base::Instant shrunk_at_;
};

}  // namespace coalesce
