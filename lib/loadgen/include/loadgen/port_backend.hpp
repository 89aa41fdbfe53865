// SPDX-License-Identifier: Apache-2.0
/// @file port_backend.hpp – queries as frames on a port: a NIC, AF_XDP, AF_PACKET, memif, a ring.
///
/// Purpose    queries without the kernel: writes frames, checks every received checksum, resolves
///            the next hop's MAC once and answers for the clients' addresses.
/// Threads    one owner, the port's.
/// Ownership  borrows the port; returns every packet to it.
/// Cost       one copy of the query and two passes over it for the checksum.
/// Errors     kUnavailable: no host answers for the next hop.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/fixed_vector.hpp"
#include "base/instant.hpp"
#include "base/strong.hpp"
#include "diag/result.hpp"
#include "loadgen/backend.hpp"
#include "net/address.hpp"
#include "packet/packet.hpp"

namespace loadgen {

class PortBackend final : public Backend {
 public:
  struct Spec {
    packet::PacketPort* port = nullptr;
    net::MacAddress mac;
    net::IpAddress server;
    base::UdpPort server_port{53};
    net::IpAddress next_hop;  // the server, or the gateway towards it
    std::vector<Endpoint> endpoints;
    net::IpAddress asker;      // the sender of the request for the next hop's MAC: a client's address
    net::IpAddress authority;  // if set: queries that the server sends to it are answered here, every name with an A
  };
  [[nodiscard]] static diag::Result<std::unique_ptr<PortBackend>> create(const Spec& spec);
  ~PortBackend() override;
  PortBackend(const PortBackend&) = delete;
  PortBackend& operator=(const PortBackend&) = delete;

  /// Sends a request every kAskEvery until there is a reply.
  [[nodiscard]] diag::Status find_next_hop(const base::Clock& clock, base::Duration timeout);
  void set_next_hop(const net::MacAddress& mac) noexcept { next_hop_mac_ = mac; }

  [[nodiscard]] std::size_t send(std::span<const Outgoing> batch) noexcept override;
  [[nodiscard]] std::size_t receive(std::span<Incoming> out) noexcept override;
  void wait(base::Duration at_most) noexcept override;
  [[nodiscard]] std::uint64_t bad_checksums() const noexcept override { return bad_checksums_; }
  [[nodiscard]] BackendStats stats() const override;

 private:
  struct Place {
    net::IpAddress source;
    base::UdpPort port;
    friend bool operator==(const Place&, const Place&) noexcept = default;
  };
  struct PlaceHash {
    [[nodiscard]] std::size_t operator()(const Place& place) const noexcept;
  };
  struct AddressHash {
    [[nodiscard]] std::size_t operator()(const net::IpAddress& address) const noexcept {
      return PlaceHash{}({address, base::UdpPort(0)});
    }
  };

  explicit PortBackend(const Spec& spec) : spec_(spec) {}
  [[nodiscard]] diag::Status give_ports();
  [[nodiscard]] bool write(const Outgoing& out, packet::Packet& packet) const noexcept;
  [[nodiscard]] std::optional<Incoming> read(const packet::Packet& packet) noexcept;
  void answer_neighbour(base::Bytes frame) noexcept;
  /// A query to the authority's address, which this port answers.
  void answer_question(const net::FrameView& frame, base::Bytes received) noexcept;
  void transmit_one(packet::Packet& packet, std::size_t bytes) noexcept;
  [[nodiscard]] bool is_own(const net::IpAddress& address) const noexcept;
  void release_held() noexcept;

  Spec spec_;
  std::vector<Place> places_;  // of the endpoints
  std::unordered_map<Place, std::uint32_t, PlaceHash> endpoints_;
  std::unordered_map<net::IpAddress, std::uint32_t, AddressHash> own_;  // endpoints per address
  std::optional<net::MacAddress> next_hop_mac_;
  base::FixedVector<packet::Packet, kBatch> held_;  // lent out by the last receive()
  std::uint64_t bad_checksums_ = 0;
  std::uint64_t refused_frames_ = 0;
  std::uint64_t authority_answers_ = 0;
  std::uint64_t strangers_ = 0;  // datagrams from another host, or to a port of no endpoint
  std::uint64_t tx_full_ = 0;
};

}  // namespace loadgen
