// SPDX-License-Identifier: Apache-2.0
// The daemon's options.
#include "config/command_line.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

diag::Result<CommandLine> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "sluice");
  return parse_command_line(arguments);
}

TEST(CommandLine, WithoutOptionsRunsWithTheUsualFile) {
  const auto line = parse({});
  ASSERT_TRUE(line) << line.error().sentence();
  EXPECT_EQ(line->action, Action::kRun);
  EXPECT_EQ(line->file, "/etc/sluice/sluice.yaml");
  EXPECT_TRUE(line->profiles.empty());
  EXPECT_FALSE(line->log_level.has_value());
  EXPECT_TRUE(line->eal.empty());
}

TEST(CommandLine, TakesItsOptions) {
  const auto line = parse({"-c", "a.yaml", "--check-config", "--profiles", "/p", "--log-level", "debug"});
  ASSERT_TRUE(line) << line.error().sentence();
  EXPECT_EQ(line->action, Action::kCheckConfig);
  EXPECT_EQ(line->file, "a.yaml");
  EXPECT_EQ(line->profiles, "/p");
  EXPECT_EQ(line->log_level, diag::LogLevel::kDebug);
}

TEST(CommandLine, LeavesToEalWhatStandsBehindTwoDashes) {
  const auto line = parse({"-c", "a.yaml", "--", "--log-level=8", "-c", "--", "x"});
  ASSERT_TRUE(line) << line.error().sentence();
  EXPECT_EQ(line->file, "a.yaml");
  EXPECT_THAT(line->eal, ElementsAre("--log-level=8", "-c", "--", "x"));
}

TEST(CommandLine, PrintsAndExits) {
  EXPECT_EQ(parse({"--version"})->action, Action::kPrint);
  EXPECT_THAT(parse({"--version"})->output, StartsWith("sluice "));
  EXPECT_THAT(parse({"--help"})->output, HasSubstr("--check-config"));
  EXPECT_THAT(parse({"--print-schema"})->output, HasSubstr("\"$schema\""));
  EXPECT_THAT(parse({"--print-config-docs"})->output, StartsWith("# Configuration"));
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  for (const std::vector<const char*>& wrong :
       {std::vector<const char*>{"--nonsense"}, {"stray"}, {"-c"}, {"--log-level", "loud"}, {"-c", "a", "-c", "b"}}) {
    const auto line = parse(wrong);
    ASSERT_FALSE(line) << wrong.front();
    EXPECT_THAT(line.error().sentence(), StartsWith("command line: "));
    EXPECT_THAT(line.error().sentence(), testing::EndsWith("; see sluice --help"));
    EXPECT_EQ(line.error().exit_status(), 1);
  }
}

}  // namespace
}  // namespace config::test
