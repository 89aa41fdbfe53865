// SPDX-License-Identifier: Apache-2.0
// Made traces: repeatable, in order, and with what the knobs say.
#include "trace/workload.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/text.hpp"

namespace {

using trace::Event;
using trace::Workload;

std::vector<Event> all_of(trace::Source& source) {
  std::vector<Event> events;
  std::array<Event, 1'000> batch;
  while (true) {
    const auto count = source.next(batch);
    if (!count) {
      ADD_FAILURE() << count.error().sentence();
      return events;
    }
    if (*count == 0) return events;
    events.insert(events.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

struct Made {
  explicit Made(const Workload& workload) {
    auto source = trace::make(workload, dictionary);
    if (!source) {
      ADD_FAILURE() << source.error().sentence();
      return;
    }
    events = all_of(**source);
  }
  std::string name(const Event& event) const {
    dns::NameText room;
    return std::string(dns::name_to_text(dictionary.question(event.question).qname, room));
  }
  trace::Dictionary dictionary;
  std::vector<Event> events;
};

Workload of_preset(std::string_view name, std::uint64_t queries) {
  Workload workload = *trace::preset(name);
  workload.queries = queries;
  return workload;
}

class Presets : public testing::TestWithParam<std::string_view> {};

TEST_P(Presets, AreInOrderOfTimeAndAsLongAsAskedFor) {
  const Made made(of_preset(GetParam(), 20'000));
  ASSERT_EQ(made.events.size(), 20'000U);
  EXPECT_TRUE(std::is_sorted(made.events.begin(), made.events.end(),
                             [](const Event& a, const Event& b) { return a.at_ns < b.at_ns; }));
}

TEST_P(Presets, AreTheSameForTheSameSeedAndOthersForAnother) {
  Workload workload = of_preset(GetParam(), 5'000);
  const Made first(workload);
  const Made again(workload);
  EXPECT_EQ(first.events, again.events);
  workload.seed = 2;
  const Made other(workload);
  EXPECT_NE(first.name(first.events[100]) + first.name(first.events[200]),
            other.name(other.events[100]) + other.name(other.events[200]));
}

TEST_P(Presets, ComeAgainAfterRewind) {
  trace::Dictionary dictionary;
  const auto source = trace::make(of_preset(GetParam(), 5'000), dictionary);
  ASSERT_TRUE(source);
  const auto first = all_of(**source);
  const std::uint32_t questions = dictionary.questions();
  ASSERT_TRUE((*source)->rewind());
  EXPECT_EQ(all_of(**source), first);
  EXPECT_EQ(dictionary.questions(), questions);
}

INSTANTIATE_TEST_SUITE_P(All, Presets, testing::ValuesIn(trace::preset_names()), [](const auto& instance) {
  std::string name(instance.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// One seed, one base: an overlay adds, it does not change what it lies on.
TEST(Workloads, AFloodLeavesTheOthersQuestionsAsTheyWere) {
  Workload workload = of_preset("office-vpc", 5'000);
  const Made calm(workload);
  workload.flood = {.rate = 2'000, .begin_sec = 0, .length_sec = 0, .clients = 3, .zones = 2};
  const Made flooded(workload);
  std::vector<std::string> calm_names;
  std::vector<std::string> flooded_names;
  std::size_t floods = 0;
  for (const Event& event : flooded.events) {
    if ((event.flags & trace::kFlood) != 0) {
      ++floods;
    } else {
      flooded_names.push_back(flooded.name(event));
    }
  }
  for (std::size_t i = 0; i < flooded_names.size(); ++i) calm_names.push_back(calm.name(calm.events[i]));
  EXPECT_GT(floods, 1'000U);
  EXPECT_GT(flooded_names.size(), 500U);
  // The share of one-shot names follows the number of lookups, which the flood takes from: compare what both have.
  std::size_t same = 0;
  for (std::size_t i = 0; i < 100; ++i) same += calm_names[i] == flooded_names[i] ? 1U : 0U;
  EXPECT_GT(same, 60U);
}

TEST(Workloads, TtlsFollowTheirShares) {
  Workload workload = of_preset("office-vpc", 50'000);
  workload.zipf_exponent = 0;
  workload.missing_share = 0;
  workload.pair_share = 0;
  workload.https_share = 0;
  workload.ptr_share = 0;
  workload.ttls = {{5, 1}, {60, 3}};
  const Made made(workload);
  double short_lived = 0;
  for (const Event& event : made.events) {
    ASSERT_THAT(event.ttl_sec, testing::AnyOf(5U, 60U));
    short_lived += event.ttl_sec == 5 ? 1 : 0;
    EXPECT_THAT(made.name(event), testing::HasSubstr(event.ttl_sec == 5 ? ".ttl5.example." : ".ttl60.example."));
  }
  EXPECT_NEAR(short_lived / 50'000, 0.25, 0.02);
}

TEST(Workloads, OneShotNamesAreTheWantedShareOfAllNames) {
  Workload workload = of_preset("office-vpc", 200'000);
  workload.names = 2'000;  // all of which come often, so that what comes once is one-shot
  workload.zipf_exponent = 0.5;
  workload.pair_share = 0;
  workload.https_share = 0;
  workload.ptr_share = 0;
  workload.churn_per_day = 0;
  workload.one_shot_share = 0.37;
  const Made made(workload);
  std::map<std::uint32_t, int> times;
  for (const Event& event : made.events) ++times[event.question];
  double once = 0;
  for (const auto& [question, count] : times) once += count == 1 ? 1 : 0;
  EXPECT_NEAR(once / static_cast<double>(times.size()), 0.37, 0.02);
}

TEST(Workloads, AnswersHaveTheSizeThatIsWanted) {
  Workload workload = of_preset("office-vpc", 2'000);
  workload.answer_bytes = 1'200;
  std::size_t with_records = 0;
  for (const Event& event : Made(workload).events) with_records += event.answer_bytes == 1'200 ? 1U : 0U;
  EXPECT_GT(with_records, 1'000U);
  workload.answer_bytes = 0;
  for (const Event& event : Made(workload).events) EXPECT_LT(event.answer_bytes, 1'200);
}

// resolv.conf(5), ndots: names with fewer dots go through the search list before they are tried as they are.
TEST(Workloads, NamesWithFewDotsGoThroughTheSearchPath) {
  Workload workload = of_preset("kubernetes", 2'000);
  workload.clients = 1;
  workload.internal_share = 0;
  workload.missing_share = 0;
  workload.pair_share = 0;
  workload.rate = 0.01;  // one lookup is over before the next begins
  const Made made(workload);
  for (std::size_t i = 0; i + 5 <= made.events.size(); i += 5) {
    const std::string name = made.name(made.events[i + 4]);
    for (std::size_t j = 0; j < 4; ++j) {
      EXPECT_EQ(made.name(made.events[i + j]), name + workload.search[j]);
      EXPECT_EQ(made.events[i + j].rcode, 3);
      EXPECT_EQ(made.events[i + j].ttl_sec, workload.negative_ttl_sec);
    }
    EXPECT_EQ(made.events[i + 4].rcode, 0);
  }
}

TEST(Workloads, LostQuestionsAreRepeatedAsTheProfileSays) {
  Workload workload = of_preset("office-vpc", 100);
  workload.retry_shares = {0, 0, 0, 0, 1};  // Windows: after 1, 2 and 4 s
  workload.loss = 1;
  workload.rate = 0.001;  // one lookup is over before the next begins
  workload.pair_share = workload.https_share = workload.ptr_share = 0;
  const Made made(workload);
  for (std::size_t i = 0; i + 4 <= made.events.size(); i += 4) {
    const std::int64_t first = made.events[i].at_ns;
    EXPECT_EQ(made.events[i].flags & trace::kRepeat, 0);
    EXPECT_EQ(made.events[i + 1].at_ns, first + 1'000'000'000);
    EXPECT_EQ(made.events[i + 2].at_ns, first + 2'000'000'000);
    EXPECT_EQ(made.events[i + 3].at_ns, first + 4'000'000'000);
    EXPECT_EQ(made.events[i + 3].question, made.events[i].question);
    EXPECT_NE(made.events[i + 3].flags & trace::kRepeat, 0);
  }
}

TEST(Workloads, TheRateFollowsTheDay) {
  Workload workload = of_preset("office-vpc", 200'000);
  workload.rate = 1;
  workload.begin_hour = 0;
  workload.diurnal_amplitude = 0.8;
  workload.pair_share = workload.https_share = 0;
  const Made made(workload);
  std::array<double, 24> hours{};
  for (const Event& event : made.events) {
    if (event.at_ns < 86'400'000'000'000) hours.at(static_cast<std::size_t>(event.at_ns / 3'600'000'000'000)) += 1;
  }
  EXPECT_GT(hours[12], 5'500);  // 1.8 × 3600, less what the noise takes
  EXPECT_LT(hours[0], 1'200);   // 0.2 × 3600
}

TEST(Workloads, BurstsBringNewClientsThatAskForFewNames) {
  Workload workload = of_preset("lambda-burst", 30'000);
  workload.rate = 1;
  const Made made(workload);
  std::map<std::uint32_t, std::set<std::uint32_t>> clients_of_second;
  for (const Event& event : made.events) {
    clients_of_second[static_cast<std::uint32_t>(event.at_ns / 1'000'000'000)].insert(event.client);
  }
  EXPECT_GT(clients_of_second[150].size(), 900U);
  EXPECT_LT(clients_of_second[140].size(), 10U);
}

TEST(Workloads, AKnobOutOfRangeIsNamed) {
  Workload workload;
  workload.one_shot_share = 1.5;
  trace::Dictionary dictionary;
  const auto source = trace::make(workload, dictionary);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().sentence(), testing::HasSubstr("one-shot share 1.5 is out of range"));
  EXPECT_FALSE(trace::parse_ttls("60:x"));
  EXPECT_FALSE(trace::preset("home"));
}

TEST(Workloads, AFullDictionaryEndsTheTrace) {
  trace::Dictionary dictionary({.questions = 100, .clients = 10});
  const auto source = trace::make(of_preset("isp", 10'000), dictionary);
  ASSERT_TRUE(source);
  std::array<Event, 1'000> batch;
  const auto count = (*source)->next(batch);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code(), diag::Code::kExhausted);
}

}  // namespace
