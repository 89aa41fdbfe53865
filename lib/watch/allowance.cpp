// SPDX-License-Identifier: Apache-2.0
// Cells of paid-off moments.
#include "watch/allowance.hpp"

#include <algorithm>

#include "base/carver.hpp"
#include "watch/recorder.hpp"

namespace watch {
namespace {

constexpr std::size_t kClientCells = 4'096;  // of each row
constexpr std::size_t kNetworkCells = 1'024;
constexpr std::uint64_t kSecondNs = 1'000'000'000;

}  // namespace

std::size_t MissAllowance::bytes_needed() noexcept {
  return base::Carver::needs<std::uint64_t>(2 * kClientCells) + base::Carver::needs<std::uint64_t>(2 * kNetworkCells);
}

MissAllowance::MissAllowance(base::MutableBytes memory, const base::KeyedHash& hash) noexcept : hash_(&hash) {
  base::Carver carver(memory);
  clients_ = carver.make<std::uint64_t>(2 * kClientCells);
  networks_ = carver.make<std::uint64_t>(2 * kNetworkCells);
}

void MissAllowance::set(const AllowanceSettings& settings) noexcept {
  rate_ = settings.misses_per_sec;
  burst_ = settings.burst;
  if (rate_ == 0) return;
  cost_ns_ = std::max<std::uint64_t>(kSecondNs / rate_, 1);
  room_ns_ = cost_ns_ * (burst_ == 0 ? rate_ : burst_);
}

MissAllowance::Cells MissAllowance::cells_of(std::span<std::uint64_t> level, const net::Prefix& prefix) const noexcept {
  const std::uint64_t hash = (*hash_)(prefix.address.octets());
  const std::size_t row = level.size() / 2;
  return {&level[hash & (row - 1)], &level[row + ((hash >> 32U) & (row - 1))]};
}

bool MissAllowance::take_limited(const net::IpAddress& client, base::Instant now) noexcept {
  const Cells own = cells_of(clients_, client_prefix(client, ClientPrefix::kHost));
  const Cells shared = cells_of(networks_, client_prefix(client, ClientPrefix::kNetwork));
  const std::uint64_t latest = now.ns() + room_ns_;
  const std::uint64_t own_next = std::max(std::min(*own.first, *own.second), now.ns()) + cost_ns_;
  const std::uint64_t shared_next =
      std::max(std::min(*shared.first, *shared.second), now.ns()) + cost_ns_ / kNetworkShare;
  if (own_next > latest || shared_next > latest) return false;
  for (std::uint64_t* cell : {own.first, own.second}) *cell = std::max(*cell, own_next);
  for (std::uint64_t* cell : {shared.first, shared.second}) *cell = std::max(*cell, shared_next);
  return true;
}

}  // namespace watch
