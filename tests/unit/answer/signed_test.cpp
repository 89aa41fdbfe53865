// SPDX-License-Identifier: Apache-2.0
// Signed messages pass as they are. RFC 5625 §4.5, RFC 8945 §5.5.
#include <gtest/gtest.h>

#include "client.hpp"
#include "dns_wire.hpp"

namespace {

using test::InProcess;
using test::Wire;

Wire tsig_rdata() {
  return Wire().name("hmac-sha256").u16(0).u32(1'559'731'985).u16(300).u16(4).raw("MAC!").u16(7).u16(0).u16(0);
}
Wire signed_query(std::uint16_t id, unsigned flags = test::kQueryFlags, unsigned type = 250) {
  return Wire()
      .header(id, flags, 1, 0, 0, 2)
      .question("WwW.example", 1)
      .opt(4096, 0, Wire().option(10, Wire().raw("CLIENTCK")))
      .name("key.example")
      .fields(type, 0, tsig_rdata(), 255);
}
Wire signed_reply(std::uint16_t id) {
  return Wire()
      .header(id, test::kReplyFlags, 1, 1, 0, 1)
      .question("WwW.example", 1)
      .rr_at(12, 1, 60, test::ipv4())
      .name("key.example")
      .fields(250, 0, tsig_rdata(), 255);
}
/// All but the ID.
std::string body(base::Bytes message) { return test::text(message.subspan(2)); }

class Signed : public testing::Test {
 protected:
  void client_sends(const Wire& message, std::uint16_t port = 40'000) {
    appliance_.port().arrive(test::udp_frame(test::client_flow(port), message.view()));
    appliance_.settle();
    for (test::Frame& frame : appliance_.sent()) sent_.push_back(std::move(frame));
  }
  void upstream_sends(const test::Frame& asked, const Wire& message) {
    const auto view = net::FrameView::parse(asked, net::RxChecksum::kUnknown);
    appliance_.port().arrive(test::udp_frame(view->flow.reversed(), message.view()));
    appliance_.settle();
    for (test::Frame& frame : appliance_.sent()) sent_.push_back(std::move(frame));
  }
  [[nodiscard]] test::Frame next() {
    SLUICE_REQUIRE(!sent_.empty());
    test::Frame frame = sent_.front();
    sent_.erase(sent_.begin());
    return frame;
  }

  InProcess appliance_;
  std::vector<test::Frame> sent_;
};

TEST_F(Signed, MessageAndReplyPassUnchangedButForTheId) {
  client_sends(signed_query(7));
  const test::Frame asked = next();
  EXPECT_EQ(body(test::message_of(asked)), body(signed_query(7).view()));
  upstream_sends(asked, signed_reply(test::header_of(asked).id.value()));
  EXPECT_EQ(test::text(test::message_of(next())), test::text(signed_reply(7).view()));
  EXPECT_EQ(appliance_.packets_held(), 0U);
}

// RFC 8945 §5.3: a server that does not know the key says so without the question.
TEST_F(Signed, ReplyWithoutQuestionIsTheReply) {
  client_sends(signed_query(7));
  const test::Frame asked = next();
  const auto not_auth = [](std::uint16_t id) {
    return Wire().header(id, test::kReplyFlags | 9U, 0, 0, 0, 1).name("key.example").fields(250, 0, tsig_rdata(), 255);
  };
  upstream_sends(asked, not_auth(test::header_of(asked).id.value()));
  EXPECT_EQ(test::text(test::message_of(next())), test::text(not_auth(7).view()));
}

TEST_F(Signed, MessagesAreNeitherSharedNorKept) {
  client_sends(signed_query(7), 40'000);
  client_sends(signed_query(8), 40'001);
  const test::Frame first = next();
  const test::Frame second = next();
  upstream_sends(first, signed_reply(test::header_of(first).id.value()));
  EXPECT_EQ(test::header_of(next()).id.value(), 7U);
  EXPECT_TRUE(sent_.empty()) << "the second client has a reply of its own to wait for";
  upstream_sends(second, signed_reply(test::header_of(second).id.value()));
  EXPECT_EQ(test::header_of(next()).id.value(), 8U);
  client_sends(signed_query(9));
  EXPECT_EQ(body(test::message_of(next())), body(signed_query(9).view())) << "and goes upstream again";
  EXPECT_EQ(appliance_.count(answer::Counter::kHit), 0U);
}

TEST_F(Signed, SigAndTkeyCountToo) {
  client_sends(signed_query(7, test::kQueryFlags, 24));
  EXPECT_EQ(body(test::message_of(next())), body(signed_query(7, test::kQueryFlags, 24).view()));
  const Wire tkey = Wire().header(8, test::kQueryFlags, 1).question("key.example", 249, 255);
  client_sends(tkey);
  EXPECT_EQ(body(test::message_of(next())), body(tkey.view())) << "of any class";
}

TEST_F(Signed, CacheIsNotAskedForThem) {
  client_sends(Wire().header(1, test::kQueryFlags, 1).question("www.example", 1));
  const test::Frame plain = next();
  upstream_sends(plain, Wire()
                            .header(test::header_of(plain).id.value(), test::kReplyFlags, 1, 1)
                            .question("www.example", 1)
                            .rr_at(12, 1, 60, test::ipv4()));
  static_cast<void>(next());
  client_sends(signed_query(7));
  EXPECT_EQ(body(test::message_of(next())), body(signed_query(7).view()));
}

// The place of a query in its burst had the name's hash from the query before.
TEST_F(Signed, WhatIsKnownNotToExistIsAskedAllTheSame) {
  const auto plain = [](std::uint16_t id) {
    return Wire().header(id, test::kQueryFlags, 1).question("www.example", 1);
  };
  client_sends(plain(1));
  const test::Frame asked = next();
  upstream_sends(asked, Wire()
                            .header(test::header_of(asked).id.value(), test::kReplyFlags | 3U, 1, 0, 1)
                            .question("www.example", 1)
                            .rr("example", 6, 60, test::soa(60)));
  EXPECT_EQ(test::header_of(next()).rcode_bits(), 3U);
  client_sends(plain(2));
  EXPECT_EQ(test::header_of(next()).rcode_bits(), 3U);
  EXPECT_EQ(appliance_.count(answer::Counter::kHit), 1U);
  client_sends(signed_query(7));
  EXPECT_EQ(body(test::message_of(next())), body(signed_query(7).view()));
}

TEST_F(Signed, SilenceCostsOnePacketAndIsToldAndNotRemembered) {
  client_sends(signed_query(7));
  static_cast<void>(next());
  appliance_.run_for(std::chrono::seconds(6), std::chrono::milliseconds(10));
  const auto later = appliance_.sent();
  ASSERT_EQ(later.size(), 1U) << "no packet upstream but the first";
  EXPECT_EQ(test::header_of(later[0]).rcode_bits(), 2U);
  EXPECT_EQ(test::header_of(later[0]).id.value(), 7U);
  client_sends(Wire().header(8, test::kQueryFlags, 1).question("www.example", 1));
  EXPECT_FALSE(test::header_of(next()).has(dns::kFlagQr)) << "the name has not failed";
}

TEST_F(Signed, MoreThanThereIsRoomForAreToldSo) {
  for (std::uint16_t i = 0; i <= answer::OpaquePool::kSlots; ++i) client_sends(signed_query(i));
  EXPECT_EQ(appliance_.count(answer::Counter::kOverEgress), 1U);
  EXPECT_EQ(test::header_of(sent_.back()).rcode_bits(), 2U);
}

// RFC 1035 §4.1.1: RD=0 is not sent on, signed or not.
TEST_F(Signed, WithoutRecursionDesiredTheyAreRefused) {
  client_sends(signed_query(7, 0));
  EXPECT_EQ(test::header_of(next()).rcode_bits(), 5U);
}

}  // namespace
