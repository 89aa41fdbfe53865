// SPDX-License-Identifier: Apache-2.0
#include "dns/response.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "support/dns_wire.hpp"

namespace {

using dns::AnswerKind;
using dns::ResponseReject;
using dns::ResponseView;
using test::ipv4;
using test::kReplyFlags;
using test::soa;
using test::Wire;

constexpr unsigned kCname = 5;
constexpr std::size_t kQname = 12;

class DnsResponse : public testing::Test {
 protected:
  auto parse(const Wire& wire) { return ResponseView::parse(wire.view(), *scratch_); }
  void expect_reject(const Wire& wire, ResponseReject reject) {
    const auto parsed = parse(wire);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error(), reject);
  }
  void expect_kind(const Wire& wire, AnswerKind kind) {
    const auto parsed = parse(wire);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->kind(), kind);
  }
  std::unique_ptr<dns::ResponseScratch> scratch_ = std::make_unique<dns::ResponseScratch>();
};
using DnsAnswerKind = DnsResponse;
using DnsImage = DnsResponse;
using DnsRdata = DnsResponse;

Wire reply(unsigned an, unsigned ns = 0, unsigned ar = 0, unsigned rcode = 0) {
  return Wire().header(1, kReplyFlags | rcode, 1, an, ns, ar).question("www.example");
}

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
    for (unsigned i = 0; i < count; ++i) wire.rr_at(kQname, 1, 300, ipv4(i & 0xffU));
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

// --- image ---

TEST_F(DnsImage, BorrowsTheMessageWhenTheOptIsLast) {
  const Wire wire = reply(1, 0, 2).rr_at(kQname, 1, 300, ipv4()).rr("ns", 1, 5, ipv4()).opt();
  const auto response = parse(wire);
  ASSERT_TRUE(response.has_value());
  const dns::AnswerImage& image = response->image();
  EXPECT_EQ(image.records.data(), wire.view().data() + 29);
  EXPECT_EQ(image.records.size(), wire.size() - 29 - 11);
  EXPECT_EQ(image.ancount, 1U);
  EXPECT_EQ(image.arcount, 1U);
  ASSERT_EQ(image.ttl_offsets.size(), 2U);
  EXPECT_EQ(base::load_be32(image.records.data() + image.ttl_offsets[0]), 300U);
  EXPECT_EQ(base::load_be32(image.records.data() + image.ttl_offsets[1]), 5U);
}

