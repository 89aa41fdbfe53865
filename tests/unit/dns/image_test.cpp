// SPDX-License-Identifier: Apache-2.0
#include "response_fixture.hpp"

namespace {

using dns::ResponseReject;
using test::ipv4;
using test::kQname;
using test::reply;
using test::soa;
using test::Wire;
using DnsImage = test::DnsResponse;
using DnsRdata = test::DnsResponse;

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
  const Wire nxdomain = reply(0, 1, 0, 3).rr("example", 6, 3600, soa(30));  // the images borrow their messages
  const auto negative = parse(nxdomain);
  EXPECT_EQ(base::load_be32(negative->image().records.data() + negative->image().ttl_offsets[0]), 30U);
  const Wire with_authority = reply(1, 1).rr_at(kQname, 1, 9, ipv4()).rr("example", 6, 3600, soa(30));
  const auto positive = parse(with_authority);
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

}  // namespace
