// SPDX-License-Identifier: Apache-2.0
/// @file slow_path.hpp – the kernel's side of the port: a TAP interface and the paths to the upstream servers.
///
/// Purpose    everything that is not DNS over UDP (ARP, neighbour discovery, ping, TCP) goes to the kernel by a TAP
///            interface with the port's MAC and addresses, and back. Routes and neighbours are read from the kernel by
///            netlink and become the paths of the upstream servers; a missing neighbour is resolved without a packet to
///            the server itself (NTF_USE).
///            The same loop drives DNS over TCP: tcp_server for clients, upstream_tcp for fetches.
/// Threads    one thread of its own (libuv). Rings as in worker/links.hpp.
/// Ownership  owns the TAP, its addresses and the netlink sockets; releases packets that it takes from rings.
/// Errors     create() says what is missing: /dev/net/tun, CAP_NET_ADMIN, a name that is taken, an address in use.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "answer/settings.hpp"
#include "answer/tcp_responder.hpp"
#include "base/instant.hpp"
#include "diag/result.hpp"
#include "egress/path_update.hpp"
#include "egress/tcp_fetch.hpp"
#include "net/address.hpp"
#include "packet/packet.hpp"
#include "packet/rings.hpp"
#include "slowpath/counters.hpp"
#include "tcp_server/tcp_server.hpp"
#include "upstream_tcp/counters.hpp"

namespace slowpath {

struct InterfaceAddress {
  net::IpAddress address;
  std::uint8_t prefix_bits = 0;  // in its own family: 0..32 or 0..128
};

struct Server {
  std::uint16_t uplink = 0;
  std::uint16_t server = 0;
  net::IpAddress address;
  bool metered = true;  // frames of the kernel to it cost a token
};

struct Spec {
  std::string tap;      // interface name, "sluice-tap"
  net::MacAddress mac;  // the port's
  std::uint16_t mtu_bytes = 1'500;
  std::vector<InterfaceAddress> addresses;
  std::vector<net::IpAddress> gateways;  // next hop for servers outside the addresses' prefixes; one per family at most
  std::vector<Server> servers;
  packet::PacketPort* port = nullptr;           // allocate() and release() only
  std::vector<packet::PacketRing*> punts;       // one per worker, consumed here
  packet::PacketRing* injects = nullptr;        // to the first worker
  packet::ForeignRing* foreign = nullptr;       // to egress: frames to metered servers
  egress::PathRing* paths = nullptr;            // to egress
  egress::TcpFetchRing* tcp_fetches = nullptr;  // from egress; nullptr: no TCP fetches
  egress::TcpReplyRing* tcp_replies = nullptr;
  std::optional<tcp_server::Spec> tcp;  // without: no TCP for clients
};

class SlowPath {
 public:
  /// Port 53 of the addresses must be free, over UDP and TCP.
  [[nodiscard]] static diag::Result<std::unique_ptr<SlowPath>> create(const Spec& spec);
  virtual ~SlowPath() = default;
  SlowPath(const SlowPath&) = delete;
  SlowPath& operator=(const SlowPath&) = delete;

  /// Runs until stop(), on a thread that the caller creates (and registers with EAL).
  virtual void run() = 0;
  /// Any thread.
  virtual void stop() = 0;
  /// After run() has returned: returns packets in rings to the slow path to the port.
  virtual void release_all() = 0;
  /// After run() has returned: one turn on the caller's thread, so that waiting clients get the last answers of egress.
  virtual void drain() = 0;
  [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
  /// nullptr without TCP for clients.
  [[nodiscard]] virtual const tcp_server::Counters* tcp_counters() const noexcept = 0;
  [[nodiscard]] virtual const upstream_tcp::Counters& upstream_tcp_counters() const noexcept = 0;

 protected:
  SlowPath() = default;
};

}  // namespace slowpath
