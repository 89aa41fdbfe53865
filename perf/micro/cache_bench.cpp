// SPDX-License-Identifier: Apache-2.0
// Cost of a lookup with its answer by the size of the cache, with and without the burst's prefetching; of only reading the
// same cache lines; and of inserts that evict. Items are queries; times are of a burst of 32, without hashing. All caches
// exist at the same time, so that --benchmark_enable_random_interleaving compares sizes fairly on a machine with noisy
// neighbours.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "allocations.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "dns/answer.hpp"
#include "huge_memory.hpp"
#include "support/cache_world.hpp"

namespace {

using test::Answer;

constexpr std::size_t kBurst = 32;
constexpr std::size_t kQueries = 1U << 21U;  // more names than any cache of the CPU holds
constexpr std::size_t kNameBytes = 27;
constexpr double kExponent = 0.95;
constexpr std::size_t kFewNames = 2'000;   // whose lines and translations stay in the CPU's caches
constexpr std::size_t kPrime = 7'368'787;  // spreads the requested names over the whole cache
constexpr std::size_t kBytesAnEntry = 190;

enum class Spread : std::uint8_t { kUniform, kZipf, kFew, kUnknown };

/// A query as a worker has it: its hash and the bytes of its key, in one cache line.
struct alignas(64) Query {
  std::uint64_t hash = 0;
  std::array<std::byte, dns::kKeyPrefixBytes + kNameBytes> key{};
  [[nodiscard]] dns::KeyView view() const { return dns::KeyView(key); }
};
static_assert(sizeof(Query) == 64);

/// "h00012345.compute.example." type A.
Query query_for(std::size_t name) {
  static constexpr char kName[] =
      "\x09h00000000\x07"
      "compute\x07"
      "example";
  static_assert(sizeof kName == kNameBytes);
  Query query;
  query.key[0] = query.key[2] = std::byte{1};
  query.key[7] = std::byte{kNameBytes};
  std::memcpy(query.key.data() + dns::kKeyPrefixBytes, kName, kNameBytes);
  for (std::size_t i = 0; i < 8; ++i, name /= 10) {
    query.key[dns::kKeyPrefixBytes + 9 - i] = static_cast<std::byte>('0' + name % 10);
  }
  query.hash = test::keyed_hash()(query.key);
  return query;
}

/// A filled cache. Filling one of ten million entries is slow, so all caches are kept.
struct Filled {
  perf::HugeMemory memory;
  base::Qsbr qsbr;
  cache::Cache cache;
  base::Instant now = test::kStart;
  Answer answer{1, {300}};

  explicit Filled(std::size_t names)
      : memory(std::max<std::size_t>(names * kBytesAnEntry, 4U << 20U)), cache(memory.view(), {}, qsbr) {
    for (std::size_t i = 0; i < names; ++i) put(query_for(i));
  }
  void put(const Query& query) {
    cache::NewEntry entry{.key = query.view(), .hash = query.hash, .image = answer.image(), .ttl_sec = 300};
    entry.image.flags = dns::kFlagRa;
    cache.insert(entry, now);
    cache.reclaim();
  }
  /// Later benchmarks only read it.
  [[nodiscard]] static const Filled& of(std::size_t names) { return made(all_read, names); }
  [[nodiscard]] static Filled& to_insert_into(std::size_t names) { return made(all_written, names); }

