// SPDX-License-Identifier: Apache-2.0
// Captures: link types, what is read, and what is reported about the rest.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "captures.hpp"

namespace {

using samples::answer;
using samples::denial;
using samples::ethernet;
using samples::Folder;
using samples::framed;
using samples::Pcap;
using samples::Pcapng;
using samples::query;
using samples::Read;
using samples::tcp;
using samples::udp;
using samples::Way;
using testing::HasSubstr;
using trace::Skip;

TEST(Captures, AQuestionHasTheTtlAndSizeOfItsAnswer) {
  const Folder folder;
  const Way way;
  const std::string reply = answer(9, "www.example.", 300);
  Pcap pcap;
  pcap.add(ethernet(udp(way, query(9, "WWW.Example.", 1)))).add(ethernet(udp(way.back(), reply)), 2'000);
  const Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 1U) << read.error;
  EXPECT_EQ(read.text(0), "10.0.0.1 www.example. A");
  EXPECT_EQ(read.events[0].at_ns, 0);
  EXPECT_EQ(read.events[0].ttl_sec, 300U);
  EXPECT_EQ(read.events[0].answer_bytes, reply.size());
  EXPECT_EQ(read.events[0].rcode, 0);
  EXPECT_EQ(read.source->info().origin_unix_ns, 1'700'000'000'001'000'000);
  EXPECT_EQ(read.source->skips().text(), "");
}

// RFC 2308 §5
TEST(Captures, ADenialHasTheNegativeTtl) {
  const Folder folder;
  const Way way;
  Pcap pcap;
  pcap.add(ethernet(udp(way, query(9, "no.example.", 1)))).add(ethernet(udp(way.back(), denial(9, "no.example.", 60))));
  const Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].rcode, 3);
  EXPECT_EQ(read.events[0].ttl_sec, 60U);
}

TEST(Captures, QuestionsWithoutAnswersAreEventsInTheirOrder) {
  const Folder folder;
  const Way way;
  Pcap pcap;
  pcap.add(ethernet(udp(way, query(1, "lost.example.", 1))))
      .add(ethernet(udp(way, query(2, "b.example.", 28))))
      .add(ethernet(udp(way.back(), answer(7, "never.asked.", 5))))
      .add(ethernet(udp(way, query(3, "c.example.", 1, true))));
  const Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 3U);
  EXPECT_EQ(read.text(0), "10.0.0.1 lost.example. A");
  EXPECT_EQ(read.events[0].ttl_sec, trace::kUnknownTtl);
  EXPECT_EQ(read.events[0].rcode, trace::kUnknownRcode);
  EXPECT_EQ(read.text(1), "10.0.0.1 b.example. AAAA");
  EXPECT_EQ(read.events[2].flags, trace::kDnssecOk);
  EXPECT_EQ(read.skipped(Skip::kNoQuestion), 1U);
  EXPECT_EQ(read.place(Skip::kNoQuestion), "packet 3");
}

TEST(Captures, AQuestionThatComesAgainIsARepeatAndBothHaveTheAnswer) {
  const Folder folder;
  const Way way;
  Pcap pcap;
  pcap.add(ethernet(udp(way, query(1, "slow.example.", 1))))
      .add(ethernet(udp(way, query(1, "slow.example.", 1))), 1'000'000)
      .add(ethernet(udp(way.back(), answer(1, "slow.example.", 20))));
  const Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].flags, 0);
  EXPECT_EQ(read.events[1].flags, trace::kRepeat);
  EXPECT_EQ(read.events[0].ttl_sec, 20U);
  EXPECT_EQ(read.events[1].ttl_sec, 20U);
}

