// SPDX-License-Identifier: Apache-2.0
#include "dns/answer.hpp"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "dns/response.hpp"
#include "support/dns_wire.hpp"

namespace {

using dns::ClientState;
using dns::Ede;
using test::ipv4;
using test::kReplyFlags;
using test::Wire;

/// A client's query and the room behind it.
struct Client {
  explicit Client(const Wire& wire, std::size_t room_bytes = 4096) : room(std::max(room_bytes, wire.size())) {
    std::copy(wire.view().begin(), wire.view().end(), room.begin());
    const auto query = dns::QueryView::parse(base::Bytes(room).first(wire.size()));
    state = ClientState::of_udp(*query);
    question_end = query->question_end();
  }
  std::vector<std::byte> room;
  ClientState state;
  std::size_t question_end = 0;
};
Wire plain(unsigned flags = dns::kFlagRd) { return Wire().header(0xabcd, flags, 1).question("WwW.example"); }
Wire with_opt(std::uint32_t ttl = 0, unsigned payload = 1232, unsigned flags = dns::kFlagRd) {
  return Wire().header(0xabcd, flags, 1, 0, 0, 1).question("WwW.example").opt(payload, ttl);
}

class DnsAnswer : public testing::Test {
 protected:
  dns::AnswerImage image_of(const Wire& response) {
    stored_ = response;
    const auto parsed = dns::ResponseView::parse(stored_.view(), *scratch_);
    EXPECT_TRUE(parsed.has_value());
    return parsed->image();
  }
  dns::AnswerImage small_image(unsigned flags = 0, std::uint32_t ttl = 300) {
    return image_of(Wire().header(1, kReplyFlags | flags, 1, 1).question("www.example").rr_at(12, 1, ttl, ipv4()));
  }
  dns::AnswerImage image_of_size(std::size_t records_bytes) {
    return image_of(Wire()
                        .header(1, kReplyFlags, 1, 1)
                        .question("www.example")
                        .rr_at(12, 16, 300, Wire().zeros(records_bytes - 12)));
  }
  static Wire write(Client& client, const dns::AnswerImage& image, const dns::TtlRule& ttl = {}, Ede ede = Ede::kNone) {
    const std::size_t size = dns::write_answer(client.room, client.question_end, client.state, image, ttl, ede);
    EXPECT_LE(size, client.room.size());
    return Wire().append(base::Bytes(client.room).first(size));
  }
  static unsigned flags_of(const Wire& reply) { return base::load_be16(reply.view().data() + 2); }
  static std::uint32_t ttl_of(const Wire& reply) { return base::load_be32(reply.view().data() + 29 + 6); }