 private:
  using BySize = std::map<std::size_t, std::unique_ptr<Filled>>;
  static inline BySize all_read, all_written;
  static Filled& made(BySize& all, std::size_t names) {
    std::unique_ptr<Filled>& one = all[names];
    if (!one) one = std::make_unique<Filled>(names);
    return *one;
  }
};

/// The steady state: the use counters of popular entries are saturated and not written any more.
void use(const cache::Cache& cache, std::span<const Query> asked) {
  for (const Query& query : asked) {
    const cache::Entry* entry = cache.find(query.hash, query.view());
    for (int i = 0; entry != nullptr && i < 3; ++i) entry->note_use();
  }
}

/// Queries for random names; the array of queries is read in order.
const std::vector<Query>& queries(std::size_t names, Spread spread) {
  static std::map<std::pair<std::size_t, Spread>, std::vector<Query>> all;
  std::vector<Query>& made = all[{names, spread}];
  if (!made.empty()) return made;
  made.resize(kQueries);
  std::mt19937_64 random(1);
  std::vector<double> up_to;
  if (spread == Spread::kZipf) {
    double sum = 0;
    for (std::size_t i = 0; i < names; ++i) up_to.push_back(sum += std::pow(static_cast<double>(i + 1), -kExponent));
  }
  for (Query& query : made) {
    std::size_t name = random() % names;
    if (spread == Spread::kFew) name = name % kFewNames * kPrime % names;
    if (spread == Spread::kUnknown) name += 50'000'000;
    if (spread == Spread::kZipf) {
      const double at = std::uniform_real_distribution<double>(0.0, up_to.back())(random);
      const auto rank = static_cast<std::size_t>(std::ranges::upper_bound(up_to, at) - up_to.begin());
      name = std::min(rank, names - 1) * kPrime % names;
    }
    query = query_for(name);
  }
  use(Filled::of(names).cache, made);
  return made;
}

/// The room of 32 received packets.
struct Rooms {
  std::array<std::array<std::byte, 512>, kBurst> rooms{};
  /// Header and question, as a client sends them. Returns the end of the question.
  std::size_t receive(std::size_t i, const Query& query) {
    std::byte* at = rooms[i].data();
    base::store_be16(at + 2, 0x0100);
    base::store_be16(at + 4, 1);
    std::memcpy(at + 12, query.key.data() + dns::kKeyPrefixBytes, kNameBytes);
    base::store_be16(at + 12 + kNameBytes, 1);
    base::store_be16(at + 14 + kNameBytes, 1);
    return 16 + kNameBytes;
  }
};

/// A worker's steps for a burst: all buckets, all entries, then compare and build.
template <bool kPrefetch, bool kBuild>
void run_bursts(benchmark::State& state, Spread spread) {
  const auto names = static_cast<std::size_t>(state.range(0));
  const std::vector<Query>& asked = queries(names, spread);
  const Filled& filled = Filled::of(names);
  const dns::ClientState client{.id = base::TxId(7), .query_flags = 0x0100, .edns = {}, .limit_bytes = 512};
  auto rooms = std::make_unique<Rooms>();
  std::size_t at = 0;
  std::int64_t hits = 0;
  std::size_t built = 0;
  const perf::NoAllocations none;
  for (auto _ : state) {
    const std::span<const Query> burst(&asked[at], kBurst);
    at = (at + kBurst) % asked.size();
    if constexpr (kPrefetch) {
      for (const Query& query : burst) filled.cache.prefetch_bucket(query.hash);
      std::uint32_t elsewhere = 0;  // one bit per query
      for (std::size_t i = 0; i < kBurst; ++i) {
        if (filled.cache.prefetch_entry(burst[i].hash) == cache::Cache::Trace::kElsewhere) elsewhere |= 1U << i;
      }
      for (; elsewhere != 0; elsewhere &= elsewhere - 1) {
        filled.cache.prefetch_elsewhere(burst[static_cast<std::size_t>(std::countr_zero(elsewhere))].hash);
      }
    }
    for (std::size_t i = 0; i < kBurst; ++i) {
      const cache::Entry* entry = filled.cache.find(burst[i].hash, burst[i].view());
      if (entry == nullptr) continue;
      ++hits;
      entry->note_use();
      if constexpr (kBuild) {
        const std::size_t end = rooms->receive(i, burst[i]);
        built += dns::write_answer(rooms->rooms[i], end, client, entry->image(),
                                   {.age_sec = entry->age_sec(filled.now)}, dns::Ede::kNone);
      }
    }
    benchmark::ClobberMemory();
  }
  none.check(state);
  benchmark::DoNotOptimize(built);
  const std::int64_t all = state.iterations() * static_cast<std::int64_t>(kBurst);
  state.SetItemsProcessed(all);
  state.counters["hit_ratio"] = static_cast<double>(hits) / static_cast<double>(all);
  state.counters["ns_a_query"] =
      benchmark::Counter(static_cast<double>(all) * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["hugepages"] = filled.memory.is_huge() ? 1 : 0;
}

void BM_AnswerUniform(benchmark::State& state) { run_bursts<true, true>(state, Spread::kUniform); }
void BM_AnswerUniformNoPrefetch(benchmark::State& state) { run_bursts<false, true>(state, Spread::kUniform); }
void BM_AnswerZipf(benchmark::State& state) { run_bursts<true, true>(state, Spread::kZipf); }
void BM_AnswerFew(benchmark::State& state) { run_bursts<true, true>(state, Spread::kFew); }
void BM_FindUniform(benchmark::State& state) { run_bursts<true, false>(state, Spread::kUniform); }
void BM_FindUniformNoPrefetch(benchmark::State& state) { run_bursts<false, false>(state, Spread::kUniform); }
void BM_FindMiss(benchmark::State& state) { run_bursts<true, false>(state, Spread::kUnknown); }

/// The lines of one query's answer, and an index line with the same spread; which bucket it is does not matter.
struct Lines {
  const std::byte* index = nullptr;
  const std::byte* entry = nullptr;  // two lines
};

std::vector<Lines> lines_of(const Filled& filled, std::span<const Query> asked) {
  std::vector<Lines> all;
  for (const Query& query : asked) {
    const cache::Entry* entry = filled.cache.find(query.hash, query.view());
    const std::byte* index =
        filled.memory.view().data() + query.hash % filled.cache.bucket_count() * base::kCacheLineBytes;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): which bytes it is in; the few that found no place aside
    all.push_back({index, entry == nullptr ? index : reinterpret_cast<const std::byte*>(entry)});
  }
  return all;
}

/// The memory's share of a lookup: the lines of a burst are prefetched, then read.
/// Without the index: the cost of a table that knows each entry's place in advance.
template <bool kIndex>
void run_memory(benchmark::State& state, Spread spread) {
  const auto names = static_cast<std::size_t>(state.range(0));
  const std::vector<Query>& asked = queries(names, spread);
  const std::vector<Lines> lines = lines_of(Filled::of(names), asked);
  std::size_t at = 0;
  unsigned read = 0;
  const perf::NoAllocations none;
  for (auto _ : state) {
    const std::span<const Lines> burst(&lines[at], kBurst);
    at = (at + kBurst) % lines.size();
    if constexpr (kIndex) {
      for (const Lines& query : burst) __builtin_prefetch(query.index);
    }
    for (const Lines& query : burst) {
      if constexpr (kIndex) read += std::to_integer<unsigned>(*query.index);
      __builtin_prefetch(query.entry);
      __builtin_prefetch(query.entry + base::kCacheLineBytes);
    }
    for (const Lines& query : burst) {
      read += std::to_integer<unsigned>(query.entry[0] ^ query.entry[base::kCacheLineBytes]);
    }
    benchmark::DoNotOptimize(read);
  }
  none.check(state);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBurst));
}

