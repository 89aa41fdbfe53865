// SPDX-License-Identifier: Apache-2.0
// Addresses that the port or a server cannot have, and addresses that are given twice.
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "checked.hpp"
#include "net/text.hpp"

namespace config {
namespace {

std::string at(Mark mark) { return fmt::format("in line {}", mark.line); }

constexpr unsigned kMappedBits = 96;  // IPv4 prefixes are kept 96 bits longer

/// Why neither the port nor a server can have `address`, or nothing.
std::string_view unusable(const net::IpAddress& address) {
  if (address.is_v4()) {
    const auto first = std::to_integer<unsigned>(address.v4_octets()[0]);
    if (first == 0) return "is not the address of a host";
    if (first == 127) return "is a loopback address, which cannot be reached through a port";
    if (first >= 224) return "is a multicast or reserved address";
    return {};
  }
  const auto& octets = address.octets();
  const bool high_zero = std::all_of(octets.begin(), octets.end() - 1, [](std::byte b) { return b == std::byte{0}; });
  if (high_zero && octets.back() == std::byte{0}) return "is not the address of a host";
  if (high_zero && octets.back() == std::byte{1})
    return "is a loopback address, which cannot be reached through a port";
  if (octets.front() == std::byte{0xff}) return "is a multicast address";
  return {};
}

/// All bits behind the prefix are `bit`.
bool host_bits_are(const InterfaceAddress& ours, unsigned bit) {
  const unsigned first = ours.prefix_bits + (ours.address.is_v4() ? kMappedBits : 0U);
  const auto& octets = ours.address.octets();
  for (unsigned i = first; i < net::IpAddress::kBytes * 8; ++i) {
    if ((std::to_integer<unsigned>(octets[i / 8]) >> (7 - i % 8) & 1U) != bit) return false;
  }
  return true;
}

std::string_view not_a_host(const InterfaceAddress& ours) {
  const unsigned host_bits = (ours.address.is_v4() ? 32U : 128U) - ours.prefix_bits;
  if (ours.prefix_bits == 0) return "has a prefix of length 0, which is every address";
  if (host_bits < 2) return {};  // RFC 3021, RFC 6164: /31 and /127 have no network address
  if (host_bits_are(ours, 0)) return "is the address of the network itself";
  if (ours.address.is_v4() && host_bits_are(ours, 1)) return "is the broadcast address of the network";
  return {};
}

void check_ours(const CheckedPort& port, Problems& problems) {
  const auto& items = port.addresses.items;
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (!item->usable()) continue;
    std::string_view why = unusable(item->value.address);
    if (why.empty()) why = not_a_host(item->value);
    if (!why.empty()) {
      problems.add(item->mark, item->key, fmt::format("{} {}", keyfile::show(item->value.address), why),
                   "an address that a host of the network may have");
    }
    const auto twin = std::find_if(items.begin(), item, [&](const Marked<InterfaceAddress>& other) {
      return other.usable() && other.value.address == item->value.address;
    });
    if (twin != item) {
      problems.add(item->mark, item->key,
                   fmt::format("{} is given twice, first {}", keyfile::show(item->value.address), at(twin->mark)),
                   "each address once");
    }
  }
  if (port.tap.usable() && port.device.usable() && port.tap.value == port.device.value) {
    const auto& culprit = port.tap.given() ? port.tap.mark : port.device.mark;
    problems.add(culprit, "port.tap", fmt::format("\"{}\" is the name of the port itself", port.device.value),
                 "another name");
  }
}

bool is_within(const net::IpAddress& address, const InterfaceAddress& ours) {
  const unsigned mapped = ours.address.is_v4() ? kMappedBits : 0U;
  const net::Prefix network{ours.address, static_cast<std::uint8_t>(ours.prefix_bits + mapped)};
  return address.is_v4() == ours.address.is_v4() && net::network_of(network).contains(address);
}

bool is_link_local(const net::IpAddress& address) {
  return !address.is_v4() && address.octets()[0] == std::byte{0xfe} &&
         (address.octets()[1] & std::byte{0xc0}) == std::byte{0x80};
}

/// Why no packet can be sent by way of `gateway`, or nothing.
std::string_view no_way(const net::IpAddress& gateway, const CheckedPort& port) {
  if (const std::string_view why = unusable(gateway); !why.empty()) return why;
  if (port.tap.usable() && !port.tap.value) return "has no effect without port.tap, which resolves next hops";
  bool reached = is_link_local(gateway);
  for (const Marked<InterfaceAddress>& ours : port.addresses.items) {
    if (!ours.usable()) return {};
    if (ours.value.address == gateway) return "is an address of this port";
    reached = reached || is_within(gateway, ours.value);
  }
  return reached ? "" : "is outside the networks of port.addresses";
}

void check_gateways(const CheckedPort& port, Problems& problems) {
  const auto& items = port.gateways.items;
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (!item->usable()) continue;
    if (const std::string_view why = no_way(item->value, port); !why.empty()) {
      problems.add(item->mark, item->key, fmt::format("{} {}", keyfile::show(item->value), why),
                   "the address of a router in a network of port.addresses");
    }
    const auto twin = std::find_if(items.begin(), item, [&](const Marked<net::IpAddress>& other) {
      return other.usable() && other.value.is_v4() == item->value.is_v4();
    });
    if (twin != item) {
      problems.add(
          item->mark, item->key,
          fmt::format("{} is the second gateway of its family, the first is {}", keyfile::show(item->value), twin->key),
          "one IPv4 and one IPv6 gateway");
    }
  }
}

