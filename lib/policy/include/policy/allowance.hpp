// SPDX-License-Identifier: Apache-2.0
/// @file allowance.hpp – how many misses a client may ask for, in fixed memory for any number of clients.
///
/// Purpose    a client above its allowance gets cached answers only until it slows down. Misses that are refused meanwhile
///            are not charged.
/// Threads    each core has an object of its own over the same cells, so that a client has one allowance however its
///            queries are spread over the cores. Cells are read and written without a lock: if two cores admit a miss at
///            the same moment, one may stay uncounted. A refused miss only reads cells.
/// Ownership  borrows its memory, which control gives to all cores; `hash` outlives it and is the same for all.
/// Cost       take: four cache lines at most, no division, no allocation; written only by admitted misses.
///
/// Each client has two cells, chosen by two parts of a keyed hash, and so has its network. A cell holds the virtual time
/// at which all admitted misses would be paid off at the allowed rate (GCRA), so that it decays by the clock alone. The
/// lesser of the two cells counts, and an admitted miss raises a cell no further than to that value: a client that shares
/// one cell with a flood is not limited by it. Errors are on the strict side, and only for clients that share both cells.
///
///   client    IPv4 /32, IPv6 /64: the allowance        network   IPv4 /24, IPv6 /56: kNetworkShare times as much
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "net/address.hpp"
#include "policy/settings.hpp"

namespace policy {

class MissAllowance {
 public:
  static constexpr std::uint32_t kNetworkShare = 16;

  [[nodiscard]] static std::size_t bytes_needed() noexcept;
  /// Clears the cells: all objects are made before the first take().
  MissAllowance(base::MutableBytes memory, const base::KeyedHash& hash) noexcept;
  MissAllowance(const MissAllowance&) = delete;
  MissAllowance& operator=(const MissAllowance&) = delete;

  /// Misses that were admitted before stay charged.
  void apply(const AllowanceSettings& settings) noexcept {
    if (settings.misses_per_sec != rate_ || settings.burst != burst_) set(settings);
  }
  /// Charges one miss of this client. False: it is above its allowance.
  [[nodiscard]] bool take(const net::IpAddress& client, base::Instant now) noexcept {
    return rate_ == 0 || take_limited(client, now);
  }

 private:
  using Cell = std::atomic<std::uint64_t>;  // any core: rw
  struct Cells {
    Cell* first;
    Cell* second;
    /// How far ahead the client is: the lesser of both cells.
    [[nodiscard]] std::uint64_t ahead() const noexcept;
    void raise(std::uint64_t to) const noexcept;
  };
  struct Rows {
    std::span<Cell> clients;
    std::span<Cell> networks;
  };
  [[nodiscard]] static Rows place_rows(base::Arena& arena) noexcept;
  void set(const AllowanceSettings& settings) noexcept;
  [[nodiscard]] bool take_limited(const net::IpAddress& client, base::Instant now) noexcept;
  /// The cells of a level whose two rows have `kRow` cells each.
  template <std::size_t kRow>
  [[nodiscard]] Cells cells_of(std::span<Cell> level, std::uint64_t high, std::uint64_t low) const noexcept;

  const base::KeyedHash* hash_;
  std::span<Cell> clients_;   // two rows
  std::span<Cell> networks_;  // two rows
  std::uint32_t rate_ = 0;
  std::uint32_t burst_ = 0;
  std::uint64_t cost_ns_ = 0;  // of a client's miss
  std::uint64_t room_ns_ = 0;  // how far ahead one may be
};

}  // namespace policy
