// SPDX-License-Identifier: Apache-2.0
// Taking misses from the cells of a client and of its network.
#include "policy/allowance.hpp"

#include <algorithm>
#include <bit>

namespace policy {
namespace {

constexpr std::size_t kClientCells = 4'096;  // of each row
constexpr std::size_t kNetworkCells = 1'024;
constexpr std::uint64_t kSecondNs = 1'000'000'000;
// For a word of eight octets in network order: an IPv4 /24 and an IPv6 /56 drop the last octet.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint64_t kAllButTheLast = ~std::uint64_t{0} >> 8U;

}  // namespace

MissAllowance::Rows MissAllowance::place_rows(base::Arena& arena) noexcept {
  const auto clients = arena.take<Cell>(2 * kClientCells);
  return {clients, arena.take<Cell>(2 * kNetworkCells)};
}

std::size_t MissAllowance::bytes_needed() noexcept {
  base::Arena arena;
  static_cast<void>(place_rows(arena));
  return arena.used();
}

MissAllowance::MissAllowance(base::MutableBytes memory, const base::KeyedHash& hash) noexcept : hash_(&hash) {
  base::Arena arena(memory);
  const Rows rows = place_rows(arena);
  clients_ = rows.clients;
  networks_ = rows.networks;
}

void MissAllowance::set(const AllowanceSettings& settings) noexcept {
  rate_ = settings.misses_per_sec;
  burst_ = settings.burst;
  if (rate_ == 0) return;
  cost_ns_ = std::max<std::uint64_t>(kSecondNs / rate_, 1);
  room_ns_ = cost_ns_ * (burst_ == 0 ? rate_ : burst_);
}

inline std::uint64_t MissAllowance::Cells::ahead() const noexcept {
  return std::min(first->load(std::memory_order_relaxed), second->load(std::memory_order_relaxed));
}

inline void MissAllowance::Cells::raise(std::uint64_t to) const noexcept {
  if (first->load(std::memory_order_relaxed) < to) first->store(to, std::memory_order_relaxed);
  if (second->load(std::memory_order_relaxed) < to) second->store(to, std::memory_order_relaxed);
}

template <std::size_t kRow>
inline MissAllowance::Cells MissAllowance::cells_of(std::span<Cell> level, std::uint64_t high,
                                                    std::uint64_t low) const noexcept {
  static_assert(std::has_single_bit(kRow));
  const std::uint64_t hash = hash_->of_words(high, low);
  return {&level[hash & (kRow - 1)], &level[kRow + ((hash >> 32U) & (kRow - 1))]};
}

bool MissAllowance::take_limited(const net::IpAddress& client, base::Instant now) noexcept {
  const bool is_v4 = client.is_v4();
  const std::uint64_t high = client.high();
  const std::uint64_t low = client.low();
  const Cells own = cells_of<kClientCells>(clients_, high, is_v4 ? low : 0);
  const Cells shared =
      cells_of<kNetworkCells>(networks_, is_v4 ? high : high & kAllButTheLast, is_v4 ? low & kAllButTheLast : 0);
  const std::uint64_t latest = now.ns() + room_ns_;
  const std::uint64_t own_next = std::max(own.ahead(), now.ns()) + cost_ns_;
  const std::uint64_t shared_next = std::max(shared.ahead(), now.ns()) + cost_ns_ / kNetworkShare;
  if (own_next > latest || shared_next > latest) return false;
  own.raise(own_next);
  shared.raise(shared_next);
  return true;
}

}  // namespace policy
