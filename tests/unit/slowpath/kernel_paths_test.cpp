// SPDX-License-Identifier: Apache-2.0
// Paths of upstream servers as a real kernel finds them. The test is the wire and every host on it.
#include <set>
#include <vector>

#include "kernel_lab.hpp"

namespace {

using slowpath::Counter;
using test::arp;
using test::ip;
using test::kPeerMac;
using test::kPortMac;
using test::kTap;
using test::octets;
using test::RawBytes;

const RawBytes kOwn4 = octets(ip("10.77.0.53"));
const RawBytes kOtherMac{2, 0, 0, 0, 0, 0x77};

RawBytes octets_of(const net::MacAddress& mac) {
  RawBytes out;
  for (const std::byte b : mac.octets) out.push_back(std::to_integer<std::uint8_t>(b));
  return out;
}

class KernelPaths : public test::KernelLab {
 protected:
  void serve(std::initializer_list<std::string_view> addresses) {
    std::uint16_t index = 0;
    for (const std::string_view text : addresses) {
      spec.servers.push_back({.uplink = 2, .server = index++, .address = ip(text), .metered = true});
    }
  }
  /// A host that comes to the wire: waits until the kernel asks for it, and answers then and whenever it is asked again
  /// while the test waits for a path. An answer may come too early for the kernel; a host on a wire has more of them.
  void answer(std::string_view address, const RawBytes& mac = kPeerMac) {
    const Host host{octets(ip(address)), mac};
    const auto request = injected([&](const RawBytes& frame) { return asks_for(frame, host); });
    ASSERT_TRUE(request) << "no request for " << address;
    reply(*request, host);
    hosts_.push_back(host);
  }
  void all_hosts_fall_silent() { hosts_.clear(); }

  std::optional<egress::PathUpdate> path_update() {
    return eventually([&]() -> std::optional<egress::PathUpdate> {
      for (auto frame = take_injected(); frame; frame = take_injected()) {
        for (const Host& host : hosts_) {
          if (asks_for(*frame, host)) reply(*frame, host);
        }
      }
      return take_path();
    });
  }
  static void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

 private:
  struct Host {
    RawBytes address, mac;
    [[nodiscard]] bool is_v4() const { return address.size() == 4; }
  };

  static bool asks_for(const RawBytes& frame, const Host& host) {
    return host.is_v4() ? test::is_arp_for(frame, host.address) : test::is_solicitation_for(frame, host.address);
  }
  void reply(const RawBytes& request, const Host& host) {
    if (host.is_v4()) {
      wire_brings(arp(2, host.mac, host.address, kPortMac, kOwn4));
      return;
    }
    const RawBytes asker(request.begin() + 22, request.begin() + 38);
    RawBytes advertisement{136, 0, 0, 0, 0x60, 0, 0, 0};
    test::put(advertisement, host.address);
    test::put(advertisement, {2, 1});
    test::put(advertisement, host.mac);
    wire_brings(test::icmpv6(kPortMac, host.address, asker, advertisement));
  }

  std::vector<Host> hosts_;
};

TEST_F(KernelPaths, AServerOnTheLinkIsAskedForByArpWithoutAPacketToIt) {
  serve({"10.77.0.2"});
  start();
  answer("10.77.0.2");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->uplink, 2);
  EXPECT_EQ(update->server, 0);
  EXPECT_TRUE(update->path.resolved);
  EXPECT_EQ(octets_of(update->path.next_hop), kPeerMac);
  EXPECT_EQ(octets_of(update->path.source_mac), kPortMac);
  EXPECT_EQ(update->path.source, ip("10.77.0.53"));
  EXPECT_EQ(foreign.size(), 0U) << "nothing was sent to the server itself";
  EXPECT_EQ(slow->counters().read(Counter::kPathUpdates), 1U);
}

// RFC 4861 §7.2.2.
TEST_F(KernelPaths, AnIpv6ServerOnTheLinkIsSolicited) {
  serve({"fd77::2"});
  start();
  answer("fd77::2");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->path.resolved);
  EXPECT_EQ(octets_of(update->path.next_hop), kPeerMac);
  EXPECT_EQ(update->path.source, ip("fd77::53"));
}

TEST_F(KernelPaths, AServerElsewhereIsReachedByTheGateway) {
  serve({"192.0.2.1"});
  spec.gateways = {ip("10.77.0.1"), ip("fd77::1")};
  start();
  answer("10.77.0.1");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->path.resolved);
  EXPECT_EQ(octets_of(update->path.next_hop), kPeerMac);
  EXPECT_EQ(update->path.source, ip("10.77.0.53"));
}

