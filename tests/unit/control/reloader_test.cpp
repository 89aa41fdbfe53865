// SPDX-License-Identifier: Apache-2.0
// Reloads: the reply, the status, the log and what systemd is sent.
#include "reloader.hpp"

#include <deque>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loop.hpp"
#include "reports/reports.hpp"

namespace control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Loop;
using ::testing::StartsWith;

config::Settings settings_with(std::string_view max_ttl, std::string_view mtu) {
  config::Settings settings;
  settings.values = {{"port.mtu", std::string(mtu), keyfile::Reload::kRestart},
                     {"cache.max_ttl", std::string(max_ttl), keyfile::Reload::kLive}};
  return settings;
}

class ControlReloader : public ::testing::Test {
 protected:
  using Place = std::optional<diag::Result<Json>>;
  static Reply into(Place& place) {
    return [&place](diag::Result<Json> result) { place = std::move(result); };
  }
  Reloader::Spec spec() {
    return {.load =
                [this] {
                  ++loads_;
                  return file_;
                },
            .running = [this]() -> const config::Settings& { return running_; },
            .publish = [this](const config::Settings& fresh) -> diag::Result<std::uint64_t> {
              if (!publish_fails_.empty()) return diag::fail(diag::Code::kInvalid, publish_fails_);
              running_ = fresh;
              return ++generation_;
            },
            .settled = [this] { return settled_; },
            .notify = [this](const std::string& text) { notified_.push_back(text); },
            .timeout = std::chrono::milliseconds(5)};
  }
  bool run(const std::vector<Place*>& places) {
    return loop_.run_until(
        [&] { return std::all_of(places.begin(), places.end(), [](const Place* p) { return p->has_value(); }); });
  }

  Loop loop_;
  diag::Result<config::Settings> file_ = settings_with("1d", "1500");
  config::Settings running_ = settings_with("1d", "1500");
  std::uint64_t generation_ = 1;
  int loads_ = 0;
  bool settled_ = true;
  std::string publish_fails_;
  std::vector<std::string> notified_;
  Reloader reloader_{loop_.raw(), spec()};
};

TEST_F(ControlReloader, BeforeTheFirstReloadTheSettingsOfTheStartAreActive) {
  const ReloadStatus status = reloader_.status();
  EXPECT_EQ(status.generation, 1U);
  EXPECT_EQ(status.last_at_sec, 0U);
  EXPECT_FALSE(status.last_failed);
}

