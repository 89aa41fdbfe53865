// SPDX-License-Identifier: Apache-2.0
/// @file lane.hpp – one configuration on its way through a trace.
///
/// Purpose    takes the trace piece by piece, so that many lanes can share one reading of it.
/// Threads    take() and finish() from one thread at a time.
/// Ownership  owns its appliances; catalogue and world outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "rig/catalogue.hpp"
#include "rig/configuration.hpp"
#include "rig/stats.hpp"

namespace rig {

class Lane {
 public:
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  virtual ~Lane() = default;

  /// `items`: how many the catalogue has, at least those that the steps name.
  virtual void take(std::span<const Step> steps, std::uint32_t items) = 0;
  [[nodiscard]] virtual Stats finish() = 0;
};

[[nodiscard]] std::unique_ptr<Lane> make_lane(const Configuration& configuration, const World& world,
                                              const Catalogue& catalogue);

/// Which of `appliances` a client asks.
[[nodiscard]] std::uint32_t appliance_of(std::uint32_t client, std::uint32_t appliances) noexcept;

/// What a lane takes of memory at most, besides the catalogue: so that not too many run at once.
[[nodiscard]] std::uint64_t lane_bytes(const Configuration& configuration, std::uint64_t items) noexcept;

}  // namespace rig