TEST_F(DnsImage, LeavesOutAnOptInTheMiddle) {
  const Wire options = Wire().option(65'001, Wire().zeros(5));
  const Wire wire =
      reply(1, 0, 2).rr_at(kQname, 1, 300, ipv4()).opt(512, 0, options).rr_at(kQname, 28, 8, Wire().zeros(16));
  const Wire wanted = Wire().rr_at(kQname, 1, 300, ipv4()).rr_at(kQname, 28, 8, Wire().zeros(16));
  const auto response = parse(wire);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(test::text(response->image().records), test::text(wanted.view()));
  ASSERT_EQ(response->image().ttl_offsets.size(), 2U);
  EXPECT_EQ(base::load_be32(response->image().records.data() + response->image().ttl_offsets[1]), 8U);
}

TEST_F(DnsImage, IsRefusedWhenCuttingTheOptWouldBreakAPointer) {
  Wire wire = reply(0, 0, 3).opt();
  const std::size_t behind = wire.size();
  wire.rr("ns.example", 1, 5, ipv4()).rr_at(behind, 1, 5, ipv4());
  expect_reject(wire, ResponseReject::kMalformed);
}

TEST_F(DnsImage, IsRefusedWhenANameLiesOnTheOpt) {
  const Wire wire = reply(0, 0, 2).opt(1232, 0, Wire().option(65'001, Wire().name("a")));
  const std::size_t inside = wire.size() - 3;
  expect_reject(Wire(wire).rr_at(inside, 1, 5, ipv4()), ResponseReject::kMalformed);
}

TEST_F(DnsImage, IsRefusedWhenANameRunsIntoTheOpt) {
  // The last byte of an opaque record as the length of a label that is the fixed part of the OPT; the option's code
  // begins with the root.
  const Wire before = reply(1, 0, 2).rr_at(kQname, 65'280, 9, Wire().u8(11));
  const Wire wire = Wire(before).opt(1232, 0, Wire().option(3));
  expect_reject(Wire(wire).rr_at(before.size() - 1, 1, 5, ipv4()), ResponseReject::kMalformed);
  EXPECT_TRUE(parse(Wire(wire).rr_at(kQname, 1, 5, ipv4())).has_value());
}

// A TTL changes with age, so a name must not be made of one.
TEST_F(DnsImage, IsRefusedWhenANameLiesOnATtl) {
  const std::size_t ttl = 29 + 6;
  const Wire name_in_ttl = reply(2).rr_at(kQname, 1, 0x0161'0000, ipv4());
  expect_reject(Wire(name_in_ttl).rr_at(ttl, 1, 5, ipv4()), ResponseReject::kMalformed);
  const Wire name_from_class_on = reply(2).rr_at(kQname, 1, 0x6100'0000, ipv4());
  expect_reject(Wire(name_from_class_on).rr_at(ttl - 1, 1, 5, ipv4()), ResponseReject::kMalformed);
}

// RFC 2181 §5.2.
TEST_F(DnsImage, RecordsOfOneSetGetTheirLowestTtl) {
  const Wire wire = reply(4)
                        .rr_at(kQname, 1, 300, ipv4(1))
                        .rr_at(kQname, 1, 20, ipv4(2))
                        .rr("WWW.EXAMPLE", 1, 90, ipv4(3))
                        .rr("x", 1, 70, ipv4());
  const auto response = parse(wire);
  ASSERT_TRUE(response.has_value());
  const dns::AnswerImage& image = response->image();
  ASSERT_EQ(image.ttl_offsets.size(), 4U);
  const std::uint32_t wanted[] = {20, 20, 20, 70};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(base::load_be32(image.records.data() + image.ttl_offsets[i]), wanted[i]) << i;
  }
  EXPECT_EQ(base::load_be32(wire.view().data() + 29 + 6), 300U) << "the message itself stays as it came";
}

// RFC 4034 §3: signatures of one owner have the TTLs of the sets that they cover.
TEST_F(DnsImage, SignaturesKeepTheirOwnTtls) {
  const Wire signature = Wire().zeros(19);
  for (const unsigned type : {46U, 24U}) {
    Wire wire = reply(3).rr_at(kQname, 1, 300, ipv4());
    wire.rr_at(kQname, type, 300, signature).rr_at(kQname, type, 20, signature);
    const auto response = parse(wire);
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->image().records.data(), wire.view().data() + 29) << "nothing to change, nothing copied";
  }
}

// RFC 2308 §3 and §5: those behind us may keep the answer as long as we do, and no longer.
TEST_F(DnsImage, SoaOfANegativeAnswerGetsTheNegativeTtl) {
  const auto negative = parse(reply(0, 1, 0, 3).rr("example", 6, 3600, soa(30)));
  EXPECT_EQ(base::load_be32(negative->image().records.data() + negative->image().ttl_offsets[0]), 30U);
  const auto positive = parse(reply(1, 1).rr_at(kQname, 1, 9, ipv4()).rr("example", 6, 3600, soa(30)));
  EXPECT_EQ(base::load_be32(positive->image().records.data() + positive->image().ttl_offsets[1]), 3600U);
}

// --- rdata: RFC 1035 §3.3, RFC 3597 §4 ---

struct RdataCase {
  unsigned type;
  Wire good;
};
std::vector<RdataCase> types_with_names() {
  const Wire name = Wire().u8(1).raw("x").pointer(kQname);
  const auto two = [&](Wire head) { return head.append(name.view()).append(name.view()); };
  const auto one = [&](Wire head) { return head.append(name.view()); };
  std::vector<RdataCase> cases;
  for (const unsigned type : {2U, 3U, 4U, 5U, 7U, 8U, 9U, 12U, 39U}) cases.push_back({type, one({})});
  for (const unsigned type : {14U, 17U}) cases.push_back({type, two({})});
  for (const unsigned type : {15U, 18U, 21U, 36U}) cases.push_back({type, one(Wire().u16(10))});
  cases.push_back({6, two({}).zeros(20)});
  cases.push_back({26, two(Wire().u16(1))});
  cases.push_back({33, one(Wire().zeros(6))});
  cases.push_back({35, one(Wire().u32(1).u8(1).raw("u").u8(0).u8(2).raw("!!"))});
  return cases;
}

TEST_F(DnsRdata, NamesOfTypesThatMayCompressAreChecked) {
  for (const RdataCase& c : types_with_names()) {
    EXPECT_TRUE(parse(reply(1).rr_at(kQname, c.type, 9, c.good)).has_value()) << c.type;
    expect_reject(reply(1).rr_at(kQname, c.type, 9, Wire(c.good).u8(0)), ResponseReject::kMalformed);
    Wire dangling = reply(1).rr_at(kQname, c.type, 9, c.good);
    const std::size_t last_pointer = dangling.size() - (c.type == 6 ? 22 : 2);
    dangling.bytes()[last_pointer] = std::byte{0xff};
    expect_reject(dangling, ResponseReject::kMalformed);
    // One byte less in rdlength, the byte itself left behind as trailing.
    Wire shorter = reply(1).rr_at(kQname, c.type, 9, c.good);
    shorter.bytes()[29 + 11] = static_cast<std::byte>(c.good.size() - 1);
    expect_reject(shorter, ResponseReject::kMalformed);
  }
}

TEST_F(DnsRdata, NamesBeforeAVariableTailAreCheckedToo) {
  const Wire sig = Wire().zeros(18).pointer(kQname).zeros(40);
  const Wire nxt = Wire().pointer(kQname).zeros(4);
  EXPECT_TRUE(parse(reply(1).rr_at(kQname, 24, 9, sig)).has_value());
  EXPECT_TRUE(parse(reply(1).rr_at(kQname, 30, 9, nxt)).has_value());
  expect_reject(reply(1).rr_at(kQname, 24, 9, Wire().zeros(18).pointer(1)), ResponseReject::kMalformed);
  expect_reject(reply(1).rr_at(kQname, 30, 9, Wire().pointer(1)), ResponseReject::kMalformed);
}

TEST_F(DnsRdata, AddressesHaveTheirLengthInClassIn) {
  expect_reject(reply(1).rr_at(kQname, 1, 9, Wire().zeros(5)), ResponseReject::kMalformed);
  expect_reject(reply(1).rr_at(kQname, 28, 9, Wire().zeros(4)), ResponseReject::kMalformed);
  EXPECT_TRUE(parse(reply(1).rr_at(kQname, 28, 9, Wire().zeros(16))).has_value());
  EXPECT_TRUE(parse(reply(1).pointer(kQname).fields(1, 9, Wire().name("a").u16(1), 3)).has_value());
}

// RFC 3597 §2 and §3.
TEST_F(DnsRdata, OfOtherTypesIsOpaque) {
  for (const unsigned type : {16U, 46U, 64U, 65'280U}) {
    EXPECT_TRUE(parse(reply(1).rr_at(kQname, type, 9, Wire().u8(0xff).u8(0xff))).has_value()) << type;
    EXPECT_TRUE(parse(reply(1).rr_at(kQname, type, 9, {})).has_value()) << type;
  }
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
