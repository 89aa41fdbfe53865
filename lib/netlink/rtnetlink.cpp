// SPDX-License-Identifier: Apache-2.0
// Requests to the kernel and its notifications.
#include "netlink/rtnetlink.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace netlink {
namespace {

constexpr timeval kPatience = {2, 0};  // rtnetlink answers at once; the limit keeps a fault from blocking the thread
constexpr int kMaxRestarts = 5;        // of a dump during which the table changed
constexpr std::uint8_t kV4Bits = 32;
constexpr std::uint8_t kV6Bits = 128;
constexpr unsigned kAddressFlags = IFA_F_NODAD | IFA_F_PERMANENT;

std::uint8_t family_of(const net::IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

void put_address(nlmsghdr* message, std::uint16_t type, const net::IpAddress& address) {
  if (address.is_v4()) {
    mnl_attr_put(message, type, 4, address.v4_octets());
  } else {
    mnl_attr_put(message, type, net::IpAddress::kBytes, address.octets().data());
  }
}

template <class H>
H& put_header(nlmsghdr* message) {
  return *static_cast<H*>(mnl_nlmsg_put_extra_header(message, sizeof(H)));  // zeroed by libmnl
}

ifinfomsg& put_link_header(nlmsghdr* message, IfIndex interface) {
  auto& link = put_header<ifinfomsg>(message);
  link.ifi_family = AF_UNSPEC;
  link.ifi_index = static_cast<int>(interface);
  return link;
}

KernelResult<void> failed(int errnum) { return tl::unexpected<KernelError>(KernelError{errnum}); }

int hand_over(const nlmsghdr* message, void* visit) {
  const auto& call = *static_cast<const std::function<void(const nlmsghdr*)>*>(visit);
  if (call) call(message);
  return MNL_CB_OK;
}

diag::Result<MnlSocket> open_socket(unsigned groups) {
  MnlSocket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (socket == nullptr) return diag::fail(diag::Error::from_errno(errno, "cannot open a netlink socket"));
  if (mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) < 0) {
    return diag::fail(diag::Error::from_errno(errno, "cannot bind a netlink socket"));
  }
  return socket;
}

}  // namespace

diag::Result<Rtnetlink> Rtnetlink::open() {
  auto socket = open_socket(0);
  if (!socket) return diag::fail(socket.error());
  ::setsockopt(mnl_socket_get_fd(socket->get()), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  return Rtnetlink(std::move(*socket));
}

nlmsghdr* Rtnetlink::begin(std::uint16_t type, std::uint16_t flags) noexcept {
  nlmsghdr* message = mnl_nlmsg_put_header(buffer_->data());
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  message->nlmsg_seq = ++sequence_;
  return message;
}

KernelResult<void> Rtnetlink::talk(const nlmsghdr* request, const Visit& visit) {
  const std::uint32_t sequence = request->nlmsg_seq;
  if (mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0) return failed(errno);
  const unsigned port = mnl_socket_get_portid(socket_.get());
  Visit kept = visit;
  for (;;) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_->data(), buffer_->size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return failed(errno);
    }
    const int step = mnl_cb_run(buffer_->data(), static_cast<std::size_t>(got), sequence, port, hand_over, &kept);
    if (step == MNL_CB_STOP) return {};
    if (step < 0 && errno != EPROTO) return failed(errno);  // EPROTO: the late answer to an earlier request
  }
}

KernelResult<void> Rtnetlink::dump(std::uint16_t type, const Visit& visit) {
  for (int i = 0;; ++i) {
    nlmsghdr* request = begin(type, NLM_F_DUMP);
    put_header<rtgenmsg>(request).rtgen_family = AF_UNSPEC;
    const KernelResult<void> done = talk(request, visit);
    if (done || done.error().errnum != EINTR || i == kMaxRestarts) return done;
  }
}

KernelResult<void> Rtnetlink::configure_link(IfIndex interface, const LinkSettings& settings) {
  nlmsghdr* request = begin(RTM_SETLINK, NLM_F_ACK);
  put_link_header(request, interface);
  mnl_attr_put(request, IFLA_ADDRESS, settings.mac.octets.size(), settings.mac.octets.data());
  mnl_attr_put_u32(request, IFLA_MTU, settings.mtu_bytes);
  return talk(request, {});
}

KernelResult<void> Rtnetlink::stop_link_local_generation(IfIndex interface) {
  nlmsghdr* request = begin(RTM_SETLINK, NLM_F_ACK);
  put_link_header(request, interface);
  nlattr* per_family = mnl_attr_nest_start(request, IFLA_AF_SPEC);
  nlattr* v6 = mnl_attr_nest_start(request, AF_INET6);
  mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  mnl_attr_nest_end(request, v6);
  mnl_attr_nest_end(request, per_family);
  return talk(request, {});
}

