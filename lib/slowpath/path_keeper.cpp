// SPDX-License-Identifier: Apache-2.0
// Kernel tables → path table → egress.
#include "path_keeper.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "diag/log.hpp"
#include "net/text.hpp"

namespace slowpath {
namespace {

constexpr base::Duration kRoutesEvery = std::chrono::seconds(30);        // in case a notification was lost
constexpr base::Duration kRoutesPause = std::chrono::milliseconds(100);  // at least, however often routes change
constexpr base::Duration kSilenceAfter = std::chrono::seconds(3);        // three unanswered solicitations
constexpr std::size_t kAsksPerPoll = 16;

bool is_v4_link_local(const net::IpAddress& address) {
  return address.is_v4() && address.v4_octets()[0] == std::byte{169} && address.v4_octets()[1] == std::byte{254};
}

}  // namespace

PathKeeper::PathKeeper(const Spec& spec, Dependencies around)
    : kernel_(std::move(around.kernel)),
      events_(std::move(around.events)),
      interface_(around.interface),
      counters_(around.counters),
      ring_(spec.paths),
      tap_(spec.tap),
      own_(spec.addresses),
      table_(spec.servers, spec.mac),
      reported_(spec.servers.size()) {}

void PathKeeper::on_news(base::Instant now) {
  const netlink::RouteEvents::News news = events_.read([&](const netlink::NeighbourEntry& entry) {
    if (entry.interface == interface_) table_.on_neighbour(entry.neighbour, now);
  });
  if (news.routes || news.lost) routes_at_ = std::min(routes_at_, std::max(now, synced_at_ + kRoutesPause));
}

void PathKeeper::poll(base::Instant now) {
  if (now >= routes_at_) {
    routes_at_ = now + kRoutesEvery;
    synced_at_ = now;
    sync_routes(now);
    sync_neighbours(now);
  }
  ask_due_hops(now);
  deliver();
  report_silence(now);
}

void PathKeeper::sync_routes(base::Instant now) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const diag::Result<Route> route = find_route(table_.server(i).address);
    table_.on_route(i, route ? std::optional<Route>(*route) : std::nullopt, now);
    std::string& said = reported_[i].no_route;
    if (route) {
      said.clear();
    } else if (said != route.error().sentence()) {
      said = route.error().sentence();
      diag::log().warn("{}", said);
    }
  }
}

void PathKeeper::sync_neighbours(base::Instant now) {
  const auto hops = table_.next_hops();
  std::vector<net::IpAddress> unseen(hops.begin(), hops.end());
  const netlink::KernelResult<void> done = kernel_.for_each_neighbour([&](const netlink::NeighbourEntry& entry) {
    if (entry.interface != interface_) return;
    std::erase(unseen, entry.neighbour.address);
    table_.on_neighbour(entry.neighbour, now);
  });
  if (!done) return;  // an incomplete list does not show which neighbours are missing
  for (const net::IpAddress& hop : unseen) table_.on_neighbour({hop, Neighbour::State::kGone, {}}, now);
}

void PathKeeper::ask_due_hops(base::Instant now) {
  for (std::size_t i = 0; i < kAsksPerPoll; ++i) {
    const std::optional<net::IpAddress> hop = table_.take_due(now);
    if (!hop) return;
    if (const auto asked = kernel_.ask_neighbour(interface_, *hop); !asked) {
      diag::log().debug("{}: cannot make the kernel resolve {}: {}", tap_, net::to_text(*hop).view(),
                        std::strerror(asked.error().errnum));
    }
  }
}

void PathKeeper::deliver() {
  for (auto change = table_.change(); change; change = table_.change()) {
    if (!ring_->push(change->update)) {
      if (ring_state_ == Ring::kHasRoom) counters_->add(Counter::kPathUpdatesLost);
      ring_state_ = Ring::kWaits;
      return;
    }
    ring_state_ = Ring::kHasRoom;
    counters_->add(Counter::kPathUpdates);
    table_.delivered(*change);
    const egress::Path& path = change->update.path;
    const auto server = net::to_text(table_.server(change->index).address);
    if (path.resolved) {
      diag::log().info("upstream {}: reachable from {} through {}", server.view(), net::to_text(path.source).view(),
                       net::to_text(path.next_hop).view());
    } else if (reported_[change->index].no_route.empty()) {
      diag::log().warn("upstream {}: next hop on {} lost", server.view(), tap_);
    }
  }
}

diag::Result<Route> PathKeeper::find_route(const net::IpAddress& server) {
  const auto text = net::to_text(server);
  const auto no_way = [&](std::string_view why) {
    return diag::fail(diag::Code::kUnavailable, fmt::format("upstream {}: {}", text.view(), why));
  };
  const auto first_own = std::find_if(
      own_.begin(), own_.end(), [&](const InterfaceAddress& own) { return own.address.is_v4() == server.is_v4(); });
  if (first_own == own_.end()) {
    return no_way(fmt::format("{} has no address of this family; add one to port.addresses", tap_));
  }
  const netlink::KernelResult<netlink::RouteAnswer> answer = kernel_.route_to(interface_, server);
  // Without a route the kernel would look for the server on the link, which is right for link-local addresses only.
  if (!answer || (answer->assumed && !is_v4_link_local(server))) {
    return no_way(
        fmt::format("no route through {0}; set port.gateways or add a route: 'ip route add {1} via "
                    "GATEWAY dev {0}'",
                    tap_, text.view()));
  }
  if (!answer->unicast || answer->interface != interface_) {
    return no_way(fmt::format(
        "the kernel routes it through another interface than {}; remove that route or choose another upstream", tap_));
  }
  // Replies are accepted on our addresses only, so the source that the kernel prefers must be one of them.
  const auto preferred = std::find_if(own_.begin(), own_.end(),
                                      [&](const InterfaceAddress& own) { return own.address == answer->route.source; });
  return Route{preferred != own_.end() ? preferred->address : first_own->address, answer->route.next_hop};
}

void PathKeeper::report_silence(base::Instant now) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    Reported& reported = reported_[i];
    if (table_.resolved(i) || !reported.no_route.empty()) {
      reported.unresolved_since = base::Instant::never();
      reported.silence = Reported::Silence::kNone;
      continue;
    }
    if (reported.unresolved_since == base::Instant::never()) reported.unresolved_since = now;
    if (reported.silence == Reported::Silence::kLogged || now - reported.unresolved_since < kSilenceAfter) continue;
    reported.silence = Reported::Silence::kLogged;
    diag::log().warn("upstream {}: next hop on {} does not answer; still retrying",
                     net::to_text(table_.server(i).address).view(), tap_);
  }
}

}  // namespace slowpath
