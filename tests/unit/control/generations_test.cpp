// SPDX-License-Identifier: Apache-2.0
// Publishing settings by one pointer, and freeing old ones.
#include "control/generations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "in_process.hpp"

namespace control {
namespace {

using ::testing::HasSubstr;

base::KeyedHash::Secret secret() {
  base::KeyedHash::Secret made;
  test::CountingEntropy().fill(made);
  return made;
}

config::Settings settings_with(std::chrono::seconds max_ttl) {
  config::Settings settings;
  settings.port.addresses = {{test::InProcess::v4(10, 77, 0, 53), 24}};
  egress::UplinkSettings uplink;
  static_cast<void>(uplink.servers.push_back(test::InProcess::v4(10, 77, 0, 2)));
  static_cast<void>(settings.egress.uplinks.push_back(uplink));
  settings.uplink_names = {"vpc"};
  settings.forward = {{".", {std::byte{0}}, 0}};
  static_cast<void>(settings.policy.allow.push_back({test::InProcess::v4(10, 0, 0, 0), 104}));
  settings.cache.max_ttl = max_ttl;
  return settings;
}

using std::chrono::seconds;

class ControlGenerations : public ::testing::Test {
 protected:
  base::KeyedHash hash_{secret()};
  Generations generations_{hash_};
};

TEST_F(ControlGenerations, TheFirstOneIsPublishedAtOnce) {
  const answer::GenerationReader reader = generations_.reader(0);
  ASSERT_EQ(generations_.publish(settings_with(seconds(60))).value(), 1U);
  generations_.online(0);
  const answer::Generation& seen = *reader.load();
  EXPECT_EQ(seen.number, 1U);
  EXPECT_EQ(seen.cache.max_ttl, seconds(60));
  EXPECT_TRUE(seen.is_own(test::InProcess::v4(10, 77, 0, 53)));
  EXPECT_TRUE(seen.is_upstream(test::InProcess::v4(10, 77, 0, 2)));
  EXPECT_TRUE(seen.acl->allows(test::InProcess::v4(10, 1, 2, 3)));
  EXPECT_FALSE(seen.acl->allows(test::InProcess::v4(192, 0, 2, 1)));
  static constexpr std::array kRoot{std::byte{0}};
  EXPECT_EQ(seen.forward->route(base::Bytes(kRoot)), dns::UplinkId(0));
}

TEST_F(ControlGenerations, AnOldOneIsFreedOnlyWhenTheLastReaderHasMovedOn) {
  const answer::GenerationReader quick = generations_.reader(0);
  const answer::GenerationReader slow = generations_.reader(1);
  ASSERT_TRUE(generations_.publish(settings_with(seconds(60))));
  generations_.online(0);
  generations_.online(1);
  static_cast<void>(quick.load());
  const answer::Generation* const held = slow.load();

  EXPECT_EQ(generations_.publish(settings_with(seconds(61))).value(), 2U);
  EXPECT_EQ(quick.load()->number, 2U);
  EXPECT_FALSE(generations_.collect());
  EXPECT_EQ(generations_.retired(), 1U);
  EXPECT_EQ(held->cache.max_ttl, seconds(60)) << "not freed (AddressSanitizer would report a read)";

  EXPECT_EQ(slow.load()->number, 2U);
  EXPECT_TRUE(generations_.collect());
  EXPECT_EQ(generations_.retired(), 0U);
}

TEST_F(ControlGenerations, AReaderThatLagsKeepsItsGenerationAlive) {
  const answer::GenerationReader slow = generations_.reader(3);
  ASSERT_TRUE(generations_.publish(settings_with(seconds(60))));
  generations_.online(3);
  const answer::Generation* const held = slow.load();
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(generations_.publish(settings_with(seconds(60 + i))));
  EXPECT_FALSE(generations_.collect());
  EXPECT_EQ(held->number, 1U);
  EXPECT_EQ(slow.load()->number, 6U);
  EXPECT_TRUE(generations_.collect());
}

TEST_F(ControlGenerations, AReaderThatIsOfflineIsNotWaitedFor) {
  const answer::GenerationReader reader = generations_.reader(0);
  ASSERT_TRUE(generations_.publish(settings_with(seconds(60))));
  generations_.online(0);
  static_cast<void>(reader.load());
  generations_.offline(0);
  ASSERT_TRUE(generations_.publish(settings_with(seconds(61))));
  EXPECT_TRUE(generations_.collect());
}

TEST_F(ControlGenerations, SettingsThatCannotBeBuiltChangeNothing) {
  const answer::GenerationReader reader = generations_.reader(0);
  ASSERT_TRUE(generations_.publish(settings_with(seconds(60))));
  generations_.online(0);
  config::Settings twice = settings_with(seconds(61));
  twice.forward.push_back(twice.forward.front());  // the same zone again cannot be indexed
  const auto published = generations_.publish(twice);
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().sentence(), HasSubstr("forward"));
  EXPECT_EQ(reader.load()->number, 1U);
  EXPECT_EQ(generations_.current().cache.max_ttl, seconds(60));
  EXPECT_EQ(generations_.publish(settings_with(seconds(62))).value(), 2U);
}

}  // namespace
}  // namespace control
