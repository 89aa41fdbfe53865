// SPDX-License-Identifier: Apache-2.0
// Frames to and from a real kernel.
#include <set>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel_lab.hpp"
#include "sockets/fd.hpp"

namespace {

using slowpath::Counter;
using sockets::Fd;
using test::arp;
using test::get16;
using test::ip;
using test::kPeerMac;
using test::kPortMac;
using test::kTap;
using test::octets;
using test::RawBytes;
using test::RawUdp;

const RawBytes kOwn4 = octets(ip("10.77.0.53"));
const RawBytes kOwn6 = octets(ip("fd77::53"));
const RawBytes kPeer4 = octets(ip("10.77.0.100"));
const RawBytes kPeer6 = octets(ip("fd77::100"));

class KernelFrames : public test::KernelLab {
 protected:
  ifreq ask_interface(unsigned long what) {
    ifreq request{};
    std::memcpy(request.ifr_name, kTap.data(), kTap.size());
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::ioctl(socket.get(), what, &request), 0) << std::strerror(errno);
    return request;
  }
  std::set<std::string> addresses() {
    std::set<std::string> all;
    ifaddrs* list = nullptr;
    EXPECT_EQ(::getifaddrs(&list), 0);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
      if (entry->ifa_addr == nullptr || entry->ifa_name != kTap) continue;
      std::array<char, INET6_ADDRSTRLEN> text{};
      const void* raw = nullptr;
      sockaddr_in in4{};
      sockaddr_in6 in6{};
      if (entry->ifa_addr->sa_family == AF_INET) {
        std::memcpy(&in4, entry->ifa_addr, sizeof in4);
        raw = &in4.sin_addr;
      } else if (entry->ifa_addr->sa_family == AF_INET6) {
        std::memcpy(&in6, entry->ifa_addr, sizeof in6);
        raw = &in6.sin6_addr;
      }
      if (raw != nullptr) all.insert(::inet_ntop(entry->ifa_addr->sa_family, raw, text.data(), text.size()));
    }
    ::freeifaddrs(list);
    return all;
  }
  /// One of the kernel's own programs sends a datagram.
  void kernel_sends_udp(const char* to) {
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    ASSERT_EQ(::inet_pton(AF_INET, to, &address.sin_addr), 1);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    ASSERT_EQ(::sendto(socket.get(), "hello", 5, 0, &generic, sizeof generic), 5) << std::strerror(errno);
  }
  /// The peer is known, so that the kernel need not ask for it.
  void introduce(const char* address) {
    ASSERT_EQ(
        std::system(("ip neigh replace " + std::string(address) + " lladdr 02:00:00:00:00:09 dev " + kTap).c_str()), 0);
  }
  static RawBytes echo_request4() {
    RawBytes message{8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};
    test::set16(message, 2, test::plain_checksum(message));
    RawUdp raw;
    raw.source_ip = kPeer4;
    raw.destination_ip = kOwn4;
    raw.protocol = 1;
    return raw.frame_with(message);
  }
  static RawBytes part(const RawBytes& frame, std::size_t from, std::size_t count) {
    if (frame.size() < from + count) return {};
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  static bool is_echo_reply4(const RawBytes& frame) {
    return frame.size() >= 46 && get16(frame, 12) == 0x0800 && frame[23] == 1 && frame[34] == 0;
  }
  static bool is_udp4(const RawBytes& frame) {
    return frame.size() > 42 && get16(frame, 12) == 0x0800 && frame[23] == 17;
  }
};

