// SPDX-License-Identifier: Apache-2.0
#include "dns/query.hpp"

#include <gtest/gtest.h>

#include "dns/question_key.hpp"
#include "support/dns_wire.hpp"

namespace {

using dns::QueryReject;
using dns::QueryView;
using test::kQueryFlags;
using test::Wire;

void expect_reject(const Wire& wire, QueryReject reject) {
  const auto parsed = QueryView::parse(wire.view());
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error(), reject);
}
Wire query_with_opt(const Wire& options, std::uint32_t ttl = 0, unsigned payload = 1232) {
  return Wire().header(7, kQueryFlags, 1, 0, 0, 1).question("www.example").opt(payload, ttl, options);
}

TEST(DnsQuery, GivesItsFields) {
  const Wire wire = Wire().header(0x1234, kQueryFlags, 1).question("wWw.example", 28, 1);
  const auto query = QueryView::parse(wire.view());
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->header().id.value(), 0x1234);
  EXPECT_EQ(query->qtype(), dns::QType::kAaaa);
  EXPECT_EQ(query->qclass(), dns::QClass::kIn);
  EXPECT_EQ(query->qname().size(), 13U);
  EXPECT_EQ(query->question_end(), wire.size());
  EXPECT_FALSE(query->edns().present);
  EXPECT_EQ(query->edns().udp_limit_bytes(), 512U);
  EXPECT_FALSE(query->is_signed());
}

TEST(DnsQuery, ShorterThanAHeaderIsDropped) {
  expect_reject(Wire().zeros(11), QueryReject::kShort);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kShort), dns::Rcode::kNoError);
}

TEST(DnsQuery, ThatIsAResponseIsDropped) {
  expect_reject(Wire().header(1, test::kReplyFlags, 1).question("a"), QueryReject::kIsResponse);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kIsResponse), dns::Rcode::kNoError);
}

TEST(DnsQuery, OfABareHeaderIsDropped) {
  expect_reject(Wire().header(1, kQueryFlags, 0), QueryReject::kHeaderOnly);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kHeaderOnly), dns::Rcode::kNoError);
}

// RFC 8906 §3.1.4: an unknown opcode is answered NOTIMP.
TEST(DnsQuery, WithAnotherOpcodeIsOwedNotImp) {
  for (unsigned opcode = 1; opcode < 16; ++opcode) {
    expect_reject(Wire().header(1, opcode << 11U, 1).question("a"), QueryReject::kOpcode);
  }
  EXPECT_EQ(dns::owed_rcode(QueryReject::kOpcode), dns::Rcode::kNotImp);
}

// RFC 9619 §4.
TEST(DnsQuery, WithMoreOrLessThanOneQuestionIsOwedFormErr) {
  expect_reject(Wire().header(1, kQueryFlags, 2).question("a").question("b"), QueryReject::kQuestionCount);
  expect_reject(Wire().header(1, kQueryFlags, 0, 0, 0, 1).opt(), QueryReject::kQuestionCount);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kQuestionCount), dns::Rcode::kFormErr);
}

TEST(DnsQuery, WithRecordsInAnswerOrAuthorityIsOwedFormErr) {
  expect_reject(Wire().header(1, kQueryFlags, 1, 1).question("a").rr("a", 1, 1, test::ipv4()),
                QueryReject::kSectionCounts);
  expect_reject(Wire().header(1, kQueryFlags, 1, 0, 1).question("a").rr("a", 1, 1, test::ipv4()),
                QueryReject::kSectionCounts);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kSectionCounts), dns::Rcode::kFormErr);
}

TEST(DnsQuery, WithMoreAdditionalRecordsThanWeTakeIsOwedFormErr) {
  Wire wire = Wire().header(1, kQueryFlags, 1, 0, 0, 5).question("a").opt();
  for (int i = 0; i < 4; ++i) wire.rr("b", 1, 0, test::ipv4());
  expect_reject(wire, QueryReject::kSectionCounts);
}