KernelResult<void> Rtnetlink::bring_up(IfIndex interface) {
  nlmsghdr* request = begin(RTM_SETLINK, NLM_F_ACK);
  ifinfomsg& link = put_link_header(request, interface);
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  return talk(request, {});
}

KernelResult<void> Rtnetlink::add_address(IfIndex interface, const net::IpAddress& address, std::uint8_t prefix_bits) {
  nlmsghdr* request = begin(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
  auto& head = put_header<ifaddrmsg>(request);
  head.ifa_family = family_of(address);
  head.ifa_prefixlen = prefix_bits;
  head.ifa_flags = kAddressFlags;
  head.ifa_index = interface;
  put_address(request, IFA_LOCAL, address);
  put_address(request, IFA_ADDRESS, address);
  return talk(request, {});
}

KernelResult<void> Rtnetlink::add_host_route(IfIndex interface, const net::IpAddress& destination,
                                             const net::IpAddress& gateway) {
  nlmsghdr* request = begin(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
  auto& head = put_header<rtmsg>(request);
  head.rtm_family = family_of(destination);
  head.rtm_dst_len = destination.is_v4() ? kV4Bits : kV6Bits;
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_protocol = RTPROT_STATIC;
  head.rtm_scope = RT_SCOPE_UNIVERSE;
  head.rtm_type = RTN_UNICAST;
  put_address(request, RTA_DST, destination);
  put_address(request, RTA_GATEWAY, gateway);
  mnl_attr_put_u32(request, RTA_OIF, interface);
  return talk(request, {});
}

KernelResult<void> Rtnetlink::for_each_address(const std::function<void(const AddressEntry&)>& visit) {
  return dump(RTM_GETADDR, [&visit](const nlmsghdr* message) {
    if (const auto entry = parse_address_entry(message)) visit(*entry);
  });
}

KernelResult<void> Rtnetlink::for_each_neighbour(const std::function<void(const NeighbourEntry&)>& visit) {
  return dump(RTM_GETNEIGH, [&visit](const nlmsghdr* message) {
    if (const auto entry = parse_neighbour(message)) visit(*entry);
  });
}

KernelResult<RouteAnswer> Rtnetlink::route_to(IfIndex interface, const net::IpAddress& destination) {
  nlmsghdr* request = begin(RTM_GETROUTE, NLM_F_ACK);
  auto& head = put_header<rtmsg>(request);
  head.rtm_family = family_of(destination);
  head.rtm_dst_len = destination.is_v4() ? kV4Bits : kV6Bits;
  head.rtm_flags = RTM_F_LOOKUP_TABLE;
  put_address(request, RTA_DST, destination);
  mnl_attr_put_u32(request, RTA_OIF, interface);
  std::optional<RouteAnswer> answer;
  const KernelResult<void> done = talk(request, [&](const nlmsghdr* message) {
    if (message->nlmsg_type == RTM_NEWROUTE) answer = parse_route(message, destination);
  });
  if (!done) return tl::unexpected<KernelError>(done.error());
  if (!answer) return tl::unexpected<KernelError>(KernelError{ENETUNREACH});
  return *answer;
}

KernelResult<void> Rtnetlink::ask_neighbour(IfIndex interface, const net::IpAddress& address) {
  nlmsghdr* request = begin(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
  auto& head = put_header<ndmsg>(request);
  head.ndm_family = family_of(address);
  head.ndm_ifindex = static_cast<int>(interface);
  head.ndm_state = NUD_NONE;
  head.ndm_flags = NTF_USE;
  put_address(request, NDA_DST, address);
  return talk(request, {});
}

diag::Result<RouteEvents> RouteEvents::open() {
  auto socket = open_socket(RTMGRP_NEIGH | RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                            RTMGRP_IPV6_ROUTE);
  if (!socket) return diag::fail(socket.error());
  const int fd = mnl_socket_get_fd(socket->get());
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    return diag::fail(diag::Error::from_errno(errno, "cannot make a netlink socket non-blocking"));
  }
  return RouteEvents(std::move(*socket));
}

RouteEvents::News RouteEvents::read(const std::function<void(const NeighbourEntry&)>& visit) {
  News news;
  const std::function<void(const nlmsghdr*)> take = [&](const nlmsghdr* message) {
    if (message->nlmsg_type == RTM_NEWNEIGH || message->nlmsg_type == RTM_DELNEIGH) {
      if (const auto entry = parse_neighbour(message)) visit(*entry);
    } else {
      news.routes = true;
    }
  };
  for (int i = 0; i < kMaxReads; ++i) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_->data(), buffer_->size());
    if (got < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      news.lost = news.lost || errno == ENOBUFS;
      continue;  // ENOBUFS and EINTR: later messages are still valid
    }
    auto call = take;
    static_cast<void>(mnl_cb_run(buffer_->data(), static_cast<std::size_t>(got), 0, 0, hand_over, &call));
  }
  return news;
}

}  // namespace netlink