TEST(Captures, EveryLinkTypeThatIsNamedIsRead) {
  const Way v4;
  const Way v6{"fd00::1", "fd00::53", 4'242, 53};
  const std::string packet4 = udp(v4, query(1, "a.example.", 1));
  const std::string packet6 = udp(v6, query(1, "a.example.", 1));
  const std::string vlan = samples::u16(0x8100) + samples::u16(5);
  const std::string double_vlan = samples::u16(0x88a8) + samples::u16(5) + vlan;
  struct Case {
    const char* what;
    std::uint32_t link_type;  // LINKTYPE_, its value in the file
    std::string frame;
    const char* client;
  };
  const std::vector<Case> cases{
      {"ethernet", 1, ethernet(packet4), "10.0.0.1"},
      {"ethernet, IPv6", 1, ethernet(packet6), "fd00::1"},
      {"VLAN", 1, ethernet(packet4, vlan), "10.0.0.1"},
      {"two tags", 1, ethernet(packet4, double_vlan), "10.0.0.1"},
      {"raw", 101, packet6, "fd00::1"},
      {"raw IPv4", 228, packet4, "10.0.0.1"},
      {"raw IPv6", 229, packet6, "fd00::1"},
      {"cooked", 113, std::string(14, '\0') + samples::u16(0x0800) + packet4, "10.0.0.1"},
      {"cooked v2", 276, samples::u16(0x86dd) + std::string(18, '\0') + packet6, "fd00::1"},
      {"null", 0, samples::le32(2) + packet4, "10.0.0.1"},
      {"loopback", 108, samples::u32(2) + packet4, "10.0.0.1"},
  };
  const Folder folder;
  for (const Case& one : cases) {
    Pcap pcap(one.link_type);
    pcap.add(one.frame);
    const Read read(folder.write("a.pcap", pcap.bytes()));
    ASSERT_EQ(read.events.size(), 1U) << one.what << ": " << read.error
                                      << (read.source ? read.source->skips().text() : "");
    EXPECT_EQ(read.text(0), std::string(one.client) + " a.example. A") << one.what;
  }
}

TEST(Captures, PcapngIsReadAsPcapIs) {
  const Folder folder;
  Pcapng pcapng;
  pcapng.add(ethernet(udp({}, query(1, "a.example.", 1)))).add(ethernet(udp({}, query(2, "b.example.", 1))));
  const Read read(folder.write("a.pcapng", pcapng.bytes()));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.events[1].at_ns, 1'000'000);
}

// RFC 7766: several messages on one connection, cut anywhere.
TEST(Captures, TcpStreamsArePutTogether) {
  const Folder folder;
  const Way way;
  const std::string asked = framed(query(1, "a.example.", 1)) + framed(query(2, "b.example.", 1));
  const std::string told = framed(answer(2, "b.example.", 30)) + framed(answer(1, "a.example.", 40));
  Pcap pcap;
  pcap.add(ethernet(tcp(way, 99, samples::kSyn)))
      .add(ethernet(tcp(way.back(), 499, samples::kSyn | samples::kAck)))
      .add(ethernet(tcp(way, 100, samples::kAck, asked.substr(0, 5))))
      .add(ethernet(tcp(way, 100, samples::kAck, asked.substr(0, 9))))   // sent again, with more
      .add(ethernet(tcp(way, 129, samples::kAck, asked.substr(29))))     // early
      .add(ethernet(tcp(way, 109, samples::kAck, asked.substr(9, 20))))  // what was missing
      .add(ethernet(tcp(way.back(), 500, samples::kAck, told)))
      .add(ethernet(tcp(way, 100 + static_cast<std::uint32_t>(asked.size()), samples::kFin)));
  const Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 2U) << read.source->skips().text();
  EXPECT_EQ(read.events[0].flags, trace::kOverTcp);
  EXPECT_EQ(read.events[0].ttl_sec, 40U);
  EXPECT_EQ(read.events[1].ttl_sec, 30U);
  EXPECT_EQ(read.source->skips().text(), "");
}

TEST(Captures, AStreamWithAHoleIsGivenUpAndCounted) {
  const Folder folder;
  const Way way;
  const std::string asked = framed(query(1, "a.example.", 1));
  Pcap pcap;
  pcap.add(ethernet(tcp(way, 99, samples::kSyn)))
      .add(ethernet(tcp(way, 110, samples::kAck, asked.substr(10))))
      .add(ethernet(tcp(way, 200, samples::kFin)));
  const Read read(folder.write("a.pcap", pcap.bytes()));
  EXPECT_EQ(read.events.size(), 0U);
  EXPECT_EQ(read.skipped(Skip::kStreamGap), 1U);
  EXPECT_EQ(read.place(Skip::kStreamGap), "packet 3");
}

