// SPDX-License-Identifier: Apache-2.0
// The loop under a clock of the test's own: moments, retries, latencies, and what becomes of each question.
#include "loadgen/engine.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_backend.hpp"
#include "loadgen/run.hpp"

namespace {

using base::Duration;
using base::Instant;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using test::answer_to;
using test::FakeBackend;
using testing::ElementsAre;

constexpr Instant kBegin{7'000'000'000'000};

class Loop {
 public:
  explicit Loop(std::initializer_list<const char*> streams, std::uint32_t max_open = 0) {
    run_.max_open = max_open;
    for (const char* const text : streams) {
      auto stream = loadgen::parse_stream(text, {.duration = 1s});
      EXPECT_TRUE(stream) << stream.error().sentence();
      run_.streams.push_back(*stream);
    }
    endpoints_ = *loadgen::plan_endpoints(run_);
    auto made = loadgen::Engine::create(run_, backend);
    EXPECT_TRUE(made) << made.error().sentence();
    engine_ = std::move(*made);
    engine_->begin(kBegin);
  }

  /// Turns every `pace` until `until` after the begin.
  void run_until(Duration until, Duration pace = 100us) {
    for (; at_ <= until; at_ += pace) {
      backend.now = kBegin + at_;
      static_cast<void>(engine_->step(backend.now));
    }
  }
  void jump_to(Duration at) { at_ = at; }
  [[nodiscard]] std::vector<Duration> sent_at() const {
    std::vector<Duration> moments;
    for (const auto& sent : backend.sent)
      moments.push_back(std::chrono::round<std::chrono::milliseconds>(sent.at - kBegin));
    return moments;
  }
  [[nodiscard]] const loadgen::StreamStats& stats(std::size_t stream = 0) const { return engine_->stats(stream); }
  [[nodiscard]] loadgen::Engine& engine() { return *engine_; }
  [[nodiscard]] const std::vector<loadgen::Endpoint>& endpoints() const { return endpoints_; }

  FakeBackend backend;