TEST_F(KernelPaths, AServerWithoutARouteWaitsForOneAndIsNotSoughtOnTheLink) {
  serve({"192.0.2.1", "10.77.0.2"});
  start();
  bool sought = false;
  const auto other = injected([&](const RawBytes& frame) {
    sought = sought || test::is_arp_for(frame, octets(ip("192.0.2.1")));
    return test::is_arp_for(frame, octets(ip("10.77.0.2")));
  });
  ASSERT_TRUE(other);
  EXPECT_FALSE(sought);
  shell("ip route add 192.0.2.0/24 via 10.77.0.1 dev " + kTap);
  answer("10.77.0.1", kOtherMac);
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->server, 0);
  EXPECT_EQ(octets_of(update->path.next_hop), kOtherMac);
}

TEST_F(KernelPaths, ALinkLocalServerNeedsNoRoute) {
  serve({"169.254.169.253"});
  start();
  answer("169.254.169.253");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->path.resolved);
  EXPECT_EQ(update->path.source, ip("10.77.0.53"));
}

TEST_F(KernelPaths, AServerThatAnotherInterfaceReachesBetterIsStillReachedByThePort) {
  shell(
      "ip link add other0 type veth peer name far0 && ip link set far0 up && ip link set other0 up && "
      "ip address add 10.77.0.9/24 dev other0");
  serve({"10.77.0.2"});
  start();
  answer("10.77.0.2");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->path.source, ip("10.77.0.53"));
}

TEST_F(KernelPaths, AServerWithoutAnAddressOfItsFamilyStaysUnresolved) {
  spec.addresses = {{ip("10.77.0.53"), 24}};
  serve({"fd77::2", "10.77.0.2"});
  start();
  answer("10.77.0.2");
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->server, 1);
  EXPECT_EQ(slow->counters().read(Counter::kPathUpdates), 1U);
}

TEST_F(KernelPaths, AServerThatMovesToAnotherMacIsFollowed) {
  serve({"10.77.0.2"});
  start();
  answer("10.77.0.2");
  ASSERT_TRUE(path_update());
  shell("ip neigh replace 10.77.0.2 lladdr 02:00:00:00:00:77 nud reachable dev " + kTap);
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_EQ(octets_of(update->path.next_hop), kOtherMac);
}

TEST_F(KernelPaths, AForgottenServerIsAskedForAgain) {
  serve({"10.77.0.2"});
  start();
  answer("10.77.0.2");
  ASSERT_TRUE(path_update());
  shell("ip neigh delete 10.77.0.2 dev " + kTap);
  EXPECT_TRUE(injected([](const RawBytes& frame) { return test::is_arp_for(frame, octets(ip("10.77.0.2"))); }));
  EXPECT_EQ(paths.size(), 0U) << "and its path stays in use meanwhile";
}

TEST_F(KernelPaths, ALostRouteLosesThePath) {
  serve({"192.0.2.1"});
  spec.gateways = {ip("10.77.0.1")};
  start();
  answer("10.77.0.1");
  ASSERT_TRUE(path_update());
  shell("ip route delete 192.0.2.1/32 dev " + kTap);
  const auto update = path_update();
  ASSERT_TRUE(update);
  EXPECT_FALSE(update->path.resolved);
}

// The kernel's own verdict, with its patience shortened; ours (PathTable::kLossDelay) stays.
TEST_F(KernelPaths, AServerThatFallsSilentIsLostInTheEndAndFoundAgain) {
  serve({"10.77.0.2"});
  start();
  shell("echo 50 > /proc/sys/net/ipv4/neigh/" + kTap + "/retrans_time_ms");
  answer("10.77.0.2");
  ASSERT_TRUE(path_update());
  all_hosts_fall_silent();
  shell("ip neigh change 10.77.0.2 lladdr 02:00:00:00:00:09 nud probe dev " + kTap);
  const auto lost = path_update();
  ASSERT_TRUE(lost);
  EXPECT_FALSE(lost->path.resolved);
  answer("10.77.0.2", kOtherMac);
  const auto found = path_update();
  ASSERT_TRUE(found);
  EXPECT_EQ(octets_of(found->path.next_hop), kOtherMac);
}

TEST_F(KernelPaths, AnUpdateThatFindsItsRingFullComesWhenThereIsRoom) {
  serve({"10.77.0.2", "10.77.0.3"});
  start();
  answer("10.77.0.2");
  answer("10.77.0.3", kOtherMac);
  ASSERT_TRUE(counted(Counter::kPathUpdatesLost, 1)) << "the ring has room for one";
  std::set<std::uint16_t> told;
  for (int i = 0; i < 2; ++i) {
    const auto update = path_update();
    ASSERT_TRUE(update);
    EXPECT_TRUE(update->path.resolved);
    told.insert(update->server);
  }
  EXPECT_EQ(told, (std::set<std::uint16_t>{0, 1}));
}

}  // namespace
