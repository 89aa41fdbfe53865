// SPDX-License-Identifier: Apache-2.0
// Frames out, frames in.
#include "loadgen/port_backend.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include <fmt/core.h>

#include "authority.hpp"
#include "base/random.hpp"
#include "neighbour.hpp"
#include "net/frame.hpp"
#include "net/text.hpp"

namespace loadgen {
namespace {

constexpr std::uint32_t kFirstPort = 1'024;
constexpr std::uint32_t kLastPort = 65'535;
constexpr base::Duration kAskEvery = std::chrono::milliseconds(200);
constexpr base::Duration kLongestNap = std::chrono::microseconds(20);  // the port has rings of limited size

}  // namespace

std::size_t PortBackend::PlaceHash::operator()(const Place& place) const noexcept {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), place.source.octets().data(), sizeof halves);
  return base::mix(halves[0] ^ base::mix(halves[1] + place.port.value()));
}

diag::Result<std::unique_ptr<PortBackend>> PortBackend::create(const Spec& spec) {
  std::unique_ptr<PortBackend> backend(new PortBackend(spec));
  if (auto given = backend->give_ports(); !given) return diag::fail(given.error());
  return backend;
}

PortBackend::~PortBackend() { release_held(); }

diag::Status PortBackend::give_ports() {
  for (std::uint32_t i = 0; i < spec_.endpoints.size(); ++i) {
    const net::IpAddress& source = spec_.endpoints[i].source;
    if (source == net::IpAddress{}) {
      return diag::fail(diag::Code::kInvalid, "clients on a port need addresses; give --sources or a stream's sources");
    }
    const std::uint32_t port = kFirstPort + own_[source]++;
    if (port > kLastPort) {
      return diag::fail(diag::Code::kInvalid, fmt::format("more than {} ports at {}; give more addresses",
                                                          kLastPort - kFirstPort + 1, net::to_text(source).view()));
    }
    places_.push_back({source, base::UdpPort(static_cast<std::uint16_t>(port))});
    endpoints_.emplace(places_.back(), i);
  }
  return {};
}

bool PortBackend::is_own(const net::IpAddress& address) const noexcept {
  return own_.contains(address) || address == spec_.asker ||
         (address == spec_.authority && address != net::IpAddress{});
}

diag::Status PortBackend::find_next_hop(const base::Clock& clock, base::Duration timeout) {
  const base::Instant begin = clock.now();
  base::Instant ask_at = begin;
  std::array<Incoming, kBatch> ignored;
  while (!next_hop_mac_) {
    const base::Instant now = clock.now();
    if (now - begin > timeout) {
      return diag::fail(diag::Code::kUnavailable, fmt::format("{} does not answer; if it is not on this link, name its "
                                                              "router with --gateway or its MAC with --next-hop-mac",
                                                              net::to_text(spec_.next_hop).view()));
    }
    packet::Packet packet;
    if (now >= ask_at && spec_.port->allocate(packet)) {
      transmit_one(packet, write_ask(packet.writable(), spec_.asker, spec_.mac, spec_.next_hop));
      ask_at = now + kAskEvery;
    }
    static_cast<void>(receive(ignored));
    wait(kLongestNap);
  }
  return {};
}

void PortBackend::transmit_one(packet::Packet& packet, std::size_t bytes) noexcept {
  packet.length = static_cast<std::uint16_t>(bytes);
  if (bytes == 0 || spec_.port->transmit({&packet, 1}) != 1) spec_.port->release({&packet, 1});
}

bool PortBackend::write(const Outgoing& out, packet::Packet& packet) const noexcept {
  const Place place = out.endpoint == kSpoofed ? Place{out.source, out.source_port} : places_[out.endpoint];
  const net::Flow flow{spec_.mac, *next_hop_mac_, 0, place.source, spec_.server, place.port, spec_.server_port};
  const std::size_t head = net::udp_header_bytes(flow);
  if (packet.room < head + out.bytes) return false;
  std::memcpy(packet.data + head, out.data.data(), out.bytes);
  packet.tx_checksum = spec_.port->tx_checksum();
  packet.l3_offset = net::l3_offset_of(flow);
  packet.length =
      static_cast<std::uint16_t>(net::write_udp_frame(packet.writable(), flow, out.bytes, packet.tx_checksum));
  return packet.length != 0;
}

