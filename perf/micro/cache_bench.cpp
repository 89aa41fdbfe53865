// SPDX-License-Identifier: Apache-2.0
// Cost of a lookup by the size of the cache, with and without the burst's prefetching, and of inserts that evict.
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "support/cache_world.hpp"

namespace {

using test::Answer;
using test::CacheWorld;
using test::Key;

constexpr std::size_t kBurst = 32;

/// A filled cache and an order in which its names are asked for, at random as clients do.
struct Filled {
  CacheWorld world;
  std::vector<Key> keys;
  std::vector<std::uint32_t> order;

  explicit Filled(std::size_t names) : world({}, std::max<std::size_t>(names * 256, 4U << 20U)) {
    const Answer answer(1, {300});
    for (std::size_t i = 0; i < names; ++i) {
      keys.push_back(test::numbered(i));
      world.put(keys.back(), answer);
    }
    std::mt19937_64 random(1);
    order.resize(1U << 16U);
    for (std::uint32_t& index : order) index = static_cast<std::uint32_t>(random() % names);
  }
};

/// What the worker does for a burst: all buckets, all entries, then the compares. Time per query, hashing not included.
template <bool kPrefetch>
void find_burst(benchmark::State& state, Filled& filled, const std::vector<std::uint64_t>& hashes) {
  std::size_t at = 0;
  std::size_t hits = 0;
  for (auto _ : state) {
    const std::uint32_t* burst = &filled.order[at];
    at = (at + kBurst) % filled.order.size();
    if constexpr (kPrefetch) {
      for (std::size_t i = 0; i < kBurst; ++i) filled.world.cache.prefetch_bucket(hashes[burst[i]]);
      for (std::size_t i = 0; i < kBurst; ++i) filled.world.cache.prefetch_entry(hashes[burst[i]]);
    }
    for (std::size_t i = 0; i < kBurst; ++i) {
      const cache::Entry* entry = filled.world.cache.find(hashes[burst[i]], filled.keys[burst[i]].view());
      hits += entry != nullptr ? 1U : 0U;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBurst));
  state.counters["hit_ratio"] =
      static_cast<double>(hits) / (static_cast<double>(state.iterations()) * static_cast<double>(kBurst));
}

template <bool kPrefetch>
void BM_FindHit(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint64_t> hashes;
  for (const Key& key : filled.keys) hashes.push_back(key.hash());
  find_burst<kPrefetch>(state, filled, hashes);
}
BENCHMARK_TEMPLATE(BM_FindHit, true)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_TEMPLATE(BM_FindHit, false)->Arg(1'000)->Arg(1'000'000);

void BM_FindMiss(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> hashes(filled.keys.size());
  for (std::uint64_t& hash : hashes) hash = random();
  find_burst<true>(state, filled, hashes);
}
BENCHMARK(BM_FindMiss)->Arg(1'000)->Arg(1'000'000);

/// Each insert is of a new name into a full cache: it evicts, and what it evicted goes through limbo.
void BM_InsertWithEviction(benchmark::State& state) {
  Filled filled(static_cast<std::size_t>(state.range(0)));
  std::size_t next = filled.keys.size();
  const Answer answer(2, {300});
  while (filled.world.cache.figures().evictions < 1'000) {
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
