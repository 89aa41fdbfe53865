// SPDX-License-Identifier: Apache-2.0
// Profiles of stub resolvers.
#include "loadgen/retry.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using loadgen::OnFailure;
using loadgen::parse_retry;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<base::Duration> waits_of(std::string_view text) {
  const auto profile = parse_retry(text);
  return {profile->waits.begin(), profile->waits.end()};
}

TEST(RetryProfiles, GlibcWaitsFiveSecondsTwice) {
  const auto glibc = parse_retry("glibc");
  EXPECT_THAT(waits_of("glibc"), ElementsAre(5s, 5s));
  EXPECT_EQ(glibc->client_timeout(), 10s);
  EXPECT_EQ(glibc->on_failure, OnFailure::kRetry);
}

TEST(RetryProfiles, CaresTriesThreeTimesAndDoublesItsTwoSeconds) {
  EXPECT_THAT(waits_of("cares"), ElementsAre(2s, 4s, 8s));
}

TEST(RetryProfiles, WindowsWaitsOneOneTwoFour) {
  const auto windows = parse_retry("windows");
  EXPECT_THAT(waits_of("windows"), ElementsAre(1s, 1s, 2s, 4s));
  EXPECT_EQ(windows->on_failure, OnFailure::kFinal);
}

TEST(RetryProfiles, NoneAsksOnce) { EXPECT_THAT(waits_of("none"), ElementsAre(5s)); }

TEST(RetryProfiles, WaitsOfOnesOwnAreJoinedByPlus) {
  EXPECT_THAT(waits_of("500ms+1+2.5s"), ElementsAre(500ms, 1s, 2'500ms));
  EXPECT_EQ(parse_retry("500ms+1+2.5s")->client_timeout(), 4s);
}

TEST(RetryProfiles, AnUnknownOneIsNamedWithWhatIsAllowed) {
  for (const char* const word : {"bind", "", "1+", "-1", "1+1+1+1+1+1+1+1+1"}) {
    const auto profile = parse_retry(word);
    ASSERT_FALSE(profile) << word;
    EXPECT_THAT(profile.error().sentence(), HasSubstr("allowed: glibc, cares, windows, none"));
  }
}

}  // namespace