TEST(DnsQuery, CutAnywhereIsMalformed) {
  const Wire whole = query_with_opt(Wire().option(10, Wire().zeros(8)));
  const std::size_t question_end = QueryView::parse(whole.view())->question_end();
  for (std::size_t size = dns::kHeaderBytes; size < whole.size(); ++size) {
    expect_reject(Wire().append(whole.view().first(size)),
                  size < question_end ? QueryReject::kBrokenQuestion : QueryReject::kMalformed);
  }
  EXPECT_EQ(dns::owed_rcode(QueryReject::kBrokenQuestion), dns::Rcode::kFormErr);
  EXPECT_EQ(dns::owed_rcode(QueryReject::kMalformed), dns::Rcode::kFormErr);
}

TEST(DnsQuery, WithBytesBehindItIsMalformed) {
  expect_reject(Wire().header(1, kQueryFlags, 1).question("a").u8(0), QueryReject::kMalformed);
}

TEST(DnsQuery, WithACompressedNameIsMalformed) {
  expect_reject(Wire().header(1, kQueryFlags, 1).u8(1).raw("a").pointer(12).u16(1).u16(1),
                QueryReject::kBrokenQuestion);
}

// RFC 5625 §4.1, RFC 8906 §3.1.3: no flag is a reason to refuse.
TEST(DnsQuery, IsTakenWhateverItsFlags) {
  for (unsigned bit = 0; bit < 15; ++bit) {
    if (((1U << bit) & dns::kOpcodeMask) != 0) continue;
    EXPECT_TRUE(QueryView::parse(Wire().header(1, 1U << bit, 1).question("a").view()).has_value()) << bit;
  }
}