TEST_F(ControlReloader, ReplyListsLiveAndRestartChangesWithTheirValues) {
  file_ = settings_with("6h", "9000");
  Place place;
  reloader_.request(into(place));
  ASSERT_TRUE(place && *place);
  EXPECT_EQ(**place, Json::parse(R"({"generation":2,"settled":true,
      "changed":[{"key":"cache.max_ttl","before":"1d","after":"6h"}],
      "restart_needed":[{"key":"port.mtu","before":"1500","after":"9000"}]})"));
  const ReloadStatus status = reloader_.status();
  EXPECT_EQ(status.generation, 2U);
  EXPECT_EQ(status.ok, 1U);
  EXPECT_GT(status.last_at_sec, 1'600'000'000U);
  EXPECT_THAT(status.restart_needed, ElementsAre("port.mtu"));
}

TEST_F(ControlReloader, ChangesThatNeedARestartAreListedInEveryReload) {
  file_ = settings_with("6h", "9000");
  for (int i = 0; i < 2; ++i) {
    Place place;
    reloader_.request(into(place));
    ASSERT_TRUE(place && *place);
    EXPECT_EQ((**place)["changed"].size(), i == 0 ? 1U : 0U);
    EXPECT_EQ((**place)["restart_needed"][0]["key"], "port.mtu");
  }
  file_ = settings_with("6h", "1500");
  reloader_.request(nullptr);
  EXPECT_TRUE(reloader_.status().restart_needed.empty());
}

TEST_F(ControlReloader, ABadFileChangesNothingAndIsReportedEverywhere) {
  file_ = diag::fail(diag::Code::kInvalid, "s.yaml:3:1: cash: is not a known key\ns.yaml:4:2: second");
  Place place;
  reloader_.request(into(place));
  ASSERT_TRUE(place);
  ASSERT_FALSE(*place);
  EXPECT_EQ(place->error().exit_status(), 1);
  EXPECT_EQ(place->error().sentence(),
            "the configuration has errors; generation 1 stays active\n"
            "s.yaml:3:1: cash: is not a known key\ns.yaml:4:2: second");
  EXPECT_EQ(generation_, 1U);
  const ReloadStatus status = reloader_.status();
  EXPECT_TRUE(status.last_failed);
  EXPECT_EQ(status.failed, 1U);
  EXPECT_EQ(status.ok, 0U);
  EXPECT_EQ(status.last_error, "s.yaml:3:1: cash: is not a known key\ns.yaml:4:2: second");
  ASSERT_EQ(notified_.size(), 2U);
  EXPECT_THAT(notified_[1], HasSubstr("last reload failed: s.yaml:3:1: cash: is not a known key"));

  file_ = settings_with("6h", "1500");
  reloader_.request(nullptr);
  EXPECT_FALSE(reloader_.status().last_failed) << "the file is correct again";
  EXPECT_EQ(reloader_.status().failed, 1U);
}

TEST_F(ControlReloader, SettingsThatCannotBeBuiltAreABadFile) {
  publish_fails_ = "forward: the zones could not be indexed";
  Place place;
  reloader_.request(into(place));
  ASSERT_TRUE(place);
  ASSERT_FALSE(*place);
  EXPECT_THAT(place->error().sentence(), HasSubstr("could not be indexed"));
  EXPECT_TRUE(reloader_.status().last_failed);
}

// sd_notify(3): RELOADING=1 with MONOTONIC_USEC, and READY=1 at the end of it, however it went.
TEST_F(ControlReloader, TheServiceManagerIsNotifiedAtBeginAndEnd) {
  reloader_.request(nullptr);
  ASSERT_EQ(notified_.size(), 2U);
  EXPECT_THAT(notified_[0], StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_THAT(notified_[1], StartsWith("READY=1\nSTATUS=answering queries, generation 2"));
}

TEST_F(ControlReloader, TheReplyComesWhenEveryThreadUsesTheGeneration) {
  settled_ = false;
  Place place;
  reloader_.request(into(place));
  EXPECT_FALSE(place);
  EXPECT_EQ(generation_, 2U) << "published although a thread lags";
  settled_ = true;
  ASSERT_TRUE(run({&place}));
  ASSERT_TRUE(*place);
  EXPECT_EQ((**place)["settled"], true);
}

TEST_F(ControlReloader, AThreadThatLagsIsReportedAfterTheTimeout) {
  settled_ = false;
  Place place;
  reloader_.request(into(place));
  ASSERT_TRUE(run({&place}));
  ASSERT_TRUE(*place);
  EXPECT_EQ((**place)["settled"], false);
  EXPECT_EQ(reloader_.status().generation, 2U);
}

TEST_F(ControlReloader, RequestsDuringAReloadShareTheNextOne) {
  settled_ = false;
  Place first;
  std::deque<Place> later(5);
  reloader_.request(into(first));
  for (Place& place : later) reloader_.request(into(place));
  EXPECT_EQ(loads_, 1);
  file_ = settings_with("6h", "1500");  // written after the first was read: the second one sees it
  settled_ = true;
  std::vector<Place*> all{&first};
  for (Place& place : later) all.push_back(&place);
  ASSERT_TRUE(run(all));
  EXPECT_EQ(loads_, 2);
  EXPECT_EQ((**first)["generation"], 2);
  for (const Place& place : later) EXPECT_EQ((**place)["generation"], 3);
  EXPECT_EQ((**later[0])["changed"].size(), 1U);
}

TEST(ControlReloaderEnd, PendingRequestsFailWhenTheApplianceStops) {
  Loop loop;
  const config::Settings running = settings_with("1d", "1500");
  std::optional<diag::Result<Json>> place;
  {
    Reloader reloader(loop.raw(), {.load = [&] { return diag::Result<config::Settings>(running); },
                                   .running = [&]() -> const config::Settings& { return running; },
                                   .publish = [](const config::Settings&) { return diag::Result<std::uint64_t>(2); },
                                   .settled = [] { return false; },
                                   .notify = {}});
    reloader.request([&](diag::Result<Json> result) { place = std::move(result); });
    EXPECT_FALSE(place);
  }
  ASSERT_TRUE(place);
  ASSERT_FALSE(*place);
  EXPECT_EQ(place->error().sentence(), "the appliance is stopping");
}

}  // namespace
}  // namespace control