  Wire stored_;
  std::unique_ptr<dns::ResponseScratch> scratch_ = std::make_unique<dns::ResponseScratch>();
};

std::string str(const Wire& wire) { return test::text(wire.view()); }

TEST_F(DnsAnswer, IsTheClientsQuestionAndTheStoredRecords) {
  Client client(plain());
  const Wire wanted = Wire().header(0xabcd, kReplyFlags, 1, 1).question("WwW.example").rr_at(12, 1, 300, ipv4());
  EXPECT_EQ(str(write(client, small_image(dns::kFlagAa | dns::kFlagAd))), str(wanted));
}

// RFC 6891 §7: an OPT for a client that sent one, none for others.
TEST_F(DnsAnswer, CarriesOurOwnOptOnlyForAClientThatSentOne) {
  Client client(with_opt(0x0000'8000, 4096));
  const Wire wanted = Wire()
                          .header(0xabcd, kReplyFlags, 1, 1, 0, 1)
                          .question("WwW.example")
                          .rr_at(12, 1, 300, ipv4())
                          .opt(1232, 0x0000'8000);
  EXPECT_EQ(str(write(client, small_image())), str(wanted));
}

// RFC 1035 §4.1.1, RFC 4035 §3.2.2: RD and CD are the client's; nothing else of its flags returns.
TEST_F(DnsAnswer, CopiesRdAndCdAndNothingElse) {
  Client none(plain(0));
  EXPECT_EQ(flags_of(write(none, small_image())), dns::kFlagQr | dns::kFlagRa);
  Client all(plain(0x07ff));
  EXPECT_EQ(flags_of(write(all, small_image())), dns::kFlagQr | dns::kFlagRa | dns::kFlagRd | dns::kFlagCd);
}

// RFC 6840 §5.8.
TEST_F(DnsAnswer, SaysAdOnlyWhenItWasSaidAndAsked) {
  Client silent(plain());
  Client by_ad(plain(dns::kFlagAd));
  Client by_do(with_opt(0x0000'8000));
  EXPECT_EQ(flags_of(write(silent, small_image(dns::kFlagAd))) & dns::kFlagAd, 0U);
  EXPECT_NE(flags_of(write(by_ad, small_image(dns::kFlagAd))) & dns::kFlagAd, 0U);
  EXPECT_NE(flags_of(write(by_do, small_image(dns::kFlagAd))) & dns::kFlagAd, 0U);
  EXPECT_EQ(flags_of(write(by_ad, small_image())) & dns::kFlagAd, 0U);
}

TEST_F(DnsAnswer, AgesTtlsDownToTheFloor) {
  Client client(plain());
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 100})), 200U);
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 299})), 1U);
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 4000})), 1U);
  EXPECT_EQ(ttl_of(write(client, small_image(0, 0), {.floor_sec = 0})), 0U);
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 5, .floor_sec = 400})), 400U);
}

TEST_F(DnsAnswer, CapsTtlsBeforeAgeingThem) {
  Client client(plain());
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 10, .cap_sec = 60})), 50U);
}