 private:
  loadgen::RunSpec run_;
  std::vector<loadgen::Endpoint> endpoints_;
  std::unique_ptr<loadgen::Engine> engine_;
  Duration at_{0};
};

constexpr const char* kOneQuestion = "zone=a.example,rate=1,arrival=uniform,";

Loop one_question(const std::string& more) { return Loop({(kOneQuestion + more).c_str()}); }

TEST(OpenLoop, QuestionsLeaveAtTheirMomentsThoughNothingIsAnswered) {
  Loop loop({"zone=a.example,rate=100,arrival=uniform"});
  loop.run_until(1s);
  ASSERT_EQ(loop.backend.sent.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(loop.sent_at()[static_cast<std::size_t>(i)], i * 10ms);
}

TEST(OpenLoop, AStreamBeginsAndEndsWhenItSays) {
  Loop loop({"zone=a.example,rate=10,arrival=uniform,start=2s,duration=500ms"});
  loop.run_until(5s);
  EXPECT_THAT(loop.sent_at(), ElementsAre(2'000ms, 2'100ms, 2'200ms, 2'300ms, 2'400ms));
}

TEST(OpenLoop, WhatIsLateGoesOutAtOnceAndItsLatenessIsToldApartFromLatency) {
  Loop loop({"zone=a.example,rate=1000,arrival=uniform,duration=100ms"});
  loop.backend.answer = [](const auto& sent) { return answer_to(sent.message); };
  loop.jump_to(500ms);  // the generator slept
  loop.run_until(600ms);
  EXPECT_EQ(loop.stats().queries, 100U);
  EXPECT_EQ(loop.stats().answered, 100U);
  EXPECT_GE(loop.engine().lateness().most(), 500ms);
  EXPECT_GE(loop.stats().latency.most(), 500ms) << "latency counts from the intended moment";
  EXPECT_EQ(loop.engine().lateness().counts().count(), 100U);
}

TEST(OpenLoop, ABackEndThatIsFullDelaysAndLosesNothing) {
  Loop loop({"zone=a.example,rate=1000,arrival=uniform,duration=100ms"});
  loop.backend.room = 10;
  loop.run_until(200ms);
  EXPECT_EQ(loop.backend.sent.size(), 10U);
  loop.backend.room = 1'000;
  loop.run_until(300ms);
  EXPECT_EQ(loop.backend.sent.size(), 100U);
  EXPECT_GE(loop.engine().lateness().most(), 150ms);
}

TEST(Retries, GlibcAsksAgainAfterFiveSecondsAndGivesUpAfterTen) {
  Loop loop = one_question("retry=glibc");
  loop.run_until(9'990ms);
  EXPECT_THAT(loop.sent_at(), ElementsAre(0ms, 5'000ms));
  EXPECT_EQ(loop.backend.sent[0].message, loop.backend.sent[1].message) << "same ID, same question";
  EXPECT_EQ(loop.backend.sent[0].endpoint, loop.backend.sent[1].endpoint);
  EXPECT_EQ(loop.stats().timeouts, 0U);
  loop.run_until(10'001ms);
  EXPECT_EQ(loop.stats().timeouts, 1U);
  EXPECT_EQ(loop.stats().latency.most(), 10s) << "an unanswered question counts as its whole timeout";
  EXPECT_EQ(loop.stats().answered_latency.counts().count(), 0U);
  EXPECT_TRUE(loop.engine().finished());
}

TEST(Retries, CaresAsksAtZeroTwoAndSixAndGivesUpAtFourteen) {
  Loop loop = one_question("retry=cares");
  loop.run_until(15s, 1ms);
  EXPECT_THAT(loop.sent_at(), ElementsAre(0ms, 2'000ms, 6'000ms));
  EXPECT_EQ(loop.stats().latency.most(), 14s);
}

TEST(Retries, WindowsAsksAtZeroOneTwoFourAndGivesUpAtEight) {
  Loop loop = one_question("retry=windows");
  loop.run_until(9s, 1ms);
  EXPECT_THAT(loop.sent_at(), ElementsAre(0ms, 1'000ms, 2'000ms, 4'000ms));
  EXPECT_EQ(loop.stats().latency.most(), 8s);
}

TEST(Retries, AClientWithoutRetriesAsksOnce) {
  Loop loop = one_question("retry=none");
  loop.run_until(9s, 1ms);
  EXPECT_THAT(loop.sent_at(), ElementsAre(0ms));
  EXPECT_EQ(loop.stats().latency.most(), 5s);
}

TEST(Retries, AnAnsweredQuestionIsNotAskedAgain) {
  Loop loop = one_question("retry=windows");
  loop.run_until(1'500ms);
  loop.backend.arrive(0, answer_to(loop.backend.sent[0].message));
  loop.run_until(9s, 1ms);
  EXPECT_EQ(loop.backend.sent.size(), 2U);
  EXPECT_EQ(loop.stats().answered, 1U);
  EXPECT_NEAR(static_cast<double>(loop.stats().latency.most().count()), 1.5e9, 1e6) << "from the first try";
}

TEST(Retries, AFailureEndsATryWhereTheProfileSaysSo) {
  Loop loop = one_question("retry=glibc");
  loop.backend.answer = [](const auto& sent) { return answer_to(sent.message, dns::Rcode::kServFail); };
  loop.run_until(100ms);
  EXPECT_EQ(loop.backend.sent.size(), 2U);
  EXPECT_EQ(loop.stats().failure_tries, 1U);
  EXPECT_EQ(loop.stats().rcodes[2], 1U) << "the second one is final";
  Loop final = one_question("retry=windows");
  final.backend.answer = loop.backend.answer;
  final.run_until(100ms);
  EXPECT_EQ(final.backend.sent.size(), 1U);
}

TEST(Retries, ThousandsThatAreDueInOneMomentAllGoOut) {
  Loop loop({"zone=a.example,rate=100000,arrival=uniform,duration=100ms,retry=windows"});
  loop.run_until(100ms, 10us);
  EXPECT_EQ(loop.backend.sent.size(), 10'000U);
  loop.jump_to(1'200ms);
  loop.run_until(1'300ms);
  EXPECT_EQ(loop.stats().retries, 10'000U);
  EXPECT_EQ(loop.stats().packets, 20'000U);
}

TEST(Answers, AQuestionThatIsForgottenAtOnceHasNoSecondAnswer) {
  Loop loop = one_question("remember=0");
  loop.run_until(10ms);
  const auto answer = answer_to(loop.backend.sent[0].message);
  loop.backend.arrive(0, answer);
  loop.backend.arrive(0, answer);
  loop.run_until(20ms);
  EXPECT_EQ(loop.stats().answered, 1U);
  EXPECT_EQ(loop.stats().duplicates, 0U);
  EXPECT_EQ(loop.stats().wrong[static_cast<std::size_t>(loadgen::Wrong::kUnknownId)], 1U);
}

TEST(Answers, LateDuplicateAndUnknownOnesAreToldApart) {
  Loop loop = one_question("retry=none");
  loop.run_until(10ms);
  const auto answer = answer_to(loop.backend.sent[0].message);
  loop.backend.arrive(0, answer);
  loop.backend.arrive(0, answer);
  loop.run_until(20ms);
  EXPECT_EQ(loop.stats().answered, 1U);
  EXPECT_EQ(loop.stats().duplicates, 1U);
  auto other_id = answer;
  test::put16(other_id, 0, test::get16(answer, 0) ^ 1U);
  loop.backend.arrive(0, other_id);
  loop.run_until(30ms);
  EXPECT_EQ(loop.stats().wrong[static_cast<std::size_t>(loadgen::Wrong::kUnknownId)], 1U);
  ASSERT_EQ(loop.engine().wrong_examples().size(), 1U);

  Loop late = one_question("retry=none");
  late.run_until(5'500ms, 1ms);
  late.backend.arrive(0, answer_to(late.backend.sent[0].message));
  late.run_until(5'600ms, 1ms);
  EXPECT_EQ(late.stats().late, 1U);
  EXPECT_EQ(late.stats().timeouts, 1U);
  EXPECT_EQ(late.stats().answered, 0U);
}

TEST(Answers, AWrongOneLeavesTheQuestionOpenForTheRightOne) {
  Loop loop = one_question("retry=none");
  loop.run_until(10ms);
  auto wrong = answer_to(loop.backend.sent[0].message);
  wrong[dns::kHeaderBytes + 1] = std::byte{'x'};
  loop.backend.arrive(0, wrong);
  loop.run_until(20ms);
  EXPECT_EQ(loop.stats().wrong[static_cast<std::size_t>(loadgen::Wrong::kQuestion)], 1U);
  EXPECT_EQ(loop.stats().answered, 0U);
  loop.backend.arrive(0, answer_to(loop.backend.sent[0].message));
  loop.run_until(30ms);
  EXPECT_EQ(loop.stats().answered, 1U);
}

TEST(Answers, OneOfAnotherPortIsUnknown) {
  Loop loop({"zone=a.example,rate=1,arrival=uniform,clients=2"});
  loop.run_until(10ms);
  loop.backend.arrive(1 - loop.backend.sent[0].endpoint, answer_to(loop.backend.sent[0].message));
  loop.run_until(20ms);
  EXPECT_EQ(loop.stats().answered, 0U);
  EXPECT_EQ(loop.stats().wrong[static_cast<std::size_t>(loadgen::Wrong::kUnknownId)], 1U);
}

TEST(Room, QuestionsThatFindNoneAreCountedAndNeverForgotten) {
  Loop loop({"zone=a.example,rate=100,arrival=uniform"}, 30);
  loop.run_until(8s, 1ms);
  EXPECT_EQ(loop.stats().queries, 100U);
  EXPECT_EQ(loop.stats().unsent, 70U);
  EXPECT_EQ(loop.stats().timeouts, 30U);
  EXPECT_EQ(loop.stats().latency.counts().count(), 100U) << "an unsent one is an unanswered one";
}

TEST(Room, EveryPortHasRoomForWhatItsClientsMayHaveOutstanding) {
  loadgen::RunSpec run;
  run.streams.push_back(*loadgen::parse_stream("random=a.example,rate=50000,duration=60", {}));
  EXPECT_EQ(loadgen::plan_endpoints(run)->size(), 17U);  // 50,000/s for 5 + 6 s, 32,768 a port
}

TEST(SeveralStreams, EachKeepsItsRateItsClientsAndItsStats) {
  Loop loop({"name=good,zone=a.example,rate=100,arrival=uniform,clients=5",
             "name=flood,random=b.example,rate=900,arrival=uniform"});
  loop.backend.answer = [](const auto& sent) {
    return answer_to(sent.message, sent.endpoint < 5 ? dns::Rcode::kNoError : dns::Rcode::kRefused);
  };
  loop.run_until(2s);
  EXPECT_EQ(loop.endpoints().size(), 6U);
  EXPECT_EQ(loop.stats(0).answered, 100U);
  EXPECT_EQ(loop.stats(0).good(), 100U);
  EXPECT_EQ(loop.stats(1).answered, 900U);
  EXPECT_EQ(loop.stats(1).good(), 0U);
  std::set<std::uint32_t> used;
  for (const auto& sent : loop.backend.sent) used.insert(sent.endpoint);
  EXPECT_EQ(used.size(), 6U);
}

TEST(Seeds, TheSameOneAsksTheSameQuestionsHoweverTheyAreAnswered) {
  const char* const stream = "zone=a.example,rate=500,zipf=1,types=A:2+AAAA:1,clients=3,case=random";
  Loop silent({stream});
  Loop answering({stream});
  answering.backend.answer = [](const auto& sent) { return answer_to(sent.message); };
  silent.run_until(1'001ms);
  answering.run_until(1'001ms, 70us);
  ASSERT_EQ(silent.backend.sent.size(), answering.backend.sent.size());
  for (std::size_t i = 0; i < silent.backend.sent.size(); ++i) {
    const base::Bytes one = base::Bytes(silent.backend.sent[i].message).subspan(2);  // IDs may differ
    const base::Bytes other = base::Bytes(answering.backend.sent[i].message).subspan(2);
    ASSERT_TRUE(std::equal(one.begin(), one.end(), other.begin(), other.end())) << i;
    ASSERT_EQ(silent.backend.sent[i].endpoint, answering.backend.sent[i].endpoint);
  }
}

TEST(Letters, ComeRandomAndAnswersMustRepeatThem) {
  Loop loop({"random=abcdefghijklmnopqrstuvwxyz.example,rate=100,arrival=uniform,case=random"});
  loop.backend.answer = [](const auto& sent) { return answer_to(sent.message); };
  loop.run_until(2s);
  EXPECT_EQ(loop.stats().answered, 100U);
  int upper = 0;
  int lower = 0;
  for (const auto& sent : loop.backend.sent) {
    for (const std::byte byte : sent.message) {
      upper += std::to_integer<char>(byte) >= 'A' && std::to_integer<char>(byte) <= 'Z';
      lower += std::to_integer<char>(byte) >= 'a' && std::to_integer<char>(byte) <= 'z';
    }
  }
  EXPECT_GT(upper, 1'000);
  EXPECT_GT(lower, 1'000);
}

TEST(Spoofing, EachQuestionHasASourceOfItsOwnWithinThePrefixAndWaitsForNothing) {
  Loop loop({"random=a.example,rate=1000,arrival=uniform,spoof=198.51.100.0/24"});
  loop.run_until(1s);
  EXPECT_EQ(loop.stats().packets, 1'000U);
  EXPECT_TRUE(loop.engine().finished());
  std::set<net::IpAddress> sources;
  for (const auto& sent : loop.backend.sent) {
    ASSERT_EQ(sent.endpoint, loadgen::kSpoofed);
    ASSERT_TRUE(sent.source.is_v4());
    ASSERT_EQ(std::to_integer<int>(sent.source.v4_octets()[2]), 100);
    sources.insert(sent.source);
  }
  EXPECT_GT(sources.size(), 200U);
}

TEST(Spoofing, AQuestionThatComesBackIsNoAnswer) {
  Loop loop({"zone=a.example,rate=10,arrival=uniform,spoof=198.51.100.0/24"});
  loop.backend.answer = [](const auto& sent) { return sent.message; };
  loop.run_until(1s);
  EXPECT_EQ(loop.stats().to_spoofed[0], 0U);
  EXPECT_EQ(loop.stats().wrong[static_cast<std::size_t>(loadgen::Wrong::kNotResponse)], 10U);
}

TEST(Spoofing, AnswersThatPassByAreCountedByTheirRcodeAndBelongToNoQuestion) {
  Loop loop(
      {"zone=b.example,rate=1,arrival=uniform", "random=a.example,rate=10,arrival=uniform,spoof=198.51.100.0/24"});
  loop.backend.answer = [](const auto& sent) {
    return sent.endpoint == loadgen::kSpoofed ? answer_to(sent.message, dns::Rcode::kNxDomain)
                                              : answer_to(sent.message);
  };
  loop.run_until(1s);
  EXPECT_EQ(loop.stats(1).to_spoofed[3], 10U);
  EXPECT_EQ(loop.stats(1).answered, 0U);
  EXPECT_EQ(loop.stats(0).answered, 1U);
  EXPECT_EQ(loop.stats(0).wrong[static_cast<std::size_t>(loadgen::Wrong::kUnknownId)], 0U);
}

TEST(Edns, AnOptWithSizeAndDoIsSentWhereAsked) {
  Loop loop = one_question("edns=4096,dnssec=on");
  loop.run_until(10ms);
  const test::Message& query = loop.backend.sent.at(0).message;
  EXPECT_EQ(test::get16(query, 10), 1U);
  const base::Bytes opt = base::Bytes(query).last(11);
  EXPECT_EQ(test::get16(opt, 1), 41U);
  EXPECT_EQ(test::get16(opt, 3), 4'096U);
  EXPECT_EQ(test::get16(opt, 7), 0x8000U);
}

TEST(Seconds, QuestionsCountInTheSecondThatTheyWereMeantFor) {
  Loop loop({"zone=a.example,rate=10,arrival=uniform,duration=3s"});
  loop.run_until(2'500ms);
  loop.backend.answer = [](const auto& sent) { return answer_to(sent.message); };
  loop.run_until(9s, 1ms);
  const auto& seconds = loop.stats().seconds;
  EXPECT_EQ(seconds[0].queries, 10U);
  EXPECT_EQ(seconds[0].timeouts, 10U);
  EXPECT_EQ(seconds[2].queries, 10U);
  EXPECT_EQ(seconds[2].answered, 4U);
  EXPECT_EQ(seconds[2].timeouts, 6U);
  EXPECT_EQ(seconds[2].latency_max_ns, 5'000'000'000U);
}

TEST(Seconds, GoodAnswersCountInTheSecondThatTheyCameAndOnlyTheFirstOfAQuestion) {
  Loop loop({"zone=a.example,rate=10,arrival=uniform"});
  loop.run_until(1'500ms);
  for (const auto& sent : loop.backend.sent) {
    for (int i = 0; i < 2; ++i) loop.backend.arrive(sent.endpoint, answer_to(sent.message));
  }
  loop.run_until(2'500ms);
  const auto& seconds = loop.stats().seconds;
  EXPECT_EQ(seconds[0].good_received, 0U);
  EXPECT_EQ(seconds[1].answers_received, 20U);
  EXPECT_EQ(seconds[1].good_received, 10U);
}

}  // namespace
