// SPDX-License-Identifier: Apache-2.0
/// @file client_counts.hpp – how many connections each client address has.
///
/// Purpose    the limit of connections per client address.
/// Threads    one owner.
/// Ownership  borrows the hash; one node per address with a connection.
/// RFC        7766 §6.2.2, 9210 §4.2 (limits per client).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/keyed_hash.hpp"
#include "net/address.hpp"

namespace tcp_server {

class ClientCounts {
 public:
  enum class Verdict : std::uint8_t { kTaken, kTooMany };

  ClientCounts(const base::KeyedHash& hash, std::uint32_t most) : most_(most), counts_(0, Hash{&hash}) {}

  /// Counts a connection of this address, unless it has too many.
  [[nodiscard]] Verdict take(const net::IpAddress& address) {
    std::uint32_t& count = counts_[address];
    if (count >= most_) return Verdict::kTooMany;  // most_ is not 0, so the node existed before
    ++count;
    return Verdict::kTaken;
  }
  /// A connection of this address ended.
  void give_back(const net::IpAddress& address) {
    const auto at = counts_.find(address);
    if (at != counts_.end() && --at->second == 0) counts_.erase(at);
  }
  [[nodiscard]] std::uint32_t of(const net::IpAddress& address) const {
    const auto at = counts_.find(address);
    return at == counts_.end() ? 0 : at->second;
  }
  [[nodiscard]] std::size_t addresses() const noexcept { return counts_.size(); }

 private:
  /// Keyed: addresses are chosen by clients.
  struct Hash {
    const base::KeyedHash* keyed;
    std::size_t operator()(const net::IpAddress& address) const noexcept { return (*keyed)(address.octets()); }
  };

  std::uint32_t most_;
  std::unordered_map<net::IpAddress, std::uint32_t, Hash> counts_;
};

}  // namespace tcp_server
