// SPDX-License-Identifier: Apache-2.0
/// @file kernel_lab.hpp – a slow path with a real kernel, in a network namespace of the test's own.
///
/// Purpose    the test plays the wire: it puts frames into the punt ring and takes the kernel's from the inject ring.
/// Threads    the slow path runs on a thread of its own; everything else here is the test's.
/// Ownership  every packet must be back at the end of a test.
#pragma once

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>

#include <gtest/gtest.h>
#include <sched.h>

#include "heap_port.hpp"
#include "net/text.hpp"
#include "slowpath/slow_path.hpp"

namespace test {

inline net::IpAddress ip(std::string_view text) { return *net::parse_address(text); }
inline RawBytes octets(const net::IpAddress& address) {
  RawBytes out;
  for (const std::byte b : address.octets()) out.push_back(std::to_integer<std::uint8_t>(b));
  return address.is_v4() ? RawBytes(out.begin() + 12, out.end()) : out;
}

const RawBytes kPortMac{2, 0, 0, 0, 0, 0x35};
const RawBytes kPeerMac{2, 0, 0, 0, 0, 9};
const RawBytes kBroadcastMac(6, 0xff);
const std::string kTap = "sluice-t0";

/// ARP, RFC 826: operation 1 asks, 2 answers.
inline RawBytes arp(unsigned operation, const RawBytes& sender_mac, const RawBytes& sender_ip,
                    const RawBytes& target_mac, const RawBytes& target_ip) {
  RawBytes out = operation == 1 ? kBroadcastMac : target_mac;
  put(out, sender_mac);
  put(out, {8, 6, 0, 1, 8, 0, 6, 4});
  put16(out, operation);
  put(out, sender_mac);
  put(out, sender_ip);
  put(out, target_mac);
  put(out, target_ip);
  return out;
}

/// An ICMPv6 frame with its checksum (RFC 4443 §2.3); `message` starts with type and code.
inline RawBytes icmpv6(const RawBytes& destination_mac, const RawBytes& from, const RawBytes& to, RawBytes message) {
  RawBytes sum = from;
  put(sum, to);
  put16(sum, 0);
  put16(sum, static_cast<unsigned>(message.size()));
  put(sum, {0, 0, 0, 58});
  put(sum, message);
  set16(message, 2, plain_checksum(sum));
  RawUdp raw;
  raw.source_ip = from;
  raw.destination_ip = to;
  raw.protocol = 58;
  raw.ttl = 255;
  RawBytes out = raw.frame_with(message);
  std::copy(destination_mac.begin(), destination_mac.end(), out.begin());
  return out;
}

class KernelLab : public ::testing::Test {
 protected:
  static constexpr std::size_t kRingSlots = 64;
  static constexpr auto kPatience = std::chrono::seconds(10);
  using FramePredicate = std::function<bool(const RawBytes&)>;