TEST(Captures, AFileThatEndsWithinAPacketIsReadUpToThere) {
  const Folder folder;
  Pcap pcap;
  pcap.add(ethernet(udp({}, query(1, "a.example.", 1)))).add(ethernet(udp({}, query(2, "b.example.", 1))));
  const std::string whole = pcap.bytes();
  const Read read(folder.write("a.pcap", std::string_view(whole).substr(0, whole.size() - 7)));
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.skipped(Skip::kFileCut), 1U);
  EXPECT_THAT(read.place(Skip::kFileCut), HasSubstr("packet 2"));
}

TEST(Captures, UnknownLinkTypesAreNamed) {
  const Folder folder;
  Pcap pcap(147);  // LINKTYPE_USER0
  pcap.add("anything").add("else");
  const Read read(folder.write("a.pcap", pcap.bytes()));
  EXPECT_EQ(read.events.size(), 0U);
  EXPECT_EQ(read.skipped(Skip::kLinkType), 2U);
  EXPECT_THAT(read.place(Skip::kLinkType), HasSubstr("packet 1: link type 147"));
}

TEST(Captures, WhatComesBehindAnotherLinkTypeIsSaidToBeUnread) {
  const Folder folder;
  samples::Pcapng pcapng;
  const std::string frame = ethernet(udp({}, query(1, "a.example.", 1)));
  pcapng.add(frame).add_interface(101).add(frame);
  const Read read(folder.write("a.pcapng", pcapng.bytes()));
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.skipped(Skip::kFileCut), 0U);
  EXPECT_THAT(read.place(Skip::kRestUnread), HasSubstr("packet 2: "));
}

TEST(Captures, WhatIsNoQuestionIsCountedByItsReason) {
  const Folder folder;
  const Way way;
  Pcap pcap;
  pcap.add(ethernet(udp(way, query(1, "a.example.", 1))), 1'000, 50)                           // cut by the snap length
      .add(ethernet(samples::ip(way, 17, std::string(40, 'x'), 0x2000)))                       // a fragment
      .add(ethernet(samples::ip(way, 1, "ping")))                                              // ICMP
      .add(ethernet(udp({"10.0.0.1", "10.0.0.9", 1'000, 123}, "ntp")))                         // another port
      .add(ethernet(udp(way, samples::u16(1) + samples::u16(0x2800) + std::string(8, '\0'))))  // UPDATE
      .add(ethernet(udp(way, query(1, "a.example.", 1) + "tail")))                             // octets behind the end
      .add(ethernet(std::string(16, '\x45')));  // an IP header that contradicts itself
  const Read read(folder.write("a.pcap", pcap.bytes()));
  EXPECT_EQ(read.events.size(), 0U);
  EXPECT_EQ(read.place(Skip::kPacketCut), "packet 1");
  EXPECT_EQ(read.place(Skip::kFragment), "packet 2");
  EXPECT_EQ(read.place(Skip::kNotDns), "packet 3");
  EXPECT_EQ(read.skipped(Skip::kNotDns), 2U);
  EXPECT_EQ(read.place(Skip::kNotQuery), "packet 5");
  EXPECT_EQ(read.place(Skip::kMessageBroken), "packet 6");
  EXPECT_EQ(read.place(Skip::kHeadersBroken), "packet 7");
}

TEST(Captures, OnlyTheServersThatWereNamedCount) {
  const Folder folder;
  const Way inside;
  const Way upstream{"10.0.0.53", "10.0.0.2", 5'000, 53};
  Pcap pcap;
  pcap.add(ethernet(udp(inside, query(1, "a.example.", 1)))).add(ethernet(udp(upstream, query(1, "a.example.", 1))));
  trace::OpenOptions options;
  options.servers = {*net::parse_prefix("10.0.0.53")};
  const Read read(folder.write("a.pcap", pcap.bytes()), options);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.text(0), "10.0.0.1 a.example. A");
  EXPECT_EQ(read.skipped(Skip::kOtherServer), 1U);
}

TEST(Captures, ComeAgainAfterRewind) {
  const Folder folder;
  Pcap pcap;
  for (unsigned i = 0; i < 20; ++i) pcap.add(ethernet(udp({}, query(i, fmt::format("n{}.example.", i), 1))));
  Read read(folder.write("a.pcap", pcap.bytes()));
  ASSERT_EQ(read.events.size(), 20U);
  ASSERT_TRUE(read.source->rewind());
  EXPECT_EQ(samples::all_of(*read.source), read.events);
}

}  // namespace