TEST_F(KernelFrames, TheInterfaceHasThePortsMacMtuAndAddressesAndIsUp) {
  spec.mtu_bytes = 1'400;
  start();
  const ifreq mac = ask_interface(SIOCGIFHWADDR);
  EXPECT_EQ(std::memcmp(mac.ifr_hwaddr.sa_data, kPortMac.data(), 6), 0);
  EXPECT_EQ(ask_interface(SIOCGIFMTU).ifr_mtu, 1'400);
  EXPECT_TRUE((ask_interface(SIOCGIFFLAGS).ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING));
  EXPECT_THAT(addresses(), ::testing::UnorderedElementsAre("10.77.0.53", "fd77::53", "fe80::ff:fe00:35"));
}

TEST_F(KernelFrames, WithoutIpv6AddressesTheInterfaceSpeaksNoIpv6) {
  spec.addresses.pop_back();
  start();
  EXPECT_THAT(addresses(), ::testing::UnorderedElementsAre("10.77.0.53"));
}

TEST_F(KernelFrames, TheInterfaceGoesWithItsOwner) {
  start();
  ASSERT_NE(::if_nametoindex(kTap.c_str()), 0U);
  finish();
  EXPECT_EQ(::if_nametoindex(kTap.c_str()), 0U);
}

TEST_F(KernelFrames, StoppingBeforeRunningEndsTheRun) {
  auto made = slowpath::SlowPath::create(spec);
  ASSERT_TRUE(made) << made.error().sentence();
  (*made)->stop();
  (*made)->run();
}

TEST_F(KernelFrames, WhoAsksByArpIsAnsweredWithThePortsMac) {
  start();
  wire_brings(arp(1, kPeerMac, kPeer4, RawBytes(6, 0), kOwn4));
  const auto reply =
      injected([](const RawBytes& frame) { return get16(frame, 12) == 0x0806 && get16(frame, 20) == 2; });
  ASSERT_TRUE(reply);
  EXPECT_EQ(*reply, arp(2, kPortMac, kOwn4, kPeerMac, kPeer4));
  EXPECT_EQ(slow->counters().read(Counter::kToKernel), 1U);
}

// RFC 4861 §7.2.4.
TEST_F(KernelFrames, ANeighbourSolicitationIsAnsweredWithThePortsMac) {
  start();
  RawBytes solicitation{135, 0, 0, 0, 0, 0, 0, 0};
  test::put(solicitation, kOwn6);
  test::put(solicitation, {1, 1});
  test::put(solicitation, kPeerMac);
  wire_brings(test::icmpv6({0x33, 0x33, 0xff, 0, 0, 0x53}, kPeer6, octets(ip("ff02::1:ff00:53")), solicitation));
  const auto reply = injected([](const RawBytes& frame) { return test::is_icmpv6(frame, 136); });
  ASSERT_TRUE(reply);
  EXPECT_EQ(part(*reply, 0, 12), part(arp(2, kPortMac, {}, kPeerMac, {}), 0, 12)) << "from the port to who asked";
  EXPECT_EQ(part(*reply, 62, 16), kOwn6);
  EXPECT_EQ(part(*reply, 80, 6), kPortMac) << "target link-layer address option";
}

TEST_F(KernelFrames, APingIsAnswered) {
  start();
  introduce("10.77.0.100");
  wire_brings(echo_request4());
  const auto reply = injected(is_echo_reply4);
  ASSERT_TRUE(reply);
  EXPECT_EQ(part(*reply, 30, 4), kPeer4);
  EXPECT_EQ(part(*reply, 38, 8), RawBytes({0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'}));
  EXPECT_EQ(test::plain_checksum(part(*reply, 14, 20)), 0U) << "IPv4 header";
  EXPECT_EQ(test::plain_checksum(part(*reply, 34, 12)), 0U) << "ICMP";
}

TEST_F(KernelFrames, APingOverIpv6IsAnswered) {
  start();
  introduce("fd77::100");
  wire_brings(test::icmpv6(kPortMac, kPeer6, kOwn6, {128, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'}));
  const auto reply = injected([](const RawBytes& frame) { return test::is_icmpv6(frame, 129); });
  ASSERT_TRUE(reply);
  EXPECT_EQ(part(*reply, 38, 16), kPeer6);
  EXPECT_EQ(part(*reply, 58, 8), RawBytes({0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'}));
}

TEST_F(KernelFrames, AFrameThatIsNoneIsLostAndCounted) {
  start();
  wire_brings({1, 2, 3});
  EXPECT_TRUE(counted(Counter::kToKernelLost, 1));
}

TEST_F(KernelFrames, ASegmentedFrameIsLostAndCounted) {
  start();
  packet::Packet packet = port.received(echo_request4());
  packet.segmented = true;
  ASSERT_TRUE(punts.push(packet));
  EXPECT_TRUE(counted(Counter::kToKernelLost, 1));
}

TEST_F(KernelFrames, TheKernelsDatagramToAMeteredServerGoesByEgressWithWholeChecksums) {
  spec.servers = {{.uplink = 6, .server = 0, .address = ip("10.77.0.2"), .metered = true}};
  start();
  introduce("10.77.0.2");
  kernel_sends_udp("10.77.0.2");
  const auto frame = sent_by_egress(is_udp4);
  ASSERT_TRUE(frame);
  EXPECT_EQ(foreign_uplink, 6);
  EXPECT_EQ(part(*frame, 0, 12), part(arp(2, kPortMac, {}, kPeerMac, {}), 0, 12));
  RawUdp sum;
  sum.source_ip = kOwn4;
  sum.destination_ip = octets(ip("10.77.0.2"));
  EXPECT_EQ(sum.udp_sum(part(*frame, 34, 13)), 0U) << "UDP checksum";
  EXPECT_EQ(test::plain_checksum(part(*frame, 14, 20)), 0U) << "IPv4 header";
}

TEST_F(KernelFrames, TheKernelsTcpToAMeteredServerGoesByEgressWithWholeChecksums) {
  spec.servers = {{.uplink = 6, .server = 0, .address = ip("10.77.0.2"), .metered = true}};
  start();
  introduce("10.77.0.2");
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  ASSERT_EQ(::inet_pton(AF_INET, "10.77.0.2", &address.sin_addr), 1);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  EXPECT_EQ(::connect(socket.get(), &generic, sizeof generic), -1);
  EXPECT_EQ(errno, EINPROGRESS);
  const auto syn =
      sent_by_egress([](const RawBytes& f) { return f.size() > 54 && get16(f, 12) == 0x0800 && f[23] == 6; });
  ASSERT_TRUE(syn);
  const std::size_t segment_bytes = get16(*syn, 16) - 20;
  RawBytes sum = part(*syn, 26, 8);
  test::put16(sum, 6);
  test::put16(sum, static_cast<unsigned>(segment_bytes));
  test::put(sum, part(*syn, 34, segment_bytes));
  EXPECT_EQ(test::plain_checksum(sum), 0U);
}

TEST_F(KernelFrames, TheKernelsDatagramToAnUnmeteredServerGoesOutDirectly) {
  spec.servers = {{.uplink = 6, .server = 0, .address = ip("10.77.0.2"), .metered = false}};
  start();
  introduce("10.77.0.2");
  kernel_sends_udp("10.77.0.2");
  EXPECT_TRUE(injected(is_udp4));
  EXPECT_FALSE(take_foreign());
}

TEST_F(KernelFrames, WithoutTokensTheKernelsFramesToAServerAreLostAndCounted) {
  spec.servers = {{.uplink = 6, .server = 0, .address = ip("10.77.0.2"), .metered = true}};
  start();
  introduce("10.77.0.2");
  for (std::size_t i = 0; i < foreign.capacity() + 3; ++i) kernel_sends_udp("10.77.0.2");
  EXPECT_TRUE(counted(Counter::kForeignFull, 3));
  EXPECT_EQ(foreign.size(), foreign.capacity());
}

TEST_F(KernelFrames, AFullWorkerLosesTheKernelsFramesByName) {
  start();
  introduce("10.77.0.100");
  for (std::size_t i = 0; i < kRingSlots + 3; ++i) kernel_sends_udp("10.77.0.100");
  EXPECT_TRUE(counted(Counter::kInjectFull, 3));
}

TEST_F(KernelFrames, ADryPoolLosesTheKernelsFramesByNameAndRecovers) {
  start();
  introduce("10.77.0.100");
  port.dry = true;
  kernel_sends_udp("10.77.0.100");
  EXPECT_TRUE(counted(Counter::kNoBuffer, 1));
  port.dry = false;
  kernel_sends_udp("10.77.0.100");
  EXPECT_TRUE(injected(is_udp4));
}

TEST_F(KernelFrames, WhatWaitsInThePuntRingsGoesBackToThePort) {
  auto made = slowpath::SlowPath::create(spec);
  ASSERT_TRUE(made) << made.error().sentence();
  for (int i = 0; i < 5; ++i) wire_brings(echo_request4());
  EXPECT_EQ(port.out(), 5);
  (*made)->release_all();
  EXPECT_EQ(port.out(), 0);
}

class KernelFramesInSmallBuffers : public KernelFrames {
 protected:
  test::HeapPort small{100};
};

TEST_F(KernelFramesInSmallBuffers, AFrameThatDoesNotFitIsLostByNameAndTheNextOneIsWhole) {
  spec.port = &small;
  spec.addresses.pop_back();  // no multicast reports of IPv6 among the frames
  start();
  introduce("10.77.0.100");
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  ASSERT_EQ(::inet_pton(AF_INET, "10.77.0.100", &address.sin_addr), 1);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  const std::array<char, 59> payload{};  // with 42 bytes of headers one more than fits
  ASSERT_EQ(::sendto(socket.get(), payload.data(), 59, 0, &generic, sizeof generic), 59);
  ASSERT_EQ(::sendto(socket.get(), payload.data(), 58, 0, &generic, sizeof generic), 58);
  EXPECT_TRUE(eventually([&]() -> std::optional<bool> {
    for (const packet::Packet* packet = injects.front(); packet != nullptr; packet = injects.front()) {
      const packet::Packet copy = *packet;
      injects.pop();
      small.release({&copy, 1});
      if (copy.length == 100) return true;
    }
    return std::nullopt;
  }));
  EXPECT_EQ(slow->counters().read(Counter::kFrameTooBig), 1U);
  slow->stop();
  thread.join();
  for (const packet::Packet* packet = injects.front(); packet != nullptr; packet = injects.front()) {
    small.release({packet, 1});
    injects.pop();
  }
  EXPECT_EQ(small.out(), 0);
}

}  // namespace