void BM_MemoryUniform(benchmark::State& state) { run_memory<true>(state, Spread::kUniform); }
void BM_MemoryUniformNoIndex(benchmark::State& state) { run_memory<false>(state, Spread::kUniform); }
void BM_MemoryZipf(benchmark::State& state) { run_memory<true>(state, Spread::kZipf); }
void BM_MemoryZipfNoIndex(benchmark::State& state) { run_memory<false>(state, Spread::kZipf); }

/// Each insert of a new name into a full cache evicts; evicted entries pass through limbo.
void BM_InsertWithEviction(benchmark::State& state) {
  const auto names = static_cast<std::size_t>(state.range(0));
  Filled& filled = Filled::to_insert_into(names);
  std::vector<Query> fresh;
  for (std::size_t i = 0; i < 1U << 16U; ++i) fresh.push_back(query_for(60'000'000 + i));
  std::mt19937_64 random(3);
  // A new hash makes a new name of an old one, without building keys in the loop.
  const auto put_next = [&](std::size_t i) {
    Query& query = fresh[i % fresh.size()];
    query.hash = random();
    filled.put(query);
  };
  for (std::size_t i = 0; filled.cache.stats()[cache::Counter::kEvictions] < names / 2; ++i)
    put_next(i);  // for the first round
  const std::uint64_t before = filled.cache.stats()[cache::Counter::kEvictions];
  std::size_t i = 0;
  const perf::NoAllocations none;
  for (auto _ : state) put_next(i++);
  none.check(state);
  const cache::Stats stats = filled.cache.stats();
  state.counters["evictions_an_insert"] =
      static_cast<double>(stats[cache::Counter::kEvictions] - before) / static_cast<double>(state.iterations());
  state.counters["no_room"] = static_cast<double>(stats[cache::Counter::kRejectedNoRoom]);
}

