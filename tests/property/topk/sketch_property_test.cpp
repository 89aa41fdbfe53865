// SPDX-License-Identifier: Apache-2.0
// What a sketch warrants, for any keys in any order, and for sums over several cores.
#include <deque>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/sketch_texts.hpp"

namespace {

struct Event {
  std::uint16_t key = 0;
  std::uint8_t weight = 0;
};

/// Few keys that come often among many that come seldom, in any order.
std::vector<Event> any_events() {
  const auto raw = *rc::gen::container<std::vector<std::tuple<std::uint16_t, std::uint8_t, bool>>>(rc::gen::tuple(
      rc::gen::inRange<std::uint16_t>(0, 500), rc::gen::inRange<std::uint8_t>(1, 20), rc::gen::arbitrary<bool>()));
  std::vector<Event> events;
  for (const auto& [key, weight, is_hot] : raw) {
    events.push_back({is_hot ? static_cast<std::uint16_t>(key % 5) : key, weight});
  }
  return events;
}

std::string name_of(std::uint16_t key) { return std::string("key").append(std::to_string(key)); }

TEST(SketchProperty, NeverUnderAKeysWeightAndNeverMoreThanTheErrorAboveIt) {
  EXPECT_TRUE(rc::check("bounds", [] {
    test::WatchedTexts watched({4, 16});
    for (const Event& event : any_events()) watched.add(name_of(event.key), event.weight);
    const auto rows = watched.rows();
    for (const auto& [text, weight] : watched.truth) {
      const auto found = rows.find(text);
      if (found == rows.end()) {
        RC_ASSERT(weight <= watched.sketch.least(7, watched.tag(text)));
      } else {
        RC_ASSERT(found->second.count >= weight);
        RC_ASSERT(found->second.count - found->second.error <= weight);
      }
    }
  }));
}

TEST(SketchProperty, ErrorIsAtMostASeventhOfTheSetsWeight) {
  EXPECT_TRUE(rc::check("error", [] {
    test::WatchedTexts watched({1, 16});
    for (const Event& event : any_events()) watched.add(name_of(event.key), event.weight);
    for (const auto& [text, row] : watched.rows()) RC_ASSERT(row.error * topk::Sketch::kWays <= watched.total);
    RC_ASSERT(watched.sketch.least(7, 1) * topk::Sketch::kWays <= watched.total);
  }));
}

TEST(SketchProperty, NothingOfTheWeightIsLost) {
  EXPECT_TRUE(rc::check("sum", [] {
    test::WatchedTexts watched({2, 16});
    for (const Event& event : any_events()) watched.add(name_of(event.key), event.weight);
    std::uint64_t sum = 0;
    for (const auto& [text, row] : watched.rows()) sum += row.count;
    RC_ASSERT(sum == watched.total);
  }));
}

// As control merges: what a core knows for certain, and above it all that any core may have missed.
TEST(SketchProperty, SumsOverCoresHoldTheTruthBetweenTheirBounds) {
  EXPECT_TRUE(rc::check("merge", [] {
    std::deque<test::WatchedTexts> cores;
    for (int i = 0; i < 3; ++i) cores.emplace_back(topk::Sketch::Shape{2, 16});
    std::map<std::string, std::uint64_t> truth;
    for (const Event& event : any_events()) {
      const std::string text = name_of(event.key);
      cores[*rc::gen::inRange<std::size_t>(0, 3)].add(text, event.weight);
      truth[text] += event.weight;
    }
    for (const auto& [text, weight] : truth) {
      std::uint64_t at_least = 0;
      std::uint64_t above = 0;
      for (const test::WatchedTexts& core : cores) {
        const auto rows = core.rows();
        const auto found = rows.find(text);
        if (found == rows.end()) {
          above += core.sketch.least(7, core.tag(text));
        } else {
          at_least += found->second.count - found->second.error;
          above += found->second.error;
        }
      }
      RC_ASSERT(at_least <= weight);
      RC_ASSERT(weight <= at_least + above);
    }
  }));
}

}  // namespace
