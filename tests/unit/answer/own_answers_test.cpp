// SPDX-License-Identifier: Apache-2.0
// Replies out of the settings, byte by byte.
#include <gtest/gtest.h>

#include "client.hpp"
#include "dns_wire.hpp"

namespace {

using test::InProcess;
using test::Wire;

Wire question(std::string_view qname, unsigned qtype, unsigned qclass = 1) {
  return Wire().header(7, test::kQueryFlags, 1).question(qname, qtype, qclass);
}

std::string answer_of(InProcess& appliance, const Wire& query) {
  appliance.port().arrive(test::udp_frame(test::client_flow(), query.view()));
  appliance.settle();
  const auto sent = appliance.sent();
  return sent.size() == 1 ? test::text(test::message_of(sent[0])) : std::string();
}

// RFC 8482 §4.2: CPU says RFC8482, OS says nothing.
TEST(OwnAnswers, AnyIsOneHinfoRecord) {
  InProcess appliance;
  const Wire wanted = Wire()
                          .header(7, test::kReplyFlags, 1, 1)
                          .question("WwW.example", 255)
                          .rr_at(12, 13, 3'600, Wire().u8(7).raw("RFC8482").u8(0));
  EXPECT_EQ(answer_of(appliance, question("WwW.example", 255)), test::text(wanted.view()));
}

// RFC 4892 §2: class CH, one string.
TEST(OwnAnswers, IdentityIsOneString) {
  test::InProcessSpec spec;
  for (const char c : std::string_view("rack-7"))
    ASSERT_TRUE(spec.protocol.identity.push_back(static_cast<std::byte>(c)));
  InProcess appliance(spec);
  const Wire wanted = Wire()
                          .header(7, test::kReplyFlags, 1, 1)
                          .question("id.server", 16, 3)
                          .pointer(12)
                          .fields(16, 0, Wire().u8(6).raw("rack-7"), 3);
  EXPECT_EQ(answer_of(appliance, question("id.server", 16, 3)), test::text(wanted.view()));
}

// RFC 9018 §4.3: the wall clock may be set while we run.
TEST(OwnAnswers, WallClockFollowsWhatControlSays) {
  base::WallClock wall;
  wall.set(base::Instant(5'000'000'000), 1'559'731'985);
  EXPECT_EQ(wall.unix_sec(base::Instant(7'900'000'000)), 1'559'731'987U);
  wall.set(base::Instant(8'000'000'000), 100);
  EXPECT_EQ(wall.unix_sec(base::Instant(9'000'000'000)), 101U);
}

}  // namespace