// RFC 8767 §4: a stored TTL with the top bit counts as 2^31-1.
TEST_F(DnsAnswer, NeverSaysATtlWithTheTopBit) {
  Client client(plain());
  EXPECT_EQ(ttl_of(write(client, small_image(0, 0xffff'ffff))), 0x7fff'ffffU);
}

TEST_F(DnsAnswer, StaleTtlReplacesEveryOther) {
  Client client(plain());
  EXPECT_EQ(ttl_of(write(client, small_image(), {.age_sec = 100, .all_sec = 30})), 30U);
}

// RFC 8914 §2.
TEST_F(DnsAnswer, CarriesAnExtendedErrorForAClientWithEdns) {
  Client client(with_opt());
  const Wire reply = write(client, small_image(), {}, Ede::kStale);
  const Wire opt = Wire().opt(1232, 0, Wire().option(15, Wire().u16(3)));
  EXPECT_EQ(str(Wire().append(reply.view().last(opt.size()))), str(opt));
  Client without(plain());
  EXPECT_EQ(write(without, small_image(), {}, Ede::kStale).size(), 29U + 16U);
}

// RFC 2181 §9, RFC 1035 §4.2.1: no half answers.
TEST_F(DnsAnswer, AboveTheClientsLimitBecomesTcWithTheQuestion) {
  const std::size_t spare = 512 - 29;
  Client fits(plain());
  EXPECT_EQ(write(fits, image_of_size(spare)).size(), 512U);
  Client over(plain());
  const Wire truncated = Wire().header(0xabcd, kReplyFlags | dns::kFlagTc, 1).question("WwW.example");
  EXPECT_EQ(str(write(over, image_of_size(spare + 1))), str(truncated));
}

TEST_F(DnsAnswer, KeepsTcRuleAtEverySizeAndLimit) {
  for (std::size_t payload = 500; payload <= 1240; payload += 4) {
    for (std::size_t around = 0; around < 24; ++around) {
      Client client(with_opt(0, static_cast<unsigned>(payload)));
      const std::size_t limit = client.state.limit_bytes;
      ASSERT_EQ(limit, std::clamp<std::size_t>(payload, 512, 1232));
      const std::size_t records = limit - 29 - 20 + around;
      const Wire reply = write(client, image_of_size(records), {}, Ede::kStale);
      ASSERT_LE(reply.size(), limit);
      const bool fits = 29 + records + 11 <= limit;
      const bool fits_ede = 29 + records + 17 <= limit;
      ASSERT_EQ((flags_of(reply) & dns::kFlagTc) == 0, fits);
      ASSERT_EQ(reply.size(), !fits ? 29 + 17 : 29 + records + (fits_ede ? 17 : 11)) << "EDE goes first";
    }
  }
}

TEST_F(DnsAnswer, NeverWritesBeyondTheRoom) {
  for (std::size_t room = 29; room < 80; ++room) {
    Client client(plain(), room);
    client.room.resize(room);
    client.state.edns.present = true;
    client.state.limit_bytes = 1232;
    const std::size_t size = write(client, small_image(), {}, Ede::kStale).size();
    EXPECT_EQ(size, room >= 62 ? 62 : room >= 56 ? 56 : room >= 46 ? 46 : room >= 40 ? 40 : 29) << room;
  }
  Client client(plain());
  EXPECT_EQ(
      dns::write_answer(base::MutableBytes(client.room).first(28), 29, client.state, small_image(), {}, Ede::kNone),
      0U);
}

TEST_F(DnsAnswer, OfATruncatedImageIsTruncated) {
  Client client(with_opt());
  const Wire wanted = Wire().header(0xabcd, kReplyFlags | dns::kFlagTc, 1, 0, 0, 1).question("WwW.example").opt();
  EXPECT_EQ(str(write(client, small_image(dns::kFlagTc))), str(wanted));
}

TEST_F(DnsAnswer, OfNoDataVouchesForNothing) {
  Client client(with_opt(0x0000'8000));
  EXPECT_EQ(flags_of(write(client, small_image(dns::kFlagTc | dns::kFlagAd))) & dns::kFlagAd, 0U);
}

TEST_F(DnsAnswer, StoredRcodeThatNeedsOptBecomesServFailWithoutIt) {
  const Wire response = Wire().header(1, kReplyFlags | 7, 1, 0, 0, 1).question("www.example").opt(1232, 0x0100'0000);
  Client with(with_opt());
  EXPECT_EQ(flags_of(write(with, image_of(response))) & 0xfU, 7U);
  Client without(plain());
  EXPECT_EQ(flags_of(write(without, image_of(response))) & 0xfU, 2U);
}

TEST_F(DnsAnswer, CarriesTheStoredRcode) {
  Client client(plain());
  EXPECT_EQ(flags_of(write(client, image_of(Wire().header(1, kReplyFlags | 3, 1).question("www.example")))) & 0xfU, 3U);
}

// RFC 6891 §6.1.3, §9.
TEST_F(DnsAnswer, BadVersStandsInOptAndHeader) {
  Client client(with_opt(0x0005'0000));
  const std::size_t size =
      dns::write_error(client.room, client.question_end, client.state, dns::Rcode::kBadVers, Ede::kNone);
  const Wire wanted = Wire().header(0xabcd, kReplyFlags, 1, 0, 0, 1).question("WwW.example").opt(1232, 0x0100'0000);
  EXPECT_EQ(test::text(base::Bytes(client.room).first(size)), str(wanted));
}

TEST_F(DnsAnswer, RcodeThatNeedsOptBecomesServFailWithoutIt) {
  Client client(plain());
  EXPECT_EQ(dns::write_error(client.room, client.question_end, client.state, dns::Rcode::kBadVers, Ede::kNone), 29U);
  EXPECT_EQ(std::to_integer<unsigned>(client.room[3]) & 0xfU, 2U);
}

TEST_F(DnsAnswer, ErrorKeepsQuestionAndSaysWhy) {
  Client client(with_opt());
  const std::size_t size =
      dns::write_error(client.room, client.question_end, client.state, dns::Rcode::kRefused, Ede::kProhibited);
  const Wire wanted = Wire()
                          .header(0xabcd, kReplyFlags | 5, 1, 0, 0, 1)
                          .question("WwW.example")
                          .opt(1232, 0, Wire().option(15, Wire().u16(18)));
  EXPECT_EQ(test::text(base::Bytes(client.room).first(size)), str(wanted));
}

// RFC 8906 §3.1.4: same ID, same opcode.
TEST(DnsHeaderError, KeepsIdOpcodeAndRd) {
  Wire wire = Wire().header(0x1234, 0x2910, 3, 4, 5, 6).question("a");
  EXPECT_EQ(dns::write_header_error(wire.bytes(), dns::Rcode::kNotImp), 12U);
  EXPECT_EQ(test::text(wire.view().first(12)), str(Wire().header(0x1234, 0x8000 | 0x2900 | 0x80 | 4, 0)));
  EXPECT_EQ(dns::write_header_error(base::MutableBytes(wire.bytes()).first(11), dns::Rcode::kFormErr), 0U);
}

TEST(DnsQuestionWriter, GivesAWaiterItsOwnLetterCase) {
  const Wire asked = Wire().header(0x77, dns::kFlagRd, 1).question("WwW.eXample", 28);
  const auto query = dns::QueryView::parse(asked.view());
  const Wire folded = Wire().name("www.example");
  std::vector<std::byte> room(100);
  const std::size_t end = dns::write_question(room, folded.view(), dns::case_of(query->qname().wire()), query->qtype(),
                                              query->qclass(), ClientState::of_udp(*query));
  EXPECT_EQ(test::text(base::Bytes(room).first(end)), str(asked));
  EXPECT_EQ(dns::write_question(base::MutableBytes(room).first(end - 1), folded.view(), {}, query->qtype(),
                                query->qclass(), ClientState::of_udp(*query)),
            0U);
}

// RFC 6891 §6.2.6: upstream sees our own transaction, nothing of the client's.
TEST(DnsUpstreamQuery, AsksWithOurOwnOpt) {
  const Wire name = Wire().name("www.example");
  dns::UpstreamQuery ask{.id = base::TxId(0x4711),
                         .folded_qname = name.view(),
                         .letter_case = {},
                         .qtype = dns::QType::kA,
                         .qclass = dns::QClass::kIn};
  ask.letter_case.words[0] = 0b10;
  std::vector<std::byte> room(100);
  std::size_t size = dns::write_upstream_query(room, ask);
  EXPECT_EQ(test::text(base::Bytes(room).first(size)),
            str(Wire().header(0x4711, dns::kFlagRd | dns::kFlagAd, 1, 0, 0, 1).question("Www.example").opt()));
  EXPECT_TRUE(dns::QueryView::parse(base::Bytes(room).first(size)).has_value());
  EXPECT_EQ(dns::write_upstream_query(base::MutableBytes(room).first(size - 1), ask), 0U);

  ask.key_flags = dns::kKeyFlagDo | dns::kKeyFlagCd;
  size = dns::write_upstream_query(room, ask);
  const auto query = dns::QueryView::parse(base::Bytes(room).first(size));
  EXPECT_TRUE(query->edns().dnssec_ok);
  EXPECT_TRUE(query->header().has(dns::kFlagCd));
}

// RFC 6891 §6.2.2: a server that answers FORMERR to EDNS is asked again without it.
TEST(DnsUpstreamQuery, AsksWithoutOptWhenThePayloadIsZero) {
  const Wire name = Wire().name("www.example");
  const dns::UpstreamQuery ask{.id = base::TxId(1),
                               .folded_qname = name.view(),
                               .letter_case = {},
                               .qtype = dns::QType::kA,
                               .qclass = dns::QClass::kIn,
                               .udp_payload_bytes = 0};
  std::vector<std::byte> room(100);
  const std::size_t size = dns::write_upstream_query(room, ask);
  EXPECT_EQ(test::text(base::Bytes(room).first(size)),
            str(Wire().header(1, dns::kFlagRd | dns::kFlagAd, 1).question("www.example")));
}

}  // namespace
