// SPDX-License-Identifier: Apache-2.0
/// @file budget_factors.hpp – scale of each uplink's budget while the provider drops packets.
///
/// Purpose    control sees the drops, the egress core spends the budget: carries one factor per uplink between them.
/// Threads    control writes; the egress core reads `version` once per poll.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "egress/settings.hpp"

namespace egress {

class BudgetFactors {
 public:
  static constexpr std::uint32_t kWhole = 1'000;  // thousandths

  BudgetFactors() noexcept {
    for (auto& one : permille_) one.store(kWhole, std::memory_order_relaxed);
  }
  void set(std::size_t uplink, std::uint32_t permille) noexcept {
    permille_[uplink].store(permille, std::memory_order_relaxed);
    version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  [[nodiscard]] std::uint32_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t permille(std::size_t uplink) const noexcept {
    return permille_[uplink].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint32_t>, kMaxUplinks> permille_;  // control: w, egress: r
  std::atomic<std::uint32_t> version_{0};
};

}  // namespace egress
