// SPDX-License-Identifier: Apache-2.0
// Turning the first set of addresses of a reply.
#include <algorithm>
#include <map>
#include <memory>
#include <numeric>

#include <gtest/gtest.h>

#include "dns/answer.hpp"
#include "dns/response.hpp"
#include "support/dns_wire.hpp"

namespace {

using test::ipv4;
using test::kReplyFlags;
using test::Wire;

constexpr std::size_t kQname = 12;
constexpr std::size_t kQuestionEnd = 29;

class DnsRotation : public testing::Test {
 protected:
  /// The reply to a client whose query has this ID.
  std::string reply(const Wire& response, std::uint16_t id, dns::Rotation rotation = dns::Rotation::kByQueryId) {
    stored_ = response;
    const auto parsed = dns::ResponseView::parse(stored_.view(), *scratch_);
    EXPECT_TRUE(parsed.has_value());
    const Wire query = Wire().header(id, test::kQueryFlags, 1).question("www.example");
    const auto view = dns::QueryView::parse(query.view());
    std::vector<std::byte> room(512);
    std::copy(query.view().begin(), query.view().end(), room.begin());
    dns::ReplyExtras extras;
    extras.rotation = rotation;
    dns::ClientState client = dns::ClientState::of_tcp(*view);
    const std::size_t size = dns::write_answer(room, kQuestionEnd, client, parsed->image(), {.age_sec = 5}, extras);
    return test::text(base::Bytes(room).first(size).subspan(2));  // but for the ID
  }
  static Wire addresses(unsigned count, unsigned more = 0) {
    Wire wire = Wire().header(1, kReplyFlags, 1, count + more).question("www.example");
    for (unsigned i = 0; i < count; ++i) wire.rr_at(kQname, 1, 300, ipv4(i));
    return wire;
  }
  /// In which order the last octets of `count` addresses stand, from the front of the answer.
  static std::vector<unsigned> order(const std::string& reply, unsigned count) {
    std::vector<unsigned> octets;
    for (unsigned i = 0; i < count; ++i) {
      octets.push_back(static_cast<unsigned char>(reply[kQuestionEnd - 2 + 16 * i + 15]));
    }
    return octets;
  }
  void expect_unturned(const Wire& response) {
    for (std::uint16_t id = 0; id < 64; ++id) {
      EXPECT_EQ(reply(response, id), reply(response, id, dns::Rotation::kOff)) << id;
    }
  }

  Wire stored_;
  std::unique_ptr<dns::ResponseScratch> scratch_ = std::make_unique<dns::ResponseScratch>();
};

TEST_F(DnsRotation, KeepsTheCircleAndEveryRecord) {
  for (unsigned count = 2; count <= 9; ++count) {
    for (unsigned id = 0; id < 512; ++id) {
      const auto found = order(reply(addresses(count), static_cast<std::uint16_t>(id)), count);
      for (unsigned i = 0; i < count; ++i) ASSERT_EQ(found[i], (found[0] + i) % count) << count << " " << id;
    }
  }
}

TEST_F(DnsRotation, GivesEveryRecordAsManyIdsAsAnyOther) {
  for (unsigned count = 2; count <= 5; ++count) {
    std::map<unsigned, unsigned> first;
    for (unsigned id = 0; id <= 0xffff; ++id) {
      ++first[order(reply(addresses(count), static_cast<std::uint16_t>(id)), 1)[0]];
    }
    ASSERT_EQ(first.size(), count);
    const auto [least, most] =
        std::minmax_element(first.begin(), first.end(), [](auto& a, auto& b) { return a.second < b.second; });
    EXPECT_LE(most->second - least->second, 1U) << count;
  }
}

// Stubs that count their IDs up must not get the same order again and again.
TEST_F(DnsRotation, SpreadsIdsThatFollowEachOther) {
  for (unsigned start = 0; start < 0xff00; start += 997) {
    std::map<unsigned, unsigned> first;
    for (unsigned i = 0; i < 16; ++i) {
      ++first[order(reply(addresses(4), static_cast<std::uint16_t>(start + i)), 1)[0]];
    }
    EXPECT_EQ(first.size(), 4U) << start;
  }
}

TEST_F(DnsRotation, LeavesWhatStandsAroundTheAddressesInPlace) {
  Wire wire = Wire().header(1, kReplyFlags, 1, 4, 1, 1).question("www.example");
  const std::size_t target = wire.size() + 12;
  wire.rr_at(kQname, 5, 300, Wire().name("a.example"));
  wire.rr_at(target, 28, 300, Wire().raw("1111111111111111"));
  wire.rr_at(target, 28, 300, Wire().raw("2222222222222222"));
  wire.rr_at(target, 46, 300, Wire().zeros(30));
  wire.rr_at(target, 2, 300, Wire().pointer(target)).rr_at(target, 1, 300, ipv4());
  const std::string plain = reply(wire, 0, dns::Rotation::kOff);
  EXPECT_EQ(reply(wire, 0), plain);
  std::string turned = plain;
  std::swap_ranges(turned.begin() + static_cast<long>(turned.find("1111")),
                   turned.begin() + static_cast<long>(turned.find("1111")) + 16,
                   turned.begin() + static_cast<long>(turned.find("2222")));
  EXPECT_EQ(reply(wire, 1), turned);
}

TEST_F(DnsRotation, LeavesOtherTypesAlone) {
  Wire wire = Wire().header(1, kReplyFlags, 1, 2).question("www.example", 16);
  for (unsigned i = 0; i < 2; ++i) wire.rr_at(kQname, 16, 300, Wire().u8(1).u8(i));
  expect_unturned(wire);
}

TEST_F(DnsRotation, LeavesASingleAddressAlone) { expect_unturned(addresses(1)); }

// Owners that are spelled in different ways have different lengths or bytes: they do not change places.
TEST_F(DnsRotation, LeavesUnlikeOwnersAlone) {
  const Wire spelled = Wire()
                           .header(1, kReplyFlags, 1, 2)
                           .question("www.example")
                           .rr("www.example", 1, 300, ipv4(0))
                           .rr_at(kQname, 1, 300, ipv4(1));
  expect_unturned(spelled);
  const Wire cased = Wire()
                         .header(1, kReplyFlags, 1, 2)
                         .question("www.example")
                         .rr("www.example", 1, 300, ipv4(0))
                         .rr("WWW.example", 1, 300, ipv4(1));
  expect_unturned(cased);
}

// A pointer into an address would change its meaning: such a message is not taken at all.
TEST_F(DnsRotation, NamesThatLieOnAnAddressAreRefused) {
  Wire wire = Wire().header(1, kReplyFlags, 1, 3).question("www.example");
  wire.rr_at(kQname, 1, 300, Wire().u8(1).raw("a").u8(0).u8(0)).rr_at(kQname, 1, 300, ipv4());
  wire.rr_at(kQuestionEnd + 12, 16, 300, Wire().u8(0));
  EXPECT_FALSE(dns::ResponseView::parse(wire.view(), *scratch_).has_value());
}

}  // namespace
