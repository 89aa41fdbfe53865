// SPDX-License-Identifier: Apache-2.0
// Parses messages of the kernel.
#include <algorithm>
#include <cstring>

#include <linux/if_addr.h>
#include <linux/neighbour.h>

#include "netlink/rtnetlink.hpp"

namespace netlink {
namespace {

constexpr std::uint16_t kUsableStates = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;
constexpr std::size_t kV4Bytes = 4;

template <std::size_t N>
using Attributes = std::array<const nlattr*, N>;

template <std::size_t N>
int keep_attribute(const nlattr* attribute, void* data) {
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type < N) (*static_cast<Attributes<N>*>(data))[type] = attribute;
  return MNL_CB_OK;
}

/// The attributes behind a header of type H, by number; empty when the message is too short for H.
template <std::size_t N, class H>
const H* take_apart(const nlmsghdr* message, Attributes<N>& attributes) {
  attributes.fill(nullptr);
  if (mnl_nlmsg_get_payload_len(message) < sizeof(H)) return nullptr;
  if (mnl_attr_parse(message, sizeof(H), keep_attribute<N>, &attributes) < 0) return nullptr;
  return static_cast<const H*>(mnl_nlmsg_get_payload(message));
}

std::optional<net::IpAddress> address_from(base::Bytes bytes) {
  if (bytes.size() == kV4Bytes) return net::IpAddress::v4(bytes.data());
  if (bytes.size() == net::IpAddress::kBytes) return net::IpAddress::v6(bytes.data());
  return std::nullopt;
}

base::Bytes payload_of(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  return {static_cast<const std::byte*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute)};
}

std::optional<std::uint32_t> number_from(const nlattr* attribute) {
  if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != sizeof(std::uint32_t)) return std::nullopt;
  return mnl_attr_get_u32(attribute);
}

Neighbour::State state_of(std::uint16_t nud, bool has_mac) {
  if ((nud & kUsableStates) != 0 && has_mac) return Neighbour::State::kUsable;
  if ((nud & NUD_FAILED) != 0) return Neighbour::State::kFailed;
  return Neighbour::State::kPending;
}

}  // namespace

std::optional<NeighbourEntry> parse_neighbour(const nlmsghdr* message) {
  Attributes<NDA_MAX + 1> attributes;
  const auto* head = take_apart<NDA_MAX + 1, ndmsg>(message, attributes);
  if (head == nullptr) return std::nullopt;
  const std::optional<net::IpAddress> address = address_from(payload_of(attributes[NDA_DST]));
  if (!address) return std::nullopt;
  NeighbourEntry entry;
  entry.interface = static_cast<IfIndex>(head->ndm_ifindex);
  entry.neighbour.address = *address;
  if (message->nlmsg_type == RTM_DELNEIGH) {
    entry.neighbour.state = Neighbour::State::kGone;
    return entry;
  }
  const base::Bytes mac = payload_of(attributes[NDA_LLADDR]);
  const bool has_mac = mac.size() == entry.neighbour.mac.octets.size();
  if (has_mac) std::copy(mac.begin(), mac.end(), entry.neighbour.mac.octets.begin());
  entry.neighbour.state = state_of(head->ndm_state, has_mac);
  return entry;
}

std::optional<AddressEntry> parse_address_entry(const nlmsghdr* message) {
  Attributes<IFA_MAX + 1> attributes;
  const auto* head = take_apart<IFA_MAX + 1, ifaddrmsg>(message, attributes);
  if (head == nullptr) return std::nullopt;
  // On a point-to-point link IFA_ADDRESS is the other end; IFA_LOCAL is absent from IPv6 addresses otherwise.
  const nlattr* local = attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  const std::optional<net::IpAddress> address = address_from(payload_of(local));
  if (!address) return std::nullopt;
  return AddressEntry{*address, head->ifa_index};
}

std::optional<RouteAnswer> parse_route(const nlmsghdr* message, const net::IpAddress& destination) {
  Attributes<RTA_MAX + 1> attributes;
  const auto* head = take_apart<RTA_MAX + 1, rtmsg>(message, attributes);
  if (head == nullptr) return std::nullopt;
  RouteAnswer answer;
  answer.unicast = head->rtm_type == RTN_UNICAST;
  answer.interface = number_from(attributes[RTA_OIF]).value_or(0);
  // Asked with RTM_F_LOOKUP_TABLE the kernel names the table; 0 means none.
  answer.assumed = number_from(attributes[RTA_TABLE]).value_or(RT_TABLE_MAIN) == RT_TABLE_UNSPEC;
  answer.route.source = address_from(payload_of(attributes[RTA_PREFSRC])).value_or(net::IpAddress());
  answer.route.next_hop = destination;
  if (const auto gateway = address_from(payload_of(attributes[RTA_GATEWAY]))) {
    answer.route.next_hop = *gateway;
  } else if (attributes[RTA_VIA] != nullptr) {  // an IPv4 destination behind an IPv6 gateway: family, then address
    const base::Bytes via = payload_of(attributes[RTA_VIA]);
    if (via.size() > sizeof(rtvia)) {
      answer.route.next_hop = address_from(via.subspan(sizeof(rtvia))).value_or(destination);
    }
  }
  return answer;
}

}  // namespace netlink
