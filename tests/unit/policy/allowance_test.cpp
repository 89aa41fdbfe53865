// SPDX-License-Identifier: Apache-2.0
#include "policy/allowance.hpp"

#include <gtest/gtest.h>

#include "support/sketch_texts.hpp"

namespace {

using std::literals::chrono_literals::operator""s;
using std::literals::chrono_literals::operator""ms;
using std::literals::chrono_literals::operator""us;

net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  const std::array octets{static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                          static_cast<std::byte>(d)};
  return net::IpAddress::v4(octets.data());
}

struct Metered {
  explicit Metered(policy::AllowanceSettings settings) { allowance.apply(settings); }
  /// Asks `misses` times within a second of even gaps; how many were let through?
  unsigned ask(const net::IpAddress& client, unsigned misses, base::Duration within = 1s) {
    unsigned taken = 0;
    for (unsigned i = 0; i < misses; ++i) {
      if (allowance.take(client, now)) ++taken;
      now = now + within / misses;
    }
    return taken;
  }
  base::KeyedHash hash = test::any_hash();
  std::unique_ptr<std::byte, test::FreeMemory> memory = test::cache_aligned(policy::MissAllowance::bytes_needed());
  policy::MissAllowance allowance{{memory.get(), policy::MissAllowance::bytes_needed()}, hash};
  base::Instant now{1'000'000'000'000};
};

TEST(MissAllowance, AClientGetsItsBurstAndThenItsRate) {
  Metered metered({.misses_per_sec = 100, .burst = 50});
  const auto client = v4(10, 0, 0, 1);
  unsigned at_once = 0;
  for (int i = 0; i < 1'000; ++i) at_once += metered.allowance.take(client, metered.now) ? 1U : 0U;
  EXPECT_EQ(at_once, 50U);
  EXPECT_NEAR(metered.ask(client, 10'000), 100, 1);
  EXPECT_NEAR(metered.ask(client, 10'000), 100, 1);
}

TEST(MissAllowance, ManyCoresHaveOneAllowanceForAClient) {
  Metered metered({.misses_per_sec = 100, .burst = 50});
  policy::MissAllowance other({metered.memory.get(), policy::MissAllowance::bytes_needed()}, metered.hash);
  other.apply({.misses_per_sec = 100, .burst = 50});
  const auto client = v4(10, 0, 0, 1);
  unsigned taken = 0;
  for (int i = 0; i < 1'000; ++i) taken += (i % 2 == 0 ? metered.allowance : other).take(client, metered.now) ? 1U : 0U;
  EXPECT_EQ(taken, 50U);
}

TEST(MissAllowance, WhoSlowsDownIsServedAtOnceAndMayBurstAgain) {
  Metered metered({.misses_per_sec = 100, .burst = 0});
  const auto client = v4(10, 0, 0, 1);
  EXPECT_NEAR(metered.ask(client, 10'000), 200, 1) << "the burst of a second, and the second";
  metered.now = metered.now + 10ms;
  EXPECT_TRUE(metered.allowance.take(client, metered.now));
  metered.now = metered.now + 2s;
  EXPECT_NEAR(metered.ask(client, 10'000, 1us), 100, 1);
}

TEST(MissAllowance, OthersDoNotPayForAFlood) {
  Metered metered({.misses_per_sec = 100});
  metered.ask(v4(10, 0, 0, 1), 50'000);
  for (unsigned host = 0; host < 200; ++host) {
    EXPECT_TRUE(metered.allowance.take(v4(10, 1, 1, host), metered.now)) << host;
  }
}

TEST(MissAllowance, ANetworkHasSixteenTimesWhatAClientHas) {
  Metered metered({.misses_per_sec = 100});
  unsigned taken = 0;
  for (unsigned i = 0; i < 20'000; ++i) taken += metered.allowance.take(v4(10, 0, 0, i % 250), metered.now) ? 1U : 0U;
  EXPECT_EQ(taken, 1'600U);
  EXPECT_TRUE(metered.allowance.take(v4(10, 0, 1, 1), metered.now));
}

TEST(MissAllowance, AddressesOfOneIpv6HostAreOneClient) {
  Metered metered({.misses_per_sec = 100});
  std::array<std::byte, 16> octets{std::byte{0xfd}};
  unsigned taken = 0;
  for (unsigned i = 0; i < 10'000; ++i) {
    octets[14] = static_cast<std::byte>(i >> 8U);
    octets[15] = static_cast<std::byte>(i & 0xffU);
    taken += metered.allowance.take(net::IpAddress::v6(octets.data()), metered.now) ? 1U : 0U;
  }
  EXPECT_EQ(taken, 100U);
}

TEST(MissAllowance, ManyModestClientsAreNotTakenForOneThatFloods) {
  Metered metered({.misses_per_sec = 100});
  unsigned refused = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    const auto client = v4(10 + i % 100, i / 100 % 200, 1, 1);
    refused += metered.allowance.take(client, metered.now) ? 0U : 1U;
  }
  EXPECT_EQ(refused, 0U);
}

TEST(MissAllowance, ZeroIsNoLimit) {
  Metered metered({.misses_per_sec = 0});
  EXPECT_EQ(metered.ask(v4(10, 0, 0, 1), 10'000), 10'000U);
}

TEST(MissAllowance, ANewLimitCountsFromTheNextMissOn) {
  Metered metered({.misses_per_sec = 100});
  EXPECT_EQ(metered.ask(v4(10, 0, 0, 1), 1'000, 1us), 100U);
  metered.allowance.apply({.misses_per_sec = 0});
  EXPECT_EQ(metered.ask(v4(10, 0, 0, 1), 1'000, 1us), 1'000U);
}

}  // namespace
