// SPDX-License-Identifier: Apache-2.0
// The report: its keys are what scripts depend on.
#include "loadgen/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fake_backend.hpp"

namespace {

using base::Instant;
using loadgen::Report;
using Json = nlohmann::ordered_json;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::HasSubstr;

constexpr Instant kBegin{3'000'000'000'000};

Report run_with(const std::function<test::Message(const test::FakeBackend::Sent&)>& answer,
                base::Duration interrupt_at = base::Duration::max()) {
  loadgen::RunSpec run;
  run.streams.push_back(*loadgen::parse_stream("name=good,zone=a.example,rate=10,arrival=uniform", {.duration = 1s}));
  static_cast<void>(loadgen::plan_endpoints(run));
  test::FakeBackend backend;
  backend.answer = answer;
  const auto engine = *loadgen::Engine::create(run, backend);
  engine->begin(kBegin);
  for (auto at = 0ms; at < 7s; at += 1ms) {
    if (at == interrupt_at) engine->interrupt();
    static_cast<void>(engine->step(kBegin + at));
  }
  return loadgen::make_report(*engine, {.server = "192.0.2.1 port 53",
                                        .backend = "fake",
                                        .began_at = "2024-01-01T00:00:00Z",
                                        .seed = 9,
                                        .end = kBegin + 7s,
                                        .bad_checksums = 0,
                                        .backend_stats = {{"sockets", 3}}});
}

Json report_of(const std::function<test::Message(const test::FakeBackend::Sent&)>& answer,
               base::Duration interrupt_at = base::Duration::max()) {
  return Json::parse(run_with(answer, interrupt_at).json);
}

TEST(RunReport, SaysWhatBecameOfEveryQuestion) {
  int count = 0;
  const Json report = report_of([&](const auto& sent) {
    if (++count > 8) return test::Message{};
    return test::answer_to(sent.message, count > 6 ? dns::Rcode::kServFail : dns::Rcode::kNoError);
  });
  const Json& stream = report["streams"][0];
  EXPECT_EQ(report["seed"], 9);
  EXPECT_EQ(stream["name"], "good");
  EXPECT_EQ(stream["queries"], 10);
  EXPECT_EQ(stream["answered"], 8);
  EXPECT_EQ(stream["timeouts"], 2);
  EXPECT_EQ(stream["good"], 6);
  EXPECT_DOUBLE_EQ(stream["good_share"].get<double>(), 0.6);
  EXPECT_EQ(stream["rcodes"], Json({{"NOERROR", 6}, {"SERVFAIL", 2}}));
  EXPECT_EQ(stream["latency"]["count"], 10);
  EXPECT_EQ(stream["answered_latency"]["count"], 8);
  EXPECT_DOUBLE_EQ(stream["latency"]["max_us"].get<double>(), 5e6);
  EXPECT_EQ(stream["seconds"]["queries"][0], 10);
  EXPECT_EQ(report["totals"]["queries"], 10);
  EXPECT_EQ(report["io"]["sockets"], 3);
}

TEST(RunReport, BucketsOfAHistogramAddUpToItsCount) {
  const Json report = report_of([](const auto& sent) { return test::answer_to(sent.message); });
  std::uint64_t sum = 0;
  for (const Json& bucket : report["streams"][0]["latency"]["buckets_ns"]) sum += bucket[1].get<std::uint64_t>();
  EXPECT_EQ(sum, 10U);
  EXPECT_EQ(report["lateness"]["count"], 10);
}

TEST(RunReport, CountsWrongAnswersByReasonAndShowsTheFirst) {
  const Report made = run_with([](const auto& sent) {
    auto answer = test::answer_to(sent.message);
    answer[dns::kHeaderBytes + 1] = std::byte{'x'};
    return answer;
  });
  const Json report = Json::parse(made.json);
  EXPECT_EQ(report["totals"]["wrong"]["question"], 10);
  EXPECT_EQ(made.wrong_answers, 10U);
  EXPECT_EQ(report["wrong_examples"].size(), loadgen::kWrongExamples);
  EXPECT_EQ(report["wrong_examples"][0]["asked"], "n0.a.example.");
  EXPECT_EQ(report["wrong_examples"][0]["reason"], "question");
}

TEST(RunReport, AnInterruptedRunSaysSoAndCountsWhatWasLeftOpen) {
  const Json report = report_of([](const auto&) { return test::Message{}; }, 500ms);
  EXPECT_TRUE(report["interrupted"].get<bool>());
  EXPECT_EQ(report["streams"][0]["queries"], 5);
}

TEST(Page, ShowsStatsThatAPersonLooksFor) {
  const std::string page = run_with([](const auto& sent) { return test::answer_to(sent.message); }).page;
  EXPECT_THAT(page, HasSubstr("good  10 queries/s for 1 s, 1 clients, retry none"));
  EXPECT_THAT(page, HasSubstr("answered   10  100.000 %"));
  EXPECT_THAT(page, HasSubstr("generator late by"));
}

}  // namespace