/// One line after the other, each naming the next, `apart_bytes` apart: with a line in each 4 KiB of hugepages it
/// shows whether a hypervisor backs them by small pages, whose translations are then the limit.
void chase(benchmark::State& state, std::size_t apart_bytes) {
  const auto lines = static_cast<std::size_t>(state.range(0));
  const perf::HugeMemory memory(lines * apart_bytes);
  std::vector<std::size_t> order(lines);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(5));
  const auto line = [&](std::size_t i) { return memory.view().data() + order[i] * apart_bytes; };
  for (std::size_t i = 0; i < lines; ++i) {
    const std::byte* next = line((i + 1) % lines);
    std::memcpy(line(i), &next, sizeof next);
  }
  const std::byte* at = line(0);
  for (auto _ : state) std::memcpy(&at, at, sizeof at);
  benchmark::DoNotOptimize(at);
  state.counters["hugepages"] = memory.is_huge() ? 1 : 0;
}
void BM_ChaseClose(benchmark::State& state) { chase(state, 64); }
void BM_ChasePages(benchmark::State& state) { chase(state, 4'096 + 64); }

constexpr std::int64_t kChased =
    8'192;  // lines: they fit the second-level cache, translations of as many small pages do not
constexpr std::array<std::int64_t, 5> kSizes{1'000, 10'000, 100'000, 1'000'000, 10'000'000};

struct Named {
  const char* name;
  void (*run)(benchmark::State&);
};
constexpr std::array<Named, 12> kBenchmarks{{{"answer/uniform", BM_AnswerUniform},
                                             {"answer/uniform/no_prefetch", BM_AnswerUniformNoPrefetch},
                                             {"find/uniform", BM_FindUniform},
                                             {"find/uniform/no_prefetch", BM_FindUniformNoPrefetch},
                                             {"answer/zipf", BM_AnswerZipf},
                                             {"answer/few", BM_AnswerFew},
                                             {"find/miss", BM_FindMiss},
                                             {"memory/uniform", BM_MemoryUniform},
                                             {"memory/uniform/no_index", BM_MemoryUniformNoIndex},
                                             {"memory/zipf", BM_MemoryZipf},
                                             {"memory/zipf/no_index", BM_MemoryZipfNoIndex},
                                             {"insert/evicting", BM_InsertWithEviction}}};

const bool kRegistered = [] {
  for (const std::int64_t size : kSizes) {
    for (const Named& named : kBenchmarks) benchmark::RegisterBenchmark(named.name, named.run)->Arg(size);
  }
  benchmark::RegisterBenchmark("chase/close", BM_ChaseClose)->Arg(kChased);
  benchmark::RegisterBenchmark("chase/pages", BM_ChasePages)->Arg(kChased);
  return true;
}();

}  // namespace

BENCHMARK_MAIN();
