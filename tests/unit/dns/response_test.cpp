// SPDX-License-Identifier: Apache-2.0
#include "response_fixture.hpp"

namespace {

using dns::AnswerKind;
using dns::ResponseReject;
using test::DnsResponse;
using test::ipv4;
using test::kCname;
using test::kQname;
using test::kReplyFlags;
using test::reply;
using test::soa;
using test::Wire;
using DnsAnswerKind = DnsResponse;

TEST_F(DnsResponse, GivesItsFields) {
  const Wire wire = reply(1, 0, 1).rr_at(kQname, 1, 300, ipv4()).opt(4096, 0x0000'8000);
  const auto response = parse(wire);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->header().id.value(), 1U);
  EXPECT_EQ(response->qtype(), dns::QType::kA);
  EXPECT_EQ(response->qname().size(), 13U);
  EXPECT_EQ(response->min_ttl_sec(), 300U);
  EXPECT_FALSE(response->has_soa());
  EXPECT_TRUE(response->edns().present);
  EXPECT_TRUE(response->edns().dnssec_ok);
  EXPECT_EQ(response->rcode(), dns::Rcode::kNoError);
}

TEST_F(DnsResponse, IsRefusedForWhatItsHeaderSays) {
  expect_reject(Wire().zeros(11), ResponseReject::kShort);
  expect_reject(Wire().header(1, dns::kFlagRd, 1).question("a"), ResponseReject::kIsQuery);
  expect_reject(Wire().header(1, kReplyFlags | 0x2800, 1).question("a"), ResponseReject::kOpcode);
  expect_reject(Wire().header(1, kReplyFlags, 0), ResponseReject::kQuestionCount);
  expect_reject(Wire().header(1, kReplyFlags, 2).question("a").question("a"), ResponseReject::kQuestionCount);
}

TEST_F(DnsResponse, CutAnywhereIsMalformed) {
  const Wire whole = reply(1, 1, 1).rr_at(kQname, 1, 300, ipv4()).rr("example", 6, 60, soa(30)).opt();
  ASSERT_TRUE(parse(whole).has_value());
  for (std::size_t size = dns::kHeaderBytes; size < whole.size(); ++size) {
    expect_reject(Wire().append(whole.view().first(size)), ResponseReject::kMalformed);
  }
}

TEST_F(DnsResponse, WithBytesBehindItIsMalformed) {
  expect_reject(reply(1).rr_at(kQname, 1, 300, ipv4()).u8(0), ResponseReject::kMalformed);
}

TEST_F(DnsResponse, WithACompressedQuestionIsMalformed) {
  expect_reject(Wire().header(1, kReplyFlags, 1).u8(1).raw("a").pointer(12).u16(1).u16(1), ResponseReject::kMalformed);
}

TEST_F(DnsResponse, LongerThanAMessageCanBeIsMalformed) {
  Wire wire = reply(1).rr_at(kQname, 16, 1, Wire().zeros(65'000));
  ASSERT_TRUE(parse(wire).has_value());
  wire = reply(2).rr_at(kQname, 16, 1, Wire().zeros(65'000)).rr_at(kQname, 16, 1, Wire().zeros(600));
  expect_reject(wire, ResponseReject::kMalformed);
}

// RFC 6891 §6.1.1.
TEST_F(DnsResponse, TakesOneOptOwnedByTheRootInAdditional) {
  expect_reject(reply(0, 0, 2).opt().opt(), ResponseReject::kMalformed);
  expect_reject(reply(0, 0, 1).rr_at(kQname, 41, 0, {}), ResponseReject::kMalformed);
  expect_reject(reply(0, 1, 0).opt(), ResponseReject::kMalformed);
  expect_reject(reply(1, 0, 0).opt(), ResponseReject::kMalformed);
  expect_reject(reply(0, 0, 1).opt(1232, 0, Wire().u16(3).u16(1)), ResponseReject::kMalformed);
}

// RFC 6891 §6.1.3: the upper eight bits of the rcode stand in OPT.
TEST_F(DnsResponse, RcodeIsMadeOfHeaderAndOpt) {
  EXPECT_EQ(parse(reply(0, 0, 1, 7).opt(1232, 0x0100'0000))->rcode(), dns::Rcode::kBadCookie);
}

TEST_F(DnsResponse, TakesAsManyRecordsAsWeWalkAndNoMore) {
  const auto many = [](unsigned count) {
    Wire wire = reply(count);
    for (unsigned i = 0; i < count; ++i) wire.rr_at(kQname, 0xff00, 300, Wire());
    return wire;
  };
  EXPECT_TRUE(parse(many(dns::kMaxRecords)).has_value());
  expect_reject(many(dns::kMaxRecords + 1), ResponseReject::kTooComplex);
}

// RFC 8767 §4 amends RFC 2181 §8: a TTL with the top bit is large, not zero.
TEST_F(DnsResponse, TtlWithTheTopBitIsLarge) {
  EXPECT_EQ(parse(reply(1).rr_at(kQname, 1, 0x8000'0000, ipv4()))->min_ttl_sec(), 0x7fff'ffffU);
}

TEST_F(DnsResponse, SmallestTtlIsThatOfTheAnswerSection) {
  const auto positive = parse(
      reply(2, 1).rr_at(kQname, kCname, 50, Wire().name("b")).rr("b", 1, 40, ipv4()).rr("x", 2, 7, Wire().name("y")));
  EXPECT_EQ(positive->min_ttl_sec(), 40U);
  const auto empty = parse(reply(0, 1).rr("example", 6, 60, soa(30)));
  EXPECT_EQ(empty->min_ttl_sec(), 60U);
  EXPECT_EQ(parse(reply(0))->min_ttl_sec(), 0U);
}

// RFC 2308 §5.
TEST_F(DnsResponse, NegativeTtlIsTheSmallerOfSoaTtlAndMinimum) {
  EXPECT_EQ(parse(reply(0, 1, 0, 3).rr("example", 6, 60, soa(30)))->negative_ttl_sec(), 30U);
  EXPECT_EQ(parse(reply(0, 1, 0, 3).rr("example", 6, 20, soa(30)))->negative_ttl_sec(), 20U);
  const auto without = parse(reply(0, 0, 0, 3));
  EXPECT_FALSE(without->has_soa());
}

// --- kinds ---

TEST_F(DnsAnswerKind, IsPositiveWithTheAskedType) {
  expect_kind(reply(1).rr("WWW.eXample", 1, 9, ipv4()), AnswerKind::kPositive);
}

TEST_F(DnsAnswerKind, FollowsTheCnameChain) {
  expect_kind(reply(2).rr_at(kQname, kCname, 9, Wire().name("B.net")).rr("b.NET", 1, 9, ipv4()), AnswerKind::kPositive);
  expect_kind(reply(2).rr("b.net", 1, 9, ipv4()).rr_at(kQname, kCname, 9, Wire().name("b.net")), AnswerKind::kPositive);
}

TEST_F(DnsAnswerKind, OfAChainWithoutEndIsNoData) {
  expect_kind(reply(1, 1).rr_at(kQname, kCname, 9, Wire().name("b.net")).rr("net", 6, 9, soa(1)), AnswerKind::kNoData);
  expect_kind(reply(2).rr_at(kQname, kCname, 9, Wire().name("b.net")).rr("c.net", 1, 9, ipv4()), AnswerKind::kNoData);
}

TEST_F(DnsAnswerKind, OfAskedCnameIsPositiveWithoutFollowing) {
  const Wire wire =
      Wire().header(1, kReplyFlags, 1, 1).question("a", kCname).rr_at(kQname, kCname, 9, Wire().name("b"));
  expect_kind(wire, AnswerKind::kPositive);
}

// RFC 6672 §3: the DNAME stands beside the CNAME that was made from it.
TEST_F(DnsAnswerKind, ToleratesDname) {
  Wire wire = reply(3);
  wire.rr("example", 39, 9, Wire().name("other")).rr_at(kQname, kCname, 9, Wire().name("www.other"));
  expect_kind(wire.rr("www.other", 1, 9, ipv4()), AnswerKind::kPositive);
}

TEST_F(DnsAnswerKind, OfAnyIsPositiveWithWhateverTheNameHas) {
  const Wire wire = Wire().header(1, kReplyFlags, 1, 1).question("a", 255).rr_at(kQname, 13, 9, Wire().u8(0).u8(0));
  expect_kind(wire, AnswerKind::kPositive);
}

TEST_F(DnsAnswerKind, OfAnEmptyAnswerIsNoData) {
  expect_kind(reply(0, 1).rr("example", 6, 9, soa(1)), AnswerKind::kNoData);
  expect_kind(reply(0), AnswerKind::kNoData);
}

TEST_F(DnsAnswerKind, IsNxDomainWithOrWithoutAChain) {
  expect_kind(reply(0, 1, 0, 3).rr("example", 6, 9, soa(1)), AnswerKind::kNxDomain);
  expect_kind(reply(1, 0, 0, 3).rr_at(kQname, kCname, 9, Wire().name("b")), AnswerKind::kNxDomain);
}

// RFC 2308 §2.1: NS without SOA refers elsewhere.
TEST_F(DnsAnswerKind, OfAReferralIsFailure) {
  expect_kind(reply(0, 1).rr("example", 2, 9, Wire().name("ns.example")), AnswerKind::kFailure);
}

TEST_F(DnsAnswerKind, OfRecordsOfAnotherNameIsFailure) {
  expect_kind(reply(1).rr("other.example", 1, 9, ipv4()), AnswerKind::kFailure);
}

TEST_F(DnsAnswerKind, OfRecordsOfAnotherNameBesideAnSoaIsNoData) {
  expect_kind(reply(1, 1).rr("other.example", 1, 9, ipv4()).rr("example", 6, 9, soa(1)), AnswerKind::kNoData);
}

TEST_F(DnsAnswerKind, OfAnotherClassIsFailure) {
  expect_kind(reply(1).pointer(kQname).fields(1, 9, ipv4(), 3), AnswerKind::kFailure);
}

TEST_F(DnsAnswerKind, OfACnameLoopIsFailure) {
  expect_kind(reply(2).rr_at(kQname, kCname, 9, Wire().name("b")).rr("b", kCname, 9, Wire().pointer(kQname)),
              AnswerKind::kFailure);
}

TEST_F(DnsAnswerKind, OfAnotherRcodeIsFailure) {
  for (const unsigned rcode : {1U, 2U, 4U, 5U, 9U}) expect_kind(reply(0, 0, 0, rcode), AnswerKind::kFailure);
}

TEST_F(DnsAnswerKind, WithTcIsTruncatedWhateverElseItSays) {
  const Wire wire = Wire().header(1, kReplyFlags | dns::kFlagTc, 1, 1).question("a").rr_at(kQname, 1, 9, ipv4());
  expect_kind(wire, AnswerKind::kTruncated);
}

// Some servers compress against names in rdata that a forwarder does not look into.
TEST_F(DnsResponse, TakesPointersToNamesInOpaqueRdata) {
  const Wire wire = reply(2).rr("example", 46, 9, Wire().zeros(18).name("signer.example").u8(1));
  const std::size_t signer = wire.size() - 17;
  EXPECT_TRUE(parse(Wire(wire).rr_at(signer, 1, 9, ipv4())).has_value());
  EXPECT_TRUE(parse(Wire(wire).rr_at(signer + 7, 1, 9, ipv4())).has_value());
  expect_reject(Wire(wire).rr_at(signer + 1, 1, 9, ipv4()), ResponseReject::kMalformed);  // 's' is no label length
}

TEST_F(DnsResponse, RefusesPointersThatLeadToNoName) {
  expect_reject(reply(1).rr_at(4, 1, 9, ipv4()), ResponseReject::kMalformed);  // a zero byte, but of the header
  const Wire loop = reply(2).rr_at(kQname, 65'280, 9, Wire().u8(4).u8('x').pointer(41).u8('y').u8(0));
  expect_reject(Wire(loop).rr_at(43, 1, 9, ipv4()), ResponseReject::kMalformed);
}

TEST_F(DnsResponse, RefusesANameThatAPointerMakesTooLong) {
  const std::string l63(63, 'x');
  const Wire wire = Wire().header(1, kReplyFlags, 1, 1).question(l63 + '.' + l63 + '.' + l63);
  const auto owner = [&](unsigned length) {
    return Wire(wire).u8(length).raw(std::string(length, 'y')).rr_at(kQname, 1, 9, ipv4());
  };
  EXPECT_TRUE(parse(owner(61)).has_value());
  expect_reject(owner(62), ResponseReject::kMalformed);
}

// --- work ---

/// Records of which each owner is a pointer to the owner before.
Wire chain_of_pointers(unsigned records) {
  Wire wire = reply(records);
  std::size_t before = kQname;
  for (unsigned i = 0; i < records; ++i) {
    const std::size_t at = wire.size();
    wire.rr_at(before, 1, 9, ipv4());
    before = at;
  }
  return wire;
}

TEST_F(DnsResponse, TakesChainsOf128PointersAndRefuses129) {
  expect_kind(chain_of_pointers(128), AnswerKind::kPositive);
  expect_reject(chain_of_pointers(129), ResponseReject::kMalformed);
}

TEST_F(DnsResponse, ThatNeedsTooManyNameStepsIsTooComplex) {
  // Two hundred names that differ from the asked one only in their hundred-and-first label.
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "a.";
  Wire wire = Wire().header(1, kReplyFlags, 1, 200).question(deep + "b");
  for (unsigned i = 0; i < 200; ++i) wire.rr(deep + std::to_string(i % 9), 1, 9, ipv4());
  expect_reject(wire, ResponseReject::kTooComplex);
}

}  // namespace
