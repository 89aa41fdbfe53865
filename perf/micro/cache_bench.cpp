// SPDX-License-Identifier: Apache-2.0
// Cost of a lookup by the size of the cache, with and without the burst's prefetching, and of inserts that evict.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "support/cache_world.hpp"

namespace {

using test::Answer;
using test::CacheWorld;
using test::Key;

constexpr std::size_t kBurst = 32;

/// What a worker has at hand of a query: its hash and the bytes of its key, in its own cache lines.
struct Query {
  std::uint64_t hash = 0;
  std::size_t key_bytes = 0;
  std::array<std::byte, 48> key{};
  [[nodiscard]] dns::KeyView view() const { return dns::KeyView({key.data(), key_bytes}); }
};

/// A filled cache and queries for its names at random, as clients ask; the queries themselves are read in order.
struct Filled {
  CacheWorld world;
  std::vector<Query> queries;

  explicit Filled(std::size_t names) : world({}, std::max<std::size_t>(names * 256, 4U << 20U)), queries(1U << 17U) {
    const Answer answer(1, {300});
    for (std::size_t i = 0; i < names; ++i) world.put(test::numbered(i), answer);
    std::mt19937_64 random(1);
    for (Query& query : queries) {
      const Key key = test::numbered(random() % names);
      query.hash = key.hash();
      query.key_bytes = key.view().bytes().size();
      std::memcpy(query.key.data(), key.view().bytes().data(), query.key_bytes);
    }
  }
};

/// What the worker does for a burst: all buckets, all entries, then the compares. Time per burst of 32, hashing not
/// included; items are queries.
template <bool kPrefetch>
void find_bursts(benchmark::State& state, const Filled& filled) {
  std::size_t at = 0;
  std::int64_t hits = 0;
  for (auto _ : state) {
    const std::span<const Query> burst(&filled.queries[at], kBurst);
    at = (at + kBurst) % filled.queries.size();
    if constexpr (kPrefetch) {
      for (const Query& query : burst) filled.world.cache.prefetch_bucket(query.hash);
      for (const Query& query : burst) filled.world.cache.prefetch_entry(query.hash);
    }
    for (const Query& query : burst) hits += filled.world.cache.find(query.hash, query.view()) != nullptr ? 1 : 0;
  }
  const std::int64_t asked = state.iterations() * static_cast<std::int64_t>(kBurst);
  state.SetItemsProcessed(asked);
  state.counters["hit_ratio"] = static_cast<double>(hits) / static_cast<double>(asked);
}

template <bool kPrefetch>
void BM_FindHit(benchmark::State& state) {
  const Filled filled(static_cast<std::size_t>(state.range(0)));
  find_bursts<kPrefetch>(state, filled);
}
BENCHMARK_TEMPLATE(BM_FindHit, true)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_TEMPLATE(BM_FindHit, false)->Arg(1'000)->Arg(1'000'000);

void BM_FindMiss(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  std::mt19937_64 random(2);
  for (Query& query : filled.queries) query.hash = random();
  find_bursts<true>(state, filled);
}
BENCHMARK(BM_FindMiss)->Arg(1'000)->Arg(1'000'000);

/// Each insert is of a new name into a full cache: it evicts, and what it evicted goes through limbo.
void BM_InsertWithEviction(benchmark::State& state) {
  const std::size_t names = static_cast<std::size_t>(state.range(0));
  Filled filled(names);
  std::size_t next = names;
  const Answer answer(2, {300});
  while (filled.world.cache.figures().evictions < names / 2) {
    filled.world.put(test::numbered(next++), answer);
    filled.world.cache.reclaim();
  }
  std::vector<Key> keys;
  for (std::size_t i = 0; i < 1U << 16U; ++i) keys.push_back(test::numbered(next++));
  std::mt19937_64 random(3);
  std::size_t at = 0;
  for (auto _ : state) {
    // A new hash each time makes a new name of an old one without building keys in the loop.
    filled.world.cache.insert(CacheWorld::with_hash(random(), keys[at], answer), filled.world.now);
    filled.world.cache.reclaim();
    at = (at + 1) % keys.size();
  }
  state.counters["evicted"] = static_cast<double>(filled.world.cache.figures().evictions);
  state.counters["no_room"] = static_cast<double>(filled.world.cache.figures().rejected_no_room);
}
BENCHMARK(BM_InsertWithEviction)->Arg(100'000)->Arg(1'000'000);

}  // namespace

BENCHMARK_MAIN();