// RFC 3597 §2.
TEST(DnsQuery, IsTakenWhateverItsTypeAndClass) {
  const Wire wire = Wire().header(1, 0, 1).question("a", 65'280, 4711);
  const auto query = QueryView::parse(wire.view());
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(static_cast<unsigned>(query->qtype()), 65'280U);
  EXPECT_EQ(static_cast<unsigned>(query->qclass()), 4711U);
}

// RFC 6891 §6.1.
TEST(DnsEdns, GivesPayloadVersionAndDo) {
  const auto query = QueryView::parse(query_with_opt({}, 0x0000'8000, 4096).view());
  ASSERT_TRUE(query.has_value());
  EXPECT_TRUE(query->edns().present);
  EXPECT_TRUE(query->edns().dnssec_ok);
  EXPECT_EQ(query->edns().udp_payload_bytes, 4096U);
  EXPECT_EQ(query->edns().udp_limit_bytes(), 1232U);
}

// RFC 6891 §6.2.3: less than 512 means 512.
TEST(DnsEdns, PayloadStaysWithin512And1232) {
  EXPECT_EQ(QueryView::parse(query_with_opt({}, 0, 100).view())->edns().udp_limit_bytes(), 512U);
  EXPECT_EQ(QueryView::parse(query_with_opt({}, 0, 800).view())->edns().udp_limit_bytes(), 800U);
}

// RFC 6891 §6.1.3: a newer version is answered BADVERS, so it must parse, whatever its rdata holds.
TEST(DnsEdns, OfANewerVersionStillParses) {
  const auto query = QueryView::parse(query_with_opt(Wire().u8(1), 0x0001'0000).view());
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->edns().version, 1U);
}

// RFC 6891 §6.1.1: one OPT at most, owned by the root.
TEST(DnsEdns, TwiceIsMalformed) {
  expect_reject(Wire().header(1, 0, 1, 0, 0, 2).question("a").opt().opt(), QueryReject::kMalformed);
}
TEST(DnsEdns, OwnedByAnotherNameIsMalformed) {
  expect_reject(Wire().header(1, 0, 1, 0, 0, 1).question("a").name("b").fields(41, 0, {}), QueryReject::kMalformed);
  expect_reject(Wire().header(1, 0, 1, 0, 0, 1).question("a").pointer(14).fields(41, 0, {}), QueryReject::kMalformed);
}

// RFC 6891 §6.1.2: options that we do not know are ignored.
TEST(DnsEdns, UnknownOptionsAndZBitsAreIgnored) {
  const Wire options = Wire().option(65'001, Wire().raw("x")).option(3).option(12, Wire().zeros(30));
  const auto query = QueryView::parse(query_with_opt(options, 0x0000'7fff).view());
  ASSERT_TRUE(query.has_value());
  EXPECT_TRUE(query->edns().wants_nsid);
  EXPECT_FALSE(query->edns().dnssec_ok);
}

TEST(DnsEdns, TakesAsManyOptionsAsWeWalkAndNoMore) {
  Wire options;
  for (std::size_t i = 0; i < dns::kMaxEdnsOptions; ++i) options.option(65'001);
  EXPECT_TRUE(QueryView::parse(query_with_opt(options).view()).has_value());
  expect_reject(query_with_opt(options.option(65'001)), QueryReject::kMalformed);
}

TEST(DnsEdns, OptionBeyondTheRdataIsMalformed) {
  expect_reject(query_with_opt(Wire().u16(65'001).u16(1)), QueryReject::kMalformed);
  expect_reject(query_with_opt(Wire().u16(65'001).u8(0)), QueryReject::kMalformed);
}

// RFC 7873 §5.2.2: 8 bytes, or 16 to 40.
TEST(DnsEdns, CookieOfAnyOtherLengthIsMalformed) {
  for (std::size_t size = 0; size < 50; ++size) {
    const bool valid = size == 8 || (size >= 16 && size <= 40);
    EXPECT_EQ(QueryView::parse(query_with_opt(Wire().option(10, Wire().zeros(size))).view()).has_value(), valid)
        << size;
  }
}

// RFC 8945 §5.1, RFC 2931 §3: signed messages are noted, not judged.
TEST(DnsQuery, WithASignatureIsNoted) {
  const Wire tsig =
      Wire().header(1, 0, 1, 0, 0, 2).question("a").opt().name("key").fields(250, 0, Wire().zeros(9), 255);
  const Wire sig0 = Wire().header(1, 0, 1, 0, 0, 1).question("a").name("").fields(24, 0, Wire().zeros(30), 255);
  EXPECT_TRUE(QueryView::parse(tsig.view())->is_signed());
  EXPECT_TRUE(QueryView::parse(sig0.view())->is_signed());
}

TEST(DnsQuestionKey, IsTheSameForEveryLetterCase) {
  const Wire a = Wire().header(1, 0, 1).question("WWW.Example.COM", 28, 1);
  const Wire b = Wire().header(2, 0, 1).question("www.eXAMPLE.com", 28, 1);
  dns::QuestionKey first;
  dns::QuestionKey second;
  first.assign(QueryView::parse(a.view())->qname(), dns::QType::kAaaa, dns::QClass::kIn, dns::UplinkId(3), 1);
  second.assign(QueryView::parse(b.view())->qname(), dns::QType::kAaaa, dns::QClass::kIn, dns::UplinkId(3), 1);
  EXPECT_EQ(first.view(), second.view());
  EXPECT_EQ(first.size(), dns::kKeyPrefixBytes + 17);
  EXPECT_EQ(first.view().qtype(), dns::QType::kAaaa);
  EXPECT_EQ(first.view().qclass(), dns::QClass::kIn);
  EXPECT_EQ(first.view().uplink(), dns::UplinkId(3));
  EXPECT_EQ(first.view().flags(), 1U);
  EXPECT_EQ(test::text(first.view().qname()), test::text(Wire().name("www.example.com").view()));
}

TEST(DnsQuestionKey, DiffersInEachField) {
  const Wire wire = Wire().name("a");
  base::ByteReader in(wire.view());
  const dns::NameView name = dns::NameView::read_plain(in);
  const auto key = [&](dns::QType type, dns::QClass klass, unsigned view, std::uint8_t flags) {
    dns::QuestionKey made;
    made.assign(name, type, klass, dns::UplinkId(static_cast<std::uint16_t>(view)), flags);
    return made;
  };
  const dns::QuestionKey base = key(dns::QType::kA, dns::QClass::kIn, 0, 0);
  EXPECT_FALSE(base.view() == key(dns::QType::kAaaa, dns::QClass::kIn, 0, 0).view());
  EXPECT_FALSE(base.view() == key(dns::QType::kA, dns::QClass::kCh, 0, 0).view());
  EXPECT_FALSE(base.view() == key(dns::QType::kA, dns::QClass::kIn, 1, 0).view());
  EXPECT_FALSE(base.view() == key(dns::QType::kA, dns::QClass::kIn, 0, 1).view());
  EXPECT_TRUE(base.view() == key(dns::QType::kA, dns::QClass::kIn, 0, 0).view());
}

}  // namespace