std::size_t PortBackend::send(std::span<const Outgoing> batch) noexcept {
  std::size_t sent = 0;
  while (sent < batch.size()) {
    base::FixedVector<packet::Packet, packet::kBurst> burst;
    while (!burst.full() && sent + burst.size() < batch.size()) {
      packet::Packet packet;
      if (!spec_.port->allocate(packet)) break;
      if (!write(batch[sent + burst.size()], packet)) {
        spec_.port->release({&packet, 1});
        break;
      }
      static_cast<void>(burst.push_back(packet));
    }
    const std::size_t taken = spec_.port->transmit(burst.span());
    spec_.port->release(burst.span().subspan(taken));
    sent += taken;
    if (taken < burst.size() || burst.empty()) {
      ++tx_full_;
      break;
    }
  }
  return sent;
}

void PortBackend::release_held() noexcept {
  spec_.port->release(held_.span());
  held_.clear();
}

std::size_t PortBackend::receive(std::span<Incoming> out) noexcept {
  release_held();
  std::size_t got = 0;
  const std::size_t room = std::min(out.size(), kBatch);
  while (got < room) {
    std::array<packet::Packet, packet::kBurst> burst;
    const std::size_t wanted = std::min(burst.size(), room - got);
    const std::size_t count = spec_.port->receive(std::span(burst).first(wanted));
    for (packet::Packet& packet : std::span(burst).first(count)) {
      if (const auto incoming = read(packet)) {
        out[got++] = *incoming;
        static_cast<void>(held_.push_back(packet));
      } else {
        spec_.port->release({&packet, 1});
      }
    }
    if (count < wanted) break;
  }
  return got;
}

std::optional<Incoming> PortBackend::read(const packet::Packet& packet) noexcept {
  if (packet.segmented) {
    ++refused_frames_;
    return std::nullopt;
  }
  const auto frame = net::FrameView::parse(packet.frame(), packet.checksum);
  if (!frame) {
    switch (frame.error()) {
      case net::FrameReject::kPunt:
        answer_neighbour(packet.frame());
        break;
      case net::FrameReject::kIpChecksum:
      case net::FrameReject::kUdpChecksum:
        ++bad_checksums_;
        break;
      default:
        ++refused_frames_;
    }
    return std::nullopt;
  }
  const bool to_authority = frame->flow.destination == spec_.authority && spec_.authority != net::IpAddress{};
  if (to_authority && frame->flow.destination_port.value() == net::kDnsPort) {
    answer_question(*frame, packet.frame());
    return std::nullopt;
  }
  const auto endpoint = endpoints_.find({frame->flow.destination, frame->flow.destination_port});
  const bool from_server = frame->flow.source == spec_.server && frame->flow.source_port == spec_.server_port;
  const bool to_spoofed = from_server && !own_.contains(frame->flow.destination);
  if (!to_spoofed && (endpoint == endpoints_.end() || !from_server)) {
    ++strangers_;
    return std::nullopt;
  }
  return Incoming{to_spoofed ? kSpoofed : endpoint->second,
                  packet.frame().subspan(frame->payload_offset, frame->payload_bytes)};
}

void PortBackend::answer_question(const net::FrameView& frame, base::Bytes received) noexcept {
  packet::Packet packet;
  if (!spec_.port->allocate(packet)) return;
  if (packet.room < received.size()) return spec_.port->release({&packet, 1});
  std::memcpy(packet.data, received.data(), received.size());
  const std::size_t bytes = answer_as_authority(packet.writable().subspan(frame.payload_offset), frame.payload_bytes);
  if (bytes == 0) return spec_.port->release({&packet, 1});
  packet.tx_checksum = spec_.port->tx_checksum();
  packet.l3_offset = static_cast<std::uint8_t>(frame.l3_offset);
  ++authority_answers_;
  transmit_one(packet, net::make_reply(packet.writable(), frame, bytes, packet.tx_checksum));
}

void PortBackend::answer_neighbour(base::Bytes frame) noexcept {
  const auto message = parse_neighbour(frame);
  if (!message) return;
  if (message->kind == NeighbourKind::kTell) {
    if (message->target == spec_.next_hop) next_hop_mac_ = message->target_mac;
    return;
  }
  packet::Packet packet;
  if (!is_own(message->target) || !spec_.port->allocate(packet)) return;
  transmit_one(packet, write_tell(packet.writable(), message->target, spec_.mac, message->sender, message->sender_mac));
}

void PortBackend::wait(base::Duration at_most) noexcept { std::this_thread::sleep_for(std::min(at_most, kLongestNap)); }

BackendStats PortBackend::stats() const {
  return {{"endpoints", places_.size()},
          {"tx_full", tx_full_},
          {"refused_frames", refused_frames_},
          {"authority_answers", authority_answers_},
          {"strangers", strangers_}};
}

}  // namespace loadgen