  void SetUp() override {
    if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace without root: " << std::strerror(errno);
    if (::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/net/tun on this machine";
    spec.tap = kTap;
    std::memcpy(spec.mac.octets.data(), kPortMac.data(), kPortMac.size());
    spec.addresses = {{ip("10.77.0.53"), 24}, {ip("fd77::53"), 64}};
    spec.port = &port;
    spec.punts = {&punts};
    spec.injects = &injects;
    spec.foreign = &foreign;
    spec.paths = &paths;
  }

  void TearDown() override {
    finish();
    EXPECT_EQ(port.out(), 0) << "packets that never came back";
  }

  void start() {
    auto made = slowpath::SlowPath::create(spec);
    ASSERT_TRUE(made) << made.error().sentence();
    slow = std::move(*made);
    thread = std::thread([this] { slow->run(); });
  }

  void finish() {
    if (slow != nullptr && thread.joinable()) {
      slow->stop();
      thread.join();
      slow->release_all();
    }
    slow.reset();
    while (take_injected()) {
    }
    while (take_foreign()) {
    }
  }

  /// The wire brings a frame that no worker wanted.
  void wire_brings(const RawBytes& frame) {
    const packet::Packet packet = port.received(frame);
    if (punts.push(packet)) return;
    port.release({&packet, 1});
    ADD_FAILURE() << "punt ring full";
  }

  std::optional<RawBytes> take_injected() {
    const packet::Packet* packet = injects.front();
    if (packet == nullptr) return std::nullopt;
    return taken(*packet, [this] { injects.pop(); });
  }
  std::optional<RawBytes> take_foreign() {
    const packet::Foreign* entry = foreign.front();
    if (entry == nullptr) return std::nullopt;
    foreign_uplink = entry->uplink;
    return taken(entry->packet, [this] { foreign.pop(); });
  }

  /// The kernel's next frame that fits, others are let go; none when patience ends.
  std::optional<RawBytes> injected(const FramePredicate& fits) {
    return eventually([&]() -> std::optional<RawBytes> {
      for (auto frame = take_injected(); frame; frame = take_injected()) {
        if (fits(*frame)) return frame;
      }
      return std::nullopt;
    });
  }
  std::optional<RawBytes> sent_by_egress(const FramePredicate& fits) {
    return eventually([&]() -> std::optional<RawBytes> {
      for (auto frame = take_foreign(); frame; frame = take_foreign()) {
        if (fits(*frame)) return frame;
      }
      return std::nullopt;
    });
  }
  std::optional<egress::PathUpdate> take_path() {
    const egress::PathUpdate* update = paths.front();
    if (update == nullptr) return std::nullopt;
    const egress::PathUpdate copy = *update;
    paths.pop();
    return copy;
  }
  bool counted(slowpath::Counter which, std::uint64_t least) {
    return eventually([&]() -> std::optional<bool> {
             return slow->counters().read(which) >= least ? std::optional(true) : std::nullopt;
           })
        .has_value();
  }

  template <class Try>
  auto eventually(Try attempt) -> decltype(attempt()) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    do {
      if (auto got = attempt()) return got;
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < deadline);
    return std::nullopt;
  }

  HeapPort port{2'048};
  slowpath::Spec spec;
  std::unique_ptr<slowpath::SlowPath> slow;
  std::thread thread;
  std::uint16_t foreign_uplink = 0;

 private:
  template <class Pop>
  RawBytes taken(const packet::Packet& packet, Pop pop) {
    RawBytes frame;
    for (const std::byte b : packet.frame()) frame.push_back(std::to_integer<std::uint8_t>(b));
    const packet::Packet copy = packet;
    pop();
    port.release({&copy, 1});
    return frame;
  }

  std::array<packet::Packet, kRingSlots> punt_slots_{};
  std::array<packet::Packet, kRingSlots> inject_slots_{};
  std::array<packet::Foreign, 4> foreign_slots_{};
  std::array<egress::PathUpdate, 1> path_slots_{};

 protected:
  packet::PacketRing punts{punt_slots_};
  packet::PacketRing injects{inject_slots_};
  packet::ForeignRing foreign{foreign_slots_};
  egress::PathRing paths{path_slots_};
};

inline bool is_arp_for(const RawBytes& frame, const RawBytes& target_ip) {
  return frame.size() >= 42 && get16(frame, 12) == 0x0806 && get16(frame, 20) == 1 &&
         std::equal(target_ip.begin(), target_ip.end(), frame.begin() + 38);
}
inline bool is_icmpv6(const RawBytes& frame, unsigned type) {
  return frame.size() > 54 && get16(frame, 12) == 0x86dd && frame[20] == 58 && frame[54] == type;
}
/// A neighbour solicitation for `target`, RFC 4861 §4.3.
inline bool is_solicitation_for(const RawBytes& frame, const RawBytes& target) {
  return is_icmpv6(frame, 135) && frame.size() >= 78 && std::equal(target.begin(), target.end(), frame.begin() + 62);
}

}  // namespace test
