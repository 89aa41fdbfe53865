// SPDX-License-Identifier: Apache-2.0
// The options of a reply: what is carried, and what goes first when room is short.
#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "dns/answer.hpp"
#include "support/dns_wire.hpp"

namespace {

using dns::Ede;
using test::kQueryFlags;
using test::kReplyFlags;
using test::Wire;

constexpr std::size_t kQuestionEnd = 29;
const Wire kClientCookie = Wire().raw("CLIENTCK");
const Wire kName = Wire().raw("rack-7");

struct Reply {
  dns::ClientState client;
  dns::ReplyExtras extras;
  std::vector<std::byte> room = std::vector<std::byte>(1'232);

  Reply() {
    const Wire query = Wire()
                           .header(0xabcd, kQueryFlags, 1, 0, 0, 1)
                           .question("www.example")
                           .opt(1232, 0, Wire().option(3).option(10, kClientCookie));
    const auto view = dns::QueryView::parse(query.view());
    client = dns::ClientState::of_udp(*view);
    std::copy_n(query.view().begin(), kQuestionEnd, room.begin());
    extras.ede = Ede::kStale;
    extras.nsid = kName.view();
    extras.has_cookie = true;
    extras.server_cookie.fill(std::byte{'s'});
  }
  std::string error(std::size_t limit) {
    client.limit_bytes = static_cast<std::uint16_t>(limit);
    const std::size_t size = dns::write_error(room, kQuestionEnd, client, dns::Rcode::kRefused, extras);
    return test::text(base::Bytes(room).first(size));
  }
};

Wire cookie() { return Wire().raw("CLIENTCKssssssssssssssss"); }
Wire ede() { return Wire().u16(3); }
std::string refused(const Wire& options) {
  return test::text(
      Wire().header(0xabcd, kReplyFlags | 5, 1, 0, 0, 1).question("www.example").opt(1232, 0, options).view());
}

// RFC 7873 §5.2, RFC 5001 §2.3, RFC 8914 §2.
TEST(DnsReplyOptions, CookieNameAndReasonStandInOneOpt) {
  EXPECT_EQ(Reply().error(1'232), refused(Wire().option(10, cookie()).option(3, kName).option(15, ede())));
}

TEST(DnsReplyOptions, AreNotForAClientWithoutEdns) {
  Reply reply;
  reply.client.edns = {};
  EXPECT_EQ(reply.error(512), test::text(Wire().header(0xabcd, kReplyFlags | 5, 1).question("www.example").view()));
}

// RFC 8914 §3: the reason goes before anything that a client needs.
TEST(DnsReplyOptions, ReasonGoesFirstThenTheNameWhenRoomIsShort) {
  const Wire all = Wire().option(10, cookie()).option(3, kName).option(15, ede());
  const Wire without_reason = Wire().option(10, cookie()).option(3, kName);
  const Wire cookie_alone = Wire().option(10, cookie());
  const std::size_t bare = kQuestionEnd + 11;
  EXPECT_EQ(Reply().error(bare + all.size()), refused(all));
  EXPECT_EQ(Reply().error(bare + all.size() - 1), refused(without_reason));
  EXPECT_EQ(Reply().error(bare + without_reason.size() - 1),
            refused(Wire().option(10, cookie()).option(15, ede())))  // it is smaller than the name
      << "the rest of the room is used by an option that fits";
  EXPECT_EQ(Reply().error(bare + cookie_alone.size()), refused(cookie_alone));
}

// RFC 7828 §3.1: in units of 100 ms. It goes before the name and behind the reason.
TEST(DnsReplyOptions, KeepaliveIsCarriedAsLongAsThereIsRoom) {
  Reply reply;
  reply.extras.keepalive_100ms = 100;
  const Wire all = Wire().option(10, cookie()).option(3, kName).option(11, Wire().u16(100)).option(15, ede());
  EXPECT_EQ(reply.error(1'232), refused(all));
  EXPECT_EQ(reply.error(kQuestionEnd + 11 + all.size() - 6),
            refused(Wire().option(10, cookie()).option(3, kName).option(11, Wire().u16(100))));
}

// RFC 7873 §5.2: an answer that leaves no room for the cookie is too large.
TEST(DnsReplyOptions, CookieIsNeverLeftOutForRecords) {
  const Wire records = Wire().rr_at(12, 16, 60, Wire().zeros(400));
  const std::array<std::uint16_t, 1> ttl_at{6};
  const dns::AnswerImage image{.records = records.view(), .ttl_offsets = ttl_at, .ancount = 1};
  Reply reply;
  const std::size_t whole = kQuestionEnd + records.size() + 11 + 28;
  reply.client.limit_bytes = static_cast<std::uint16_t>(whole);
  EXPECT_EQ(dns::write_answer(reply.room, kQuestionEnd, reply.client, image, {}, reply.extras), whole);
  reply.client.limit_bytes = static_cast<std::uint16_t>(whole - 1);
  EXPECT_EQ(dns::write_answer(reply.room, kQuestionEnd, reply.client, image, {}, reply.extras),
            kQuestionEnd + 11 + 28 + 10 + 6);
  EXPECT_NE(std::to_integer<unsigned>(reply.room[2]) & 2U, 0U) << "TC";
}

// RFC 7873 §5.4: no question was asked, none is repeated.
TEST(DnsReplyOptions, ReplyToNoQuestionHasNone) {
  Reply reply;
  reply.extras.ede = Ede::kNone;
  reply.extras.nsid = {};
  const std::size_t size = dns::write_error(reply.room, 12, reply.client, dns::Rcode::kNoError, reply.extras);
  const Wire wanted = Wire().header(0xabcd, kReplyFlags, 0, 0, 0, 1).opt(1232, 0, Wire().option(10, cookie()));
  EXPECT_EQ(test::text(base::Bytes(reply.room).first(size)), test::text(wanted.view()));
}

// RFC 4035 §4.6: AD over an untrusted path has no meaning.
TEST(DnsReplyOptions, AdIsClearedOnRequest) {
  Reply reply;
  reply.client.query_flags |= dns::kFlagAd;
  const dns::AnswerImage image{.records = {}, .ttl_offsets = {}, .flags = dns::kFlagAd};
  static_cast<void>(dns::write_answer(reply.room, kQuestionEnd, reply.client, image, {}, reply.extras));
  EXPECT_EQ(std::to_integer<unsigned>(reply.room[3]) & dns::kFlagAd, dns::kFlagAd);
  reply.extras.ad = dns::AdBit::kClear;
  static_cast<void>(dns::write_answer(reply.room, kQuestionEnd, reply.client, image, {}, reply.extras));
  EXPECT_EQ(std::to_integer<unsigned>(reply.room[3]) & dns::kFlagAd, 0U);
}

// RFC 7873 §5.2: the client's eight bytes, and what stands behind them.
TEST(DnsQueryCookie, IsTakenApart) {
  const Wire query = Wire().header(7, kQueryFlags, 1, 0, 0, 1).question("a").opt(1232, 0, Wire().option(10, cookie()));
  const auto view = dns::QueryView::parse(query.view());
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(view->edns().has_cookie);
  EXPECT_EQ(test::text(view->edns().client_cookie), "CLIENTCK");
  EXPECT_EQ(test::text(view->server_cookie()), "ssssssssssssssss");
}

TEST(DnsQueryCookie, OfSeveralTheFirstCounts) {
  const Wire query = Wire()
                         .header(7, kQueryFlags, 1, 0, 0, 1)
                         .question("a")
                         .opt(1232, 0, Wire().option(10, kClientCookie).option(10, Wire().zeros(3)));
  const auto view = dns::QueryView::parse(query.view());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(test::text(view->edns().client_cookie), "CLIENTCK");
}

// RFC 7873 §5.4.
TEST(DnsQueryCookie, MayComeWithoutAQuestion) {
  const Wire query = Wire().header(7, kQueryFlags, 0, 0, 0, 1).opt(1232, 0, Wire().option(10, kClientCookie));
  const auto rejected = dns::QueryView::parse(query.view());
  ASSERT_FALSE(rejected.has_value());
  EXPECT_EQ(rejected.error(), dns::QueryReject::kCookieOnly);
  const auto alone = dns::CookieQuery::parse(query.view());
  ASSERT_TRUE(alone.has_value());
  EXPECT_EQ(alone->header.id.value(), 7U);
  EXPECT_EQ(test::text(alone->edns.client_cookie), "CLIENTCK");
  const Wire two = Wire().header(7, kQueryFlags, 0, 0, 0, 2).opt(1232, 0, Wire().option(10, kClientCookie)).opt();
  EXPECT_FALSE(dns::CookieQuery::parse(two.view()).has_value());
}

}  // namespace
