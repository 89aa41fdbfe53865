// SPDX-License-Identifier: Apache-2.0
#include "diag/log.hpp"

#include <cstdlib>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace {

/// The log's output to stderr while `say` runs.
std::string said(const std::function<void()>& say) {
  testing::internal::CaptureStderr();
  say();
  diag::log().flush();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, ATerminalGetsTimeLevelAndText) {
  unsetenv("JOURNAL_STREAM");
  diag::start_log(diag::LogLevel::kInfo);
  EXPECT_TRUE(
      said([] { diag::log().warn("port {}: link down", "eth1"); }).ends_with(" warning: port eth1: link down\n"));
}

// sd-daemon(3): the journal takes the priority from "<N>" and adds the time itself.
TEST(Log, TheJournalGetsPrioritiesInsteadOfTimes) {
  setenv("JOURNAL_STREAM", "8:1", 1);
  diag::start_log(diag::LogLevel::kDebug);
  unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(said([] { diag::log().debug("d"); }), "<7>d\n");
  EXPECT_EQ(said([] { diag::log().info("i"); }), "<6>i\n");
  EXPECT_EQ(said([] { diag::log().warn("w"); }), "<4>w\n");
  EXPECT_EQ(said([] { diag::log().error("e"); }), "<3>e\n");
}

TEST(Log, MessagesBelowTheLevelAreNotWritten) {
  diag::start_log(diag::LogLevel::kWarn);
  EXPECT_EQ(said([] { diag::log().info("quiet"); }), "");
  diag::set_log_level(diag::LogLevel::kInfo);
  EXPECT_NE(said([] { diag::log().info("loud"); }), "");
}

}  // namespace
