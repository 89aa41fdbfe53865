// SPDX-License-Identifier: Apache-2.0
/// @file response_fixture.hpp – parses replies of www.example for the tests of responses and images.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "dns/response.hpp"
#include "support/dns_wire.hpp"

namespace test {

inline constexpr unsigned kCname = 5;
inline constexpr std::size_t kQname = 12;

class DnsResponse : public testing::Test {
 protected:
  auto parse(const Wire& wire) { return dns::ResponseView::parse(wire.view(), *scratch_); }
  void expect_reject(const Wire& wire, dns::ResponseReject reject) {
    const auto parsed = parse(wire);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error(), reject);
  }
  void expect_kind(const Wire& wire, dns::AnswerKind kind) {
    const auto parsed = parse(wire);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->kind(), kind);
  }
  std::unique_ptr<dns::ResponseScratch> scratch_ = std::make_unique<dns::ResponseScratch>();
};

inline Wire reply(unsigned an, unsigned ns = 0, unsigned ar = 0, unsigned rcode = 0) {
  return Wire().header(1, kReplyFlags | rcode, 1, an, ns, ar).question("www.example");
}

}  // namespace test
