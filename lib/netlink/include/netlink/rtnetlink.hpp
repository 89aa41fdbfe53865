// SPDX-License-Identifier: Apache-2.0
/// @file rtnetlink.hpp – requests to the kernel about links, addresses, routes and neighbours, and its notifications.
///
/// Purpose    the few requests that the slow path needs, each answered before the call returns; a second socket
///            for the kernel's notifications.
/// Threads    each object belongs to one thread at a time.
/// Ownership  owns its socket.
/// Errors     the errno of the kernel's answer in a KernelError; the caller makes a sentence of it.
/// Cost       a system call or two per request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <tl/expected.hpp>

#include "diag/result.hpp"
#include "net/address.hpp"
#include "netlink/route.hpp"

namespace netlink {

struct KernelError {
  int errnum = 0;
};
template <class T>
using KernelResult = tl::expected<T, KernelError>;

using IfIndex = std::uint32_t;

/// The kernel's route to an address.
struct RouteAnswer {
  Route route;
  IfIndex interface = 0;
  bool unicast = false;  // not local, blackhole, prohibit …
  bool assumed =
      false;  // no route matched: the kernel took the destination for a neighbour because an interface was named
};

struct AddressEntry {
  net::IpAddress address;
  IfIndex interface = 0;
};

struct LinkSettings {
  net::MacAddress mac;
  std::uint16_t mtu_bytes = 0;
};

/// A neighbour entry of a message, with its interface.
struct NeighbourEntry {
  Neighbour neighbour;
  IfIndex interface = 0;
};

[[nodiscard]] std::optional<NeighbourEntry> parse_neighbour(const nlmsghdr* message);
[[nodiscard]] std::optional<AddressEntry> parse_address_entry(const nlmsghdr* message);
[[nodiscard]] std::optional<RouteAnswer> parse_route(const nlmsghdr* message, const net::IpAddress& destination);

struct CloseSocket {
  void operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
};
using MnlSocket = std::unique_ptr<mnl_socket, CloseSocket>;

/// Requests.
class Rtnetlink {
 public:
  [[nodiscard]] static diag::Result<Rtnetlink> open();

  [[nodiscard]] KernelResult<void> configure_link(IfIndex interface, const LinkSettings& settings);
  /// The kernel generates no link-local address.
  [[nodiscard]] KernelResult<void> stop_link_local_generation(IfIndex interface);
  [[nodiscard]] KernelResult<void> bring_up(IfIndex interface);
  /// Usable at once: without duplicate address detection.
  [[nodiscard]] KernelResult<void> add_address(IfIndex interface, const net::IpAddress& address,
                                               std::uint8_t prefix_bits);
  [[nodiscard]] KernelResult<void> add_host_route(IfIndex interface, const net::IpAddress& destination,
                                                  const net::IpAddress& gateway);

  [[nodiscard]] KernelResult<void> for_each_address(const std::function<void(const AddressEntry&)>& visit);
  [[nodiscard]] KernelResult<void> for_each_neighbour(const std::function<void(const NeighbourEntry&)>& visit);
  /// The route to `destination` through `interface`.
  [[nodiscard]] KernelResult<RouteAnswer> route_to(IfIndex interface, const net::IpAddress& destination);
  /// Makes the kernel resolve or check the neighbour, as if a packet were waiting for it.
  [[nodiscard]] KernelResult<void> ask_neighbour(IfIndex interface, const net::IpAddress& address);

 private:
  using Visit = std::function<void(const nlmsghdr*)>;
  explicit Rtnetlink(MnlSocket socket) noexcept : socket_(std::move(socket)) {}
  [[nodiscard]] nlmsghdr* begin(std::uint16_t type, std::uint16_t flags) noexcept;
  [[nodiscard]] KernelResult<void> talk(const nlmsghdr* request, const Visit& visit);
  [[nodiscard]] KernelResult<void> dump(std::uint16_t type, const Visit& visit);

  static constexpr std::size_t kBufferBytes = 32'768;  // the kernel's largest dump step
  MnlSocket socket_;
  std::uint32_t sequence_ = 0;
  std::unique_ptr<std::array<char, kBufferBytes>> buffer_ = std::make_unique<std::array<char, kBufferBytes>>();
};

/// Notifications.
class RouteEvents {
 public:
  struct News {
    bool routes = false;  // a route, an address or a link changed: ask for the routes again
    bool lost = false;    // notifications were lost: ask for everything again
  };

  [[nodiscard]] static diag::Result<RouteEvents> open();
  [[nodiscard]] int fd() const noexcept { return mnl_socket_get_fd(socket_.get()); }
  /// Reads what has arrived; never waits.
  [[nodiscard]] News read(const std::function<void(const NeighbourEntry&)>& visit);

 private:
  explicit RouteEvents(MnlSocket socket) noexcept : socket_(std::move(socket)) {}
  static constexpr std::size_t kBufferBytes = 32'768;
  static constexpr int kMaxReads = 64;  // per call, so that the loop's other work is not delayed

  MnlSocket socket_;
  std::unique_ptr<std::array<char, kBufferBytes>> buffer_ = std::make_unique<std::array<char, kBufferBytes>>();
};

}  // namespace netlink
