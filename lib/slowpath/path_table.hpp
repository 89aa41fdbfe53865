// SPDX-License-Identifier: Apache-2.0
/// @file path_table.hpp – routes and neighbours in, paths of the upstream servers out.
///
/// Purpose    decides from the kernel's events which server is reachable and by which MAC, when a next hop must be
///            resolved, and when a silent one is given up. Events and time are arguments; no netlink here.
/// Threads    one owner.
/// Ownership  everything by value.
/// Cost       linear in the servers, of which there are a handful.
/// RFC        4861 §7.3 (neighbour unreachability), whose states the kernel also uses for ARP.
///
///   A next hop      unknown ──answer──▶ known ──FAILED or gone──▶ doubted ──FAILED again after kLossDelay──▶ unknown
///                                         ▲────────answer────────────┘      (the old MAC stays in use while doubted)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "egress/path_update.hpp"
#include "net/address.hpp"
#include "netlink/route.hpp"
#include "slowpath/slow_path.hpp"

namespace slowpath {

using netlink::Neighbour;
using netlink::Route;

class PathTable {
 public:
  static constexpr base::Duration kAskFirst = std::chrono::milliseconds(250);  // after the first unanswered request
  static constexpr base::Duration kAskSlowest = std::chrono::seconds(1);
  static constexpr base::Duration kRefresh = std::chrono::seconds(30);   // of a known next hop
  static constexpr base::Duration kLossDelay = std::chrono::seconds(3);  // how long a known next hop may be silent

  PathTable(std::span<const Server> servers, const net::MacAddress& source_mac);

  [[nodiscard]] std::size_t size() const noexcept { return paths_.size(); }
  [[nodiscard]] const Server& server(std::size_t index) const noexcept { return paths_[index].server; }

  /// No route: the server cannot be reached.
  void on_route(std::size_t index, const std::optional<Route>& route, base::Instant now);
  void on_neighbour(const Neighbour& neighbour, base::Instant now) noexcept;

  /// A next hop to resolve now, or none. Each call schedules the next request for that hop.
  [[nodiscard]] std::optional<net::IpAddress> take_due(base::Instant now) noexcept;
  [[nodiscard]] std::span<const net::IpAddress> next_hops() const noexcept { return hop_addresses_; }

  struct Change {
    std::size_t index = 0;
    egress::PathUpdate update;
  };
  /// A path that differs from what was last delivered, or none.
  [[nodiscard]] std::optional<Change> change() const noexcept;
  void delivered(const Change& change) noexcept;

  [[nodiscard]] bool resolved(std::size_t index) const noexcept { return current(paths_[index]).resolved; }

 private:
  struct Hop {
    std::optional<net::MacAddress> mac;
    base::Instant doubted_at = base::Instant::never();
    base::Instant ask_at;
    base::Duration ask_again = kAskFirst;
  };
  struct PathState {
    Server server;
    std::optional<Route> route;
    egress::Path delivered;
  };

  [[nodiscard]] Hop* find_hop(const net::IpAddress& address) noexcept;
  [[nodiscard]] const Hop* find_hop(const net::IpAddress& address) const noexcept;
  void keep_hops_in_use(base::Instant now);
  [[nodiscard]] egress::Path current(const PathState& path) const noexcept;

  std::vector<PathState> paths_;
  std::vector<net::IpAddress> hop_addresses_;
  std::vector<Hop> hops_;  // of hop_addresses_, in the same order
  net::MacAddress source_mac_;
};

}  // namespace slowpath
