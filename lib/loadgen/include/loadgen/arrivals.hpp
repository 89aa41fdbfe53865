// SPDX-License-Identifier: Apache-2.0
/// @file arrivals.hpp – the moments at which the queries of a stream are due.
///
/// Purpose    an open loop: the moments depend on rate, process and seed only, never on the server; or on a
///            schedule that was read from a file.
/// Threads    one owner.
/// Cost       uniform: one division; Poisson: one logarithm.
#pragma once

#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "base/random.hpp"

namespace loadgen {

enum class Arrival : std::uint8_t {
  kUniform,  // at equal intervals
  kPoisson,  // with exponential gaps, as of many independent clients
};

/// Moments relative to the stream's start. Uniform ones are computed from their index, so they do not drift.
class Arrivals {
 public:
  Arrivals(Arrival process, double rate_qps, std::uint64_t seed) noexcept
      : process_(process), mean_gap_ns_(1e9L / static_cast<long double>(rate_qps)), random_(seed, kPurpose) {
    if (process_ == Arrival::kPoisson) at_ns_ = gap_ns();
  }

  /// At these moments and then never; the caller keeps them alive.
  explicit Arrivals(std::span<const std::int64_t> schedule_ns) noexcept
      : process_(Arrival::kUniform), mean_gap_ns_(0), schedule_ns_(schedule_ns), random_(0, kPurpose) {
    if (!schedule_ns_.empty()) at_ns_ = static_cast<long double>(schedule_ns_.front());
  }

  [[nodiscard]] base::Duration next() const noexcept { return base::Duration(static_cast<std::int64_t>(at_ns_)); }
  void advance() noexcept {
    ++count_;
    if (!schedule_ns_.empty()) {
      at_ns_ = static_cast<long double>(count_ < schedule_ns_.size() ? schedule_ns_[count_] : kNeverNs);
      return;
    }
    at_ns_ = process_ == Arrival::kUniform ? static_cast<long double>(count_) * mean_gap_ns_ : at_ns_ + gap_ns();
  }

 private:
  static constexpr std::uint64_t kPurpose = 0xa331;
  static constexpr std::int64_t kNeverNs = std::int64_t{1} << 62U;
  long double gap_ns() noexcept { return static_cast<long double>(random_.exponential()) * mean_gap_ns_; }

  Arrival process_;
  long double mean_gap_ns_;
  long double at_ns_ = 0;
  std::uint64_t count_ = 0;
  std::span<const std::int64_t> schedule_ns_;
  base::Random random_;
};

}  // namespace loadgen
