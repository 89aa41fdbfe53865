// SPDX-License-Identifier: Apache-2.0
// What becomes of a path when a route or a neighbour changes.
#include "path_table.hpp"

#include <algorithm>

namespace slowpath {
namespace {

bool same(const egress::Path& a, const egress::Path& b) noexcept {
  if (!a.resolved && !b.resolved) return true;
  return a.resolved == b.resolved && a.next_hop == b.next_hop && a.source_mac == b.source_mac && a.source == b.source &&
         a.vlan_tci == b.vlan_tci;
}

}  // namespace

PathTable::PathTable(std::span<const Server> servers, const net::MacAddress& source_mac) : source_mac_(source_mac) {
  for (const Server& server : servers) paths_.push_back({server, std::nullopt, {}});
}

void PathTable::on_route(std::size_t index, const std::optional<Route>& route, base::Instant now) {
  if (paths_[index].route == route) return;
  paths_[index].route = route;
  keep_hops_in_use(now);
}

void PathTable::on_neighbour(const Neighbour& neighbour, base::Instant now) noexcept {
  Hop* hop = find_hop(neighbour.address);
  if (hop == nullptr) return;
  switch (neighbour.state) {
    case Neighbour::State::kUsable:
      if (!hop->mac || hop->doubted_at != base::Instant::never()) hop->ask_at = now + kRefresh;
      hop->mac = neighbour.mac;
      hop->doubted_at = base::Instant::never();
      hop->ask_again = kAskFirst;
      break;
    case Neighbour::State::kPending:
      break;
    case Neighbour::State::kFailed:
    case Neighbour::State::kGone:
      if (!hop->mac) break;  // asked for anyway
      if (hop->doubted_at == base::Instant::never()) {
        hop->doubted_at = now;
        hop->ask_at = now;
      } else if (neighbour.state == Neighbour::State::kFailed && now - hop->doubted_at >= kLossDelay) {
        hop->mac.reset();
        hop->doubted_at = base::Instant::never();
      }
      break;
  }
}

std::optional<net::IpAddress> PathTable::take_due(base::Instant now) noexcept {
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    Hop& hop = hops_[i];
    if (now < hop.ask_at) continue;
    if (hop.mac && hop.doubted_at == base::Instant::never()) {
      hop.ask_at = now + kRefresh;
    } else {
      hop.ask_at = now + hop.ask_again;
      hop.ask_again = std::min(2 * hop.ask_again, kAskSlowest);
    }
    return hop_addresses_[i];
  }
  return std::nullopt;
}

std::optional<PathTable::Change> PathTable::change() const noexcept {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const PathState& path = paths_[i];
    const egress::Path now = current(path);
    if (!same(now, path.delivered)) return Change{i, {path.server.uplink, path.server.server, now}};
  }
  return std::nullopt;
}

void PathTable::delivered(const Change& change) noexcept { paths_[change.index].delivered = change.update.path; }

PathTable::Hop* PathTable::find_hop(const net::IpAddress& address) noexcept {
  const auto at = std::find(hop_addresses_.begin(), hop_addresses_.end(), address);
  return at == hop_addresses_.end() ? nullptr : &hops_[static_cast<std::size_t>(at - hop_addresses_.begin())];
}

const PathTable::Hop* PathTable::find_hop(const net::IpAddress& address) const noexcept {
  const auto at = std::find(hop_addresses_.begin(), hop_addresses_.end(), address);
  return at == hop_addresses_.end() ? nullptr : &hops_[static_cast<std::size_t>(at - hop_addresses_.begin())];
}

void PathTable::keep_hops_in_use(base::Instant now) {
  std::vector<net::IpAddress> addresses;
  std::vector<Hop> hops;
  for (const PathState& path : paths_) {
    if (!path.route) continue;
    const net::IpAddress& address = path.route->next_hop;
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) continue;
    const Hop* known = find_hop(address);
    addresses.push_back(address);
    hops.push_back(known != nullptr ? *known : Hop{.mac = {}, .ask_at = now});
  }
  hop_addresses_ = std::move(addresses);
  hops_ = std::move(hops);
}

egress::Path PathTable::current(const PathState& path) const noexcept {
  egress::Path now;
  now.source_mac = source_mac_;
  if (!path.route) return now;
  now.source = path.route->source;
  const Hop* hop = find_hop(path.route->next_hop);
  if (hop == nullptr || !hop->mac) return now;
  now.next_hop = *hop->mac;
  now.resolved = true;
  return now;
}

}  // namespace slowpath
