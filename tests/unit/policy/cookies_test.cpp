// SPDX-License-Identifier: Apache-2.0
#include "policy/cookies.hpp"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include "net/text.hpp"

namespace {

using policy::Cookies;
using policy::CookieSettings;
using policy::CookieVerdict;

template <std::size_t N>
std::array<std::byte, N> hex(std::string_view digits) {
  std::array<std::byte, N> bytes{};
  EXPECT_EQ(digits.size(), 2 * N);
  for (std::size_t i = 0; i < N; ++i) {
    bytes[i] = static_cast<std::byte>(std::stoul(std::string(digits.substr(2 * i, 2)), nullptr, 16));
  }
  return bytes;
}

net::IpAddress ip(std::string_view text) { return *net::parse_address(text); }

// The clients, secrets, times and cookies of RFC 9018, appendix A.
constexpr std::uint32_t kLearned = 1'559'731'985;
const auto kClient = hex<8>("2464c4abcf10c957");
const auto kServer = hex<16>("010000005cf79f111f8130c3eee29480");
const Cookies kCookies({.active = hex<16>("e5e973e5a6b2a43f48e7dc849e37bfcf"), .second = {}});
const net::IpAddress kAddress = ip("198.51.100.100");

// RFC 9018 appendix A.1.
TEST(Cookies, NewClientLearnsTheCookieThatOthersWouldMake) {
  EXPECT_EQ(kCookies.make(kClient, kAddress, kLearned), kServer);
  EXPECT_EQ(kCookies.judge(kClient, {}, kAddress, kLearned), CookieVerdict::kNone);
}

// RFC 9018 appendix A.2, §4.3: a cookie older than half an hour is taken, and a fresh one goes back.
TEST(Cookies, CookieOfFortyMinutesIsGoodAndTheReplysIsNew) {
  const std::uint32_t later = 1'559'734'385;
  EXPECT_EQ(kCookies.judge(kClient, kServer, kAddress, later), CookieVerdict::kGood);
  EXPECT_EQ(kCookies.make(kClient, kAddress, later), hex<16>("010000005cf7a871d4a564a1442aca77"));
}

// RFC 9018 appendix A.3, §4.2: reserved bytes are hashed as they came, and sent as 0. The appendix's client comes after
// nearly two hours; an hour is what §4.3 grants, so here it comes in time.
TEST(Cookies, CookieWithReservedBytesIsGood) {
  const auto client = hex<8>("fc93fc62807ddb86");
  const std::uint32_t later = 1'559'734'700;
  EXPECT_EQ(
      kCookies.judge(client, hex<16>("01abcdef5cf78f71a314227b6679ebf5"), ip("203.0.113.203"), 1'559'727'985 + 60),
      CookieVerdict::kGood);
  EXPECT_EQ(kCookies.make(client, ip("203.0.113.203"), later), hex<16>("010000005cf7a9acf73a7810aca2381e"));
}

// RFC 9018 appendix A.4, §5: the secret before is taken while it is kept, and makes nothing any more.
TEST(Cookies, CookieOfTheSecretBeforeIsGoodWhileThatIsKept) {
  const auto client = hex<8>("22681ab97d52c298");
  const auto server = hex<16>("010000005cf7c57926556bd0934c72f8");
  const net::IpAddress address = ip("2001:db8:220:1:59de:d0f4:8769:82b8");
  const std::uint32_t later = 1'559'741'961;
  const auto active = hex<16>("445536bcd2513298075a5d379663c962");
  const Cookies both({.active = active, .second = hex<16>("dd3bdf9344b678b185a6f5cb60fca715")});
  EXPECT_EQ(both.judge(client, server, address, later), CookieVerdict::kGood);
  EXPECT_EQ(both.make(client, address, later), hex<16>("010000005cf7c609a6bb79d16625507a"));
  const Cookies alone({.active = active, .second = {}});
  EXPECT_EQ(alone.judge(client, server, address, later), CookieVerdict::kBad);
}

// RFC 9018 §4.3: one hour back, five minutes ahead.
TEST(Cookies, CookieIsGoodForAnHourAndFiveMinutesAhead) {
  const auto at = [&](std::uint32_t now) { return kCookies.judge(kClient, kServer, kAddress, now); };
  EXPECT_EQ(at(kLearned + 3'600), CookieVerdict::kGood);
  EXPECT_EQ(at(kLearned + 3'601), CookieVerdict::kBad);
  EXPECT_EQ(at(kLearned - 300), CookieVerdict::kGood);
  EXPECT_EQ(at(kLearned - 301), CookieVerdict::kBad);
}

// RFC 9018 §4.3, RFC 1982: times are compared on a circle.
TEST(Cookies, TimesWrapAround) {
  const std::uint32_t made = 0xffff'fff0U;
  const auto cookie = kCookies.make(kClient, kAddress, made);
  EXPECT_EQ(kCookies.judge(kClient, cookie, kAddress, 100), CookieVerdict::kGood);
  EXPECT_EQ(kCookies.judge(kClient, cookie, kAddress, 3'600), CookieVerdict::kBad);
  const auto ahead = kCookies.make(kClient, kAddress, 50);
  EXPECT_EQ(kCookies.judge(kClient, ahead, kAddress, made), CookieVerdict::kGood);
}

// RFC 7873 §5.2.4, §6: bound to the client's cookie and address.
TEST(Cookies, CookieOfAnotherClientIsBad) {
  EXPECT_EQ(kCookies.judge(hex<8>("2464c4abcf10c958"), kServer, kAddress, kLearned), CookieVerdict::kBad);
  EXPECT_EQ(kCookies.judge(kClient, kServer, ip("198.51.100.101"), kLearned), CookieVerdict::kBad);
}

TEST(Cookies, AnyChangedBitIsBad) {
  for (std::size_t bit = 0; bit < 128; ++bit) {
    auto changed = kServer;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(kCookies.judge(kClient, changed, kAddress, kLearned), CookieVerdict::kBad) << bit;
  }
}

// RFC 9018 §4: sixteen bytes; other lengths are other servers' cookies.
TEST(Cookies, CookieOfAnotherLengthIsBad) {
  std::array<std::byte, 32> longer{};
  std::copy(kServer.begin(), kServer.end(), longer.begin());
  EXPECT_EQ(kCookies.judge(kClient, longer, kAddress, kLearned), CookieVerdict::kBad);
  EXPECT_EQ(kCookies.judge(kClient, base::Bytes(kServer).first(8), kAddress, kLearned), CookieVerdict::kBad);
}

}  // namespace