/// One server of one uplink against our own addresses.
void check_server(const Marked<net::IpAddress>& server, const CheckedPort& port, Problems& problems) {
  const std::string_view why = unusable(server.value);
  if (!why.empty()) {
    problems.add(server.mark, server.key, fmt::format("{} {}", keyfile::show(server.value), why),
                 "a resolver's address");
  }
  bool same_family = false;
  for (const Marked<InterfaceAddress>& ours : port.addresses.items) {
    if (!ours.usable()) return;
    same_family = same_family || ours.value.address.is_v4() == server.value.is_v4();
    if (ours.value.address != server.value) continue;
    problems.add(
        server.mark, server.key,
        fmt::format("{} is an address of this port ({}): queries would loop", keyfile::show(server.value), ours.key),
        "the address of another host");
    return;
  }
  if (!same_family && !port.addresses.items.empty()) {
    problems.add(server.mark, server.key,
                 fmt::format("{} cannot be reached: no address in port.addresses is {}", keyfile::show(server.value),
                             server.value.is_v4() ? "IPv4" : "IPv6"),
                 "a server of a family that the port has");
  }
}

void check_servers(const CheckedConfig& config, Problems& problems) {
  std::vector<const Marked<net::IpAddress>*> seen;
  for (const CheckedUplink& uplink : config.uplinks) {
    for (const Marked<net::IpAddress>& server : uplink.servers.items) {
      if (!server.usable()) continue;
      check_server(server, config.port, problems);
      const auto twin = std::find_if(seen.begin(), seen.end(),
                                     [&](const Marked<net::IpAddress>* other) { return other->value == server.value; });
      if (twin != seen.end()) {
        problems.add(server.mark, server.key,
                     fmt::format("{} is already a server, {}", keyfile::show(server.value), at((*twin)->mark)),
                     "each server once, since a server has one budget");
      }
      seen.push_back(&server);
    }
  }
}

/// A prefix that a wider one holds already, unless a refused one lies between them, and the later of two equal ones.
void check_clients(const CheckedClients& clients, Problems& problems) {
  const auto& items = clients.allow.items;
  const auto& refused = clients.refuse.items;
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (!item->usable()) continue;
    const bool is_inside_refused = std::any_of(refused.begin(), refused.end(), [&](const Marked<net::Prefix>& other) {
      return other.usable() && other.value.contains(item->value.address) && other.value.length < item->value.length;
    });
    const auto other = std::find_if(items.begin(), items.end(), [&](const Marked<net::Prefix>& candidate) {
      if (!candidate.usable() || &candidate == &*item) return false;
      if (candidate.value == item->value) return &candidate < &*item;  // of two equal ones, the later is wrong
      return !is_inside_refused && candidate.value.address.is_v4() == item->value.address.is_v4() &&
             candidate.value.length < item->value.length && candidate.value.contains(item->value.address);
    });
    if (other == items.end()) continue;
    problems.add(item->mark, item->key, fmt::format("is already covered by {}, {}", other->key, at(other->mark)),
                 "networks that do not overlap");
  }
}

/// A refused network that is not part of an allowed one has no effect, so it is probably a mistake.
void check_refused(const CheckedClients& clients, Problems& problems) {
  for (const Marked<net::Prefix>& item : clients.refuse.items) {
    if (!item.usable()) continue;
    const bool is_part =
        std::any_of(clients.allow.items.begin(), clients.allow.items.end(), [&](const Marked<net::Prefix>& other) {
          return !other.usable() ||
                 (other.value.length < item.value.length && other.value.contains(item.value.address));
        });
    if (!is_part) {
      problems.add(item.mark, item.key, "is not part of a network in clients.allow", "a part of an allowed network");
    }
  }
}

}  // namespace

void check_addresses(const CheckedConfig& config, Problems& problems) {
  check_ours(config.port, problems);
  check_gateways(config.port, problems);
  check_servers(config, problems);
  check_clients(config.clients, problems);
  check_refused(config.clients, problems);
}

}  // namespace config
