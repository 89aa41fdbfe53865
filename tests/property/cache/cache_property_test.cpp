// SPDX-License-Identifier: Apache-2.0
// The cache against a map with the same clock. The only liberty it has: an entry may be missing because it was evicted.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/cache_world.hpp"

namespace {

using test::Answer;
using test::CacheWorld;
using test::Kept;
using test::Key;

constexpr std::size_t kNames = 40;
constexpr std::size_t kCrowds = 3;  // names share so few bucket pairs that they overflow and evict

/// A hash as an unlucky secret would make it: bucket pair and tag repeat among names.
std::uint64_t hash_of(std::size_t name) {
  const std::uint64_t crowd = name % kCrowds;
  return (crowd + 1) << 22U | crowd << 1U | std::uint64_t{name / 8} << 44U;
}

struct Modelled {
  unsigned mark = 0;
  std::size_t record_bytes = 0;
  base::Instant stored;
  Kept kept;
};

enum class Act { kPut, kRemove, kAdvance, kSweep, kFlush, kTransient, kReport, kUse };

struct Step {
  Act act{};
  std::size_t name = 0;
  std::uint32_t number = 0;
};

rc::Gen<Step> any_step() {
  using rc::gen::inRange;
  const auto act = rc::gen::weightedElement<Act>({{12, Act::kPut},
                                                  {2, Act::kRemove},
                                                  {3, Act::kAdvance},
                                                  {2, Act::kSweep},
                                                  {1, Act::kFlush},
                                                  {2, Act::kTransient},
                                                  {3, Act::kReport},
                                                  {4, Act::kUse}});
  return rc::gen::construct<Step>(act, inRange<std::size_t>(0, kNames), inRange<std::uint32_t>(0, 4'000));
}

/// Cache and model, and the steps that change both.
class Pair {
 public:
  explicit Pair(const cache::Settings& settings) : world_(settings), max_entries_(settings.max_entries) {
    for (std::size_t i = 0; i < kNames; ++i) {
      keys_.push_back(test::numbered(i, i % 2 == 0 ? "a.even.n" : "b.odd.n"));
    }
    world_.qsbr.online(0);
  }

  void run(const Step& step) {
    switch (step.act) {
      case Act::kPut:
        put(step);
        break;
      case Act::kRemove:
        remove(step.name);
        break;
      case Act::kAdvance:
        world_.now = world_.now + std::chrono::milliseconds(step.number * 10);
        break;
      case Act::kSweep:
        sweep();
        break;
      case Act::kFlush:
        flush();
        break;
      case Act::kTransient:
        transient(step);
        break;
      case Act::kReport:
        report();
        break;
      case Act::kUse:
        if (const cache::Entry* entry = find(step.name)) entry->note_use();
        break;
    }
    world_.cache.reclaim();
    check_all();
  }

 private:
  [[nodiscard]] const cache::Entry* find(std::size_t name) const {
    return world_.cache.find(hash_of(name), keys_[name].view());
  }

  void put(const Step& step) {
    const unsigned mark = ++puts_ % 250 + 1;
    const std::size_t record_bytes = 16 + step.number % 1'500;
    const Kept kept{1 + step.number % 20, step.number % 7};
    const Answer answer(static_cast<std::uint8_t>(mark), {300}, record_bytes);
    const cache::Entry* stored =
        world_.cache.insert(CacheWorld::with_hash(hash_of(step.name), keys_[step.name], answer, kept), world_.now);
    RC_ASSERT(stored != nullptr);
    RC_ASSERT(find(step.name) == stored);
    model_[step.name] = {mark, record_bytes, world_.now, kept};
  }

  void remove(std::size_t name) {
    const bool was_there = find(name) != nullptr;
    RC_ASSERT(world_.cache.remove(hash_of(name), keys_[name].view()) == was_there);
    model_.erase(name);
  }

  void sweep() {
    world_.cache.sweep(world_.now, world_.cache.bucket_count());
    for (std::size_t name = 0; name < kNames; ++name) {
      const cache::Entry* entry = find(name);
      if (entry == nullptr) continue;
      // A whole second of grace: the sweep counts in seconds and never takes one too early.
      RC_ASSERT(entry->freshness(world_.now - std::chrono::seconds(1)) != cache::Freshness::kDead);
    }
  }

  void flush() {
    cache::Cache::Cursor cursor;
    while (world_.cache.flush(cursor, Key("example").qname(), 100)) {
    }
    RC_ASSERT(world_.cache.stats()[cache::Gauge::kEntries] == 0U);
    model_.clear();
  }

  void transient(const Step& step) {
    const Answer answer(251, {300}, 16 + step.number % 1'500);
    const cache::Entry* entry =
        world_.cache.make_transient(CacheWorld::with_hash(hash_of(step.name), keys_[step.name], answer), world_.now);
    RC_ASSERT(entry != nullptr);
    RC_ASSERT(find(step.name) != entry);
    RC_ASSERT(test::mark_of(*entry) == 251U);
    world_.cache.retire(entry);
  }

  /// The reader checks again what it holds, releases it, and takes the current entry.
  void report() {
    for (const auto& [entry, mark] : held_) RC_ASSERT(test::mark_of(*entry) == mark);
    held_.clear();
    world_.reader_reports();
    for (std::size_t name = 0; name < kNames; name += 3) {
      if (const cache::Entry* entry = find(name)) held_.emplace_back(entry, test::mark_of(*entry));
    }
  }

  void check_all() {
    std::size_t found = 0;
    for (std::size_t name = 0; name < kNames; ++name) {
      const cache::Entry* entry = find(name);
      if (entry == nullptr) continue;
      ++found;
      const auto at = model_.find(name);
      RC_ASSERT(at != model_.end());
      RC_ASSERT(entry->key() == keys_[name].view());
      RC_ASSERT(test::mark_of(*entry) == at->second.mark);
      RC_ASSERT(entry->image().records.size() == at->second.record_bytes);
      RC_ASSERT(entry->stored_at() == at->second.stored);
      RC_ASSERT(entry->ttl_sec() == at->second.kept.ttl_sec);
    }
    const cache::Stats stats = world_.cache.stats();
    RC_ASSERT(stats[cache::Gauge::kEntries] == found);
    RC_ASSERT(stats[cache::Counter::kRejectedNoRoom] == 0U);
    RC_ASSERT(stats[cache::Counter::kInserts] ==
              stats[cache::Counter::kReplacements] + stats[cache::Counter::kEvictions] +
                  stats[cache::Counter::kExpired] + stats[cache::Counter::kFlushed] + found);
    RC_ASSERT(max_entries_ == 0U || found <= max_entries_);
    for (const auto& [held, mark] : held_) RC_ASSERT(test::mark_of(*held) == mark);
  }

  CacheWorld world_;
  std::uint64_t max_entries_;
  std::vector<Key> keys_;
  std::map<std::size_t, Modelled> model_;
  std::vector<std::pair<const cache::Entry*, unsigned>> held_;
  unsigned puts_ = 0;
};

TEST(CacheProperty, NeverAnythingButTheLastAnswerOfAName) {
  EXPECT_TRUE(rc::check("cache and map agree but for evictions", [] {
    cache::Settings settings;
    settings.max_entries = *rc::gen::element<std::uint64_t>(0, 0, 1, 5, 30);
    Pair pair(settings);
    for (const Step& step : *rc::gen::scale(3.0, rc::gen::container<std::vector<Step>>(any_step()))) pair.run(step);
  }));
}

TEST(CacheProperty, NothingIsEvictedWhileThereIsRoom) {
  EXPECT_TRUE(rc::check("few names with well-spread hashes all stay", [](std::uint16_t seed) {
    CacheWorld world;
    for (std::size_t i = 0; i < 500; ++i) {
      RC_ASSERT(world.put(test::numbered(std::size_t{seed} * 1'000 + i), Answer(1)) != nullptr);
      world.reclaim_all();
    }
    for (std::size_t i = 0; i < 500; ++i) {
      RC_ASSERT(world.get(test::numbered(std::size_t{seed} * 1'000 + i)) != nullptr);
    }
    RC_ASSERT(world.cache.stats()[cache::Counter::kEvictions] == 0U);
  }));
}

}  // namespace
