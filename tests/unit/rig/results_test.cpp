// SPDX-License-Identifier: Apache-2.0
// What is written can be read again, shows what it should, and says what is wrong with what it is given.
#include "rig/results.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chart.hpp"
#include "rig/report.hpp"
#include "traces.hpp"

namespace rig {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMiB = 1U << 20U;

Results some_results() {
  test::TraceWorld trace;
  trace.ask_many(20'000, 2'000, 100, 1, {5, 60}, 10);
  Results results{
      .files = {{"a<b>.pcap", 123, 456}}, .reading = "--to 9", .world = trace.world, .profile = {}, .rows = {}};
  RunSpec spec{.world = trace.world,
               .cells = {{.size_bytes = 1 * kMiB},
                         {.size_bytes = 2 * kMiB},
                         {.policy = Policy::kLru, .size_bytes = 1 * kMiB},
                         {.policy = Policy::kLru, .size_bytes = 2 * kMiB},
                         {.policy = Policy::kInfinite, .size_bytes = 0}},
               .on_progress = {},
               .on_outcome = {}};
  spec.on_outcome = [&](const Outcome& outcome) -> diag::Status {
    results.rows.push_back(row_of(outcome));
    return {};
  };
  results.profile = run(trace.source, trace.dictionary, spec).value();
  return results;
}

TEST(Results, AreTheSameWhenTheyAreReadAgain) {
  const Results results = some_results();
  const std::string text = to_json(results);
  const auto again = from_json(text);
  ASSERT_TRUE(again) << again.error().sentence();
  EXPECT_EQ(to_json(*again), text);
  EXPECT_EQ(again->files, results.files);
  EXPECT_EQ(again->world, results.world);
  EXPECT_EQ(again->reading, results.reading);
}

TEST(Results, ForeignFilesAreRefusedWithASentence) {
  for (const char* text : {"", "{", "[]", "{\"version\": 1}", "{\"version\": 7, \"results\": []}"}) {
    const auto read = from_json(text);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().sentence(), HasSubstr("no results of sluice-rig simulate"));
  }
}

TEST(Results, TheTableHasALineForEachConfigurationAndAsManyColumnsAsItsHeader) {
  const Results results = some_results();
  std::istringstream csv(to_csv(results));
  std::string line;
  std::getline(csv, line);
  const auto columns = std::ranges::count(line, ',');
  std::size_t rows = 0;
  while (std::getline(csv, line)) {
    ++rows;
    EXPECT_EQ(std::ranges::count(line, ','), columns) << line;
  }
  EXPECT_EQ(rows, results.rows.size());
}

TEST(Results, TheProfileCountsQueriesItemsAndThoseAskedOnce) {
  const Profile profile = some_results().profile;
  EXPECT_EQ(profile.queries, 20'000U);
  EXPECT_NEAR(profile.seconds, 200, 1);
  EXPECT_EQ(profile.clients, 10U);
  std::uint64_t by_ttl = 0;
  for (const auto& [ttl, queries] : profile.ttls) {
    EXPECT_TRUE(ttl == 5 || ttl == 60);
    by_ttl += queries;
  }
  EXPECT_EQ(by_ttl, 20'000U);
  EXPECT_GT(profile.popularity.front().second, profile.popularity.back().second);
}

TEST(Report, NeedsNoNetworkAndEscapesWhatItIsGiven) {
  const std::string page = to_html(some_results(), "sluice-rig simulate 'a<b>.pcap'");
  for (const char* picture : {"id=\"hit-ratio\"", "id=\"packets-by-size\"", "id=\"packets-over-time\"",
                              "id=\"policies\"", "id=\"popularity\"", "id=\"ttls\""}) {
    EXPECT_THAT(page, HasSubstr(picture));
  }
  EXPECT_THAT(page, HasSubstr("a&lt;b&gt;.pcap"));
  EXPECT_THAT(page, Not(HasSubstr("a<b>")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("href=")));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("\"inf")));
}

TEST(Report, IsAPageAlsoWithoutAnyStats) {
  const std::string page = to_html({}, "");
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(Chart, LinesDifferByDashesAndMarkersNotByColourAlone) {
  Chart chart{.title = "t",
              .x_label = "x",
              .y_label = "y",
              .lines = {},
              .levels = {},
              .x_ticks = {},
              .y_from = {},
              .y_to = {},
              .y_unit = ""};
  for (int i = 0; i < 3; ++i) chart.lines.push_back({std::to_string(i), {{1, 1.0 + i}, {2, 2.0 + i}}});
  const std::string svg = to_svg(chart);
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray=\"7 3\""));
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray=\"2 3\""));
}

TEST(Size, IsReadWithItsUnitAndRefusedWithAnExample) {
  EXPECT_EQ(parse_size("16MiB").value(), 16 * kMiB);
  EXPECT_EQ(parse_size("2GiB").value(), 2048 * kMiB);
  EXPECT_EQ(parse_size("2097152").value(), 2 * kMiB);
  for (const char* text : {"", "16", "16MB", "MiB", "-1MiB", "1e3MiB", "99999999999GiB"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_THAT(size.error().sentence(), HasSubstr("16MiB"));
  }
  EXPECT_EQ(size_text(64 * kMiB), "64 MiB");
  EXPECT_EQ(size_text(3 * kMiB / 2), "1536 KiB");
}

TEST(Grid, HasEachCellOnceAndInfiniteOnlyOnce) {
  const auto cells =
      expand({.sizes = {1 * kMiB, 2 * kMiB}, .policies = {Policy::kLru, Policy::kInfinite}, .budgets_pps = {1'024, 0}});
  EXPECT_EQ(cells.size(), 2U * 2U + 2U);
}

TEST(WholeFile, IsReplacedAsAWhole) {
  const std::string path = testing::TempDir() + "rig-results-test.json";
  ASSERT_TRUE(write_whole(path, "one"));
  ASSERT_TRUE(write_whole(path, "two"));
  EXPECT_EQ(read_whole(path).value(), "two");
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  std::filesystem::remove(path);
  EXPECT_FALSE(write_whole("/nowhere/at/all", "x"));
  EXPECT_FALSE(check_writable("/nowhere/at/all"));
  EXPECT_FALSE(check_writable(testing::TempDir()));
  EXPECT_TRUE(check_writable(path));
  EXPECT_FALSE(std::filesystem::exists(path) || std::filesystem::exists(path + ".part"));
  EXPECT_FALSE(read_whole("/nowhere/at/all"));
}

TEST(WholeFile, ALinkStaysAndADeviceStaysADevice) {
  const std::string path = testing::TempDir() + "rig-results-test.json";
  const std::string link = path + ".link";
  ASSERT_TRUE(write_whole(path, "zero"));
  std::filesystem::create_symlink(path, link);
  EXPECT_TRUE(write_whole(link, "one"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_whole(path).value(), "one");
  std::filesystem::remove(path);
  std::filesystem::remove(link);

  EXPECT_FALSE(is_file_name("/dev/stdout"));
  EXPECT_FALSE(is_file_name("/dev/fd/1"));
  EXPECT_TRUE(is_file_name("/dev/shm/results.json"));
  std::filesystem::create_symlink("/dev/null", link);  // the device itself is not put at risk
  EXPECT_TRUE(write_whole(link, "two"));
  EXPECT_FALSE(is_file_name(link));
  EXPECT_TRUE(std::filesystem::is_character_file(link));
  std::filesystem::remove(link);
}

}  // namespace
}  // namespace rig
