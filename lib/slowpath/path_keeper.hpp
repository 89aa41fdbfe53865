// SPDX-License-Identifier: Apache-2.0
/// @file path_keeper.hpp – keeps the paths of egress up to date.
///
/// Purpose    connects the kernel's tables to the PathTable: reads routes and neighbours, follows notifications, makes the
///            kernel resolve missing next hops, and sends each change of a path to egress.
/// Threads    the slow path thread.
/// Ownership  owns its netlink sockets; borrows ring and counters.
/// Cost       a comparison per next hop when nothing changes. System calls on events and every 30 s.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "netlink/rtnetlink.hpp"
#include "path_table.hpp"
#include "slowpath/counters.hpp"
#include "slowpath/slow_path.hpp"

namespace slowpath {

class PathKeeper {
 public:
  struct Dependencies {
    netlink::Rtnetlink kernel;
    netlink::RouteEvents events;
    netlink::IfIndex interface = 0;
    Counters* counters = nullptr;
  };
  PathKeeper(const Spec& spec, Dependencies around);

  /// Becomes readable on notifications of the kernel.
  [[nodiscard]] int fd() const noexcept { return events_.fd(); }
  void on_news(base::Instant now);
  /// Does what is due; call often.
  void poll(base::Instant now);

 private:
  void sync_routes(base::Instant now);
  void sync_neighbours(base::Instant now);
  void ask_due_hops(base::Instant now);
  void deliver();
  [[nodiscard]] diag::Result<Route> find_route(const net::IpAddress& server);
  void report_silence(base::Instant now);

  struct Reported {
    std::string no_route;  // the sentence that was last logged, empty: none
    base::Instant unresolved_since = base::Instant::never();
    enum class Silence : std::uint8_t { kNone, kLogged } silence = Silence::kNone;
  };

  netlink::Rtnetlink kernel_;
  netlink::RouteEvents events_;
  netlink::IfIndex interface_;
  Counters* counters_;
  egress::PathRing* ring_;
  std::string tap_;
  std::vector<InterfaceAddress> own_;
  PathTable table_;
  std::vector<Reported> reported_;  // of the table's servers, in the same order
  base::Instant routes_at_;         // next read of the routes without a notification
  base::Instant synced_at_;
  enum class Ring : std::uint8_t { kHasRoom, kWaits } ring_state_ = Ring::kHasRoom;
};

}  // namespace slowpath
