// SPDX-License-Identifier: Apache-2.0
// Stats of small traces that can be counted by hand, and the Zipf fit against exponents that are known.
#include "trace/portrait.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "samples.hpp"
#include "trace/workload.hpp"

namespace {

using samples::Folder;
using samples::Read;

trace::Portrait portrait_of(const Read& read) {
  trace::Painter painter(read.dictionary);
  for (const trace::Event& event : read.events) painter.add(event);
  return painter.finish(2);
}

TEST(Portrait, CountsWhatThereIs) {
  const Folder folder;
  const Read read(folder.write("a.csv",
                               "0,10.0.0.1,a.example,A,IN,60,NOERROR,100,,\n"
                               "0,10.0.0.1,a.example,AAAA,IN,60,NOERROR,200,tcp,\n"
                               "1,10.0.0.2,a.example,A,IN,20,NOERROR,100,do,\n"
                               "4,10.0.0.1,b.example,A,,,,,repeat,\n"));
  const trace::Portrait p = portrait_of(read);
  EXPECT_EQ(p.events, 4U);
  EXPECT_EQ(p.questions, 3U);
  EXPECT_EQ(p.names, 2U);
  EXPECT_EQ(p.one_shot, 2U);
  EXPECT_EQ(p.clients, 2U);
  EXPECT_EQ(p.busiest_client_events, 3U);
  EXPECT_EQ(p.over_tcp, 1U);
  EXPECT_EQ(p.dnssec_ok, 1U);
  EXPECT_EQ(p.repeats, 1U);
  EXPECT_DOUBLE_EQ(p.span_sec, 4);
  EXPECT_EQ(p.peak_rate, 2U);
  EXPECT_DOUBLE_EQ(p.mean_answer_bytes, 400.0 / 3);
  ASSERT_EQ(p.types.size(), 2U);
  EXPECT_EQ(p.types[0].qtype, dns::QType::kA);
  EXPECT_EQ(p.types[0].events, 3U);
  ASSERT_EQ(p.ttls.size(), 2U);
  EXPECT_EQ(p.ttls[0].ttl_sec, 20U);
  ASSERT_EQ(p.question_ttls.size(), 1U);  // both questions were once seen with 60
  EXPECT_EQ(p.question_ttls[0].events, 2U);
  ASSERT_EQ(p.top.size(), 2U);
  EXPECT_EQ(p.top[0].events, 2U);
  EXPECT_DOUBLE_EQ(p.popularity.back().share, 1);
}

TEST(Portrait, TheWorkingSetIsCountedByInterval) {
  const Folder folder;
  const Read read(folder.write("a.csv",
                               "0,10.0.0.1,a.example,A,IN,60,NOERROR,100,,\n"
                               "0.5,10.0.0.1,a.example,A,IN,60,NOERROR,100,,\n"
                               "2,10.0.0.1,a.example,A,IN,60,NOERROR,100,,\n"
                               "2.1,10.0.0.1,b.example,A,IN,60,NOERROR,50,,\n"));
  const trace::Portrait p = portrait_of(read);
  EXPECT_EQ(p.interval_sec, 1U);
  ASSERT_EQ(p.intervals.size(), 2U);
  EXPECT_EQ(p.intervals[0].distinct, 1U);
  EXPECT_EQ(p.intervals[0].events, 2U);
  EXPECT_EQ(p.intervals[1].number, 2U);
  EXPECT_EQ(p.intervals[1].distinct, 2U);
  EXPECT_EQ(p.intervals[1].fresh, 1U);
  EXPECT_EQ(p.intervals[1].answer_bytes, 150U);
}

TEST(Portrait, OfATraceWithoutEventsIsEmpty) {
  const trace::Dictionary dictionary;
  trace::Painter painter(dictionary);
  const trace::Portrait p = painter.finish(10);
  EXPECT_EQ(p.events, 0U);
  EXPECT_EQ(p.questions, 0U);
  EXPECT_TRUE(p.intervals.empty());
}

TEST(ZipfFit, FindsTheExponentOfExactCounts) {
  for (const double exponent : {0.6, 1.0, 1.4}) {
    std::vector<std::uint32_t> counts;
    for (int rank = 1; rank <= 100'000; ++rank) {
      counts.push_back(static_cast<std::uint32_t>(1e6 * std::pow(rank, -exponent)));
    }
    const trace::ZipfFit fit = trace::fit_zipf(counts);
    EXPECT_NEAR(fit.exponent, exponent, 0.01);
    EXPECT_GT(fit.r_squared, 0.999);
  }
}

TEST(ZipfFit, FindsTheExponentOfWhatWasDrawn) {
  trace::Workload workload = *trace::preset("office-vpc");
  workload.queries = 300'000;
  workload.zipf_exponent = 0.8;
  workload.pair_share = workload.https_share = workload.ptr_share = 0;
  workload.churn_per_day = 0;
  trace::Dictionary dictionary;
  const auto source = trace::make(workload, dictionary);
  trace::Painter painter(dictionary);
  for (const trace::Event& event : samples::all_of(**source, 1'000)) painter.add(event);
  EXPECT_NEAR(painter.finish(1).zipf.exponent, 0.8, 0.05);
}

TEST(ZipfFit, SaysNothingAboutTooFewRanks) {
  EXPECT_EQ(trace::fit_zipf({100, 50, 3, 2, 1}).exponent, 0);
  EXPECT_EQ(trace::fit_zipf({}).last_rank, 0U);
}

}  // namespace
