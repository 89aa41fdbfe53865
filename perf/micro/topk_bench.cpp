// SPDX-License-Identifier: Apache-2.0
// Cost per query of the heavy-client recorder (on and off, hit and miss), the miss allowance and the lookup of a block.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>
#include <x86intrin.h>

#include "policy/allowance.hpp"
#include "policy/block_table.hpp"
#include "support/sketch_texts.hpp"
#include "topk/recorder.hpp"

namespace {

using topk::Recorder;

net::IpAddress host(std::uint64_t number) {
  const std::array octets{std::byte{10}, static_cast<std::byte>(number >> 16U), static_cast<std::byte>(number >> 8U),
                          static_cast<std::byte>(number)};
  return net::IpAddress::v4(octets.data());
}

struct Asker {
  net::IpAddress client;
  std::size_t name_bytes = 0;
  std::array<std::byte, 48> name{};
  [[nodiscard]] topk::Asked asked() const { return {client, base::Bytes(name).first(name_bytes), dns::QType::kA}; }
};

/// 2^17 queries by Zipf's law: popular names of busy clients among many that occur once.
std::vector<Asker> askers() {
  std::vector<Asker> list(1U << 17U);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> even(0, 1);
  for (Asker& asker : list) {
    const auto rank = static_cast<std::uint64_t>(std::exp(even(random) * std::log(1e6)));
    std::string name("\x08");
    name.append(std::to_string(10'000'000 + rank))
        .append(
            "\x07"
            "example\x03"
            "com")
        .push_back('\0');
    asker.client = host(rank % 5'000);
    asker.name_bytes = name.size();
    std::memcpy(asker.name.data(), name.data(), name.size());
  }
  return list;
}

struct Watching {
  explicit Watching(topk::Mode mode) { recorder.begin(base::Instant(10'000'000'000), {.mode = mode}); }
  static constexpr auto kPlace = Recorder::Place::kAsker;
  base::KeyedHash hash = test::any_hash();
  std::unique_ptr<std::byte, test::FreeMemory> memory = test::cache_aligned(Recorder::bytes_needed(kPlace));
  Recorder recorder{{memory.get(), Recorder::bytes_needed(kPlace)}, kPlace, hash};
  std::vector<Asker> list = askers();
};

/// As answer::Answerer::record() does for each query, of 120 bytes of answer; cycles by the time stamp counter.
template <topk::Mode kMode>
void BM_Query(benchmark::State& state) {
  Watching watching(kMode);
  std::size_t at = 0;
  const std::uint64_t begin = __rdtsc();
  for (auto _ : state) {
    const Asker& asker = watching.list[at];
    at = (at + 1) % watching.list.size();
    benchmark::DoNotOptimize(asker.name_bytes);
    if (!watching.recorder.is_on()) continue;
    const std::uint32_t queries = watching.recorder.samples_query();
    if (queries != 0) watching.recorder.query(asker.asked(), topk::NxDomain::kOther, queries);
    const std::uint64_t bytes = watching.recorder.samples_bytes(120);
    if (bytes != 0) watching.recorder.bytes(asker.asked(), bytes);
  }
  state.counters["cycles"] = static_cast<double>(__rdtsc() - begin) / static_cast<double>(state.iterations());
}
BENCHMARK_TEMPLATE(BM_Query, topk::Mode::kOff);
BENCHMARK_TEMPLATE(BM_Query, topk::Mode::kOn);

void BM_Miss(benchmark::State& state) {
  Watching watching(topk::Mode::kOn);
  std::size_t at = 0;
  const std::uint64_t begin = __rdtsc();
  for (auto _ : state) {
    const std::uint32_t weight = watching.recorder.samples_miss();
    if (weight != 0) watching.recorder.miss(watching.list[at].asked(), weight);
    at = (at + 1) % watching.list.size();
  }
  state.counters["cycles"] = static_cast<double>(__rdtsc() - begin) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_Miss);

void BM_Allowance(benchmark::State& state) {
  const base::KeyedHash hash = test::any_hash();
  const auto memory = test::cache_aligned(policy::MissAllowance::bytes_needed());
  policy::MissAllowance allowance({memory.get(), policy::MissAllowance::bytes_needed()}, hash);
  allowance.apply({.misses_per_sec = 2'048});
  std::uint64_t now_ns = 1'000'000'000'000;
  std::uint64_t number = 0;
  const std::uint64_t begin = __rdtsc();
  for (auto _ : state) {
    benchmark::DoNotOptimize(allowance.take(host(number++ % 5'000), base::Instant(now_ns += 500)));
  }
  state.counters["cycles"] = static_cast<double>(__rdtsc() - begin) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_Allowance);

/// Looks up an address that is not blocked among `range` blocked ones.
void BM_BlockLook(benchmark::State& state) {
  const base::KeyedHash hash = test::any_hash();
  std::vector<policy::BlockedPrefix> blocks;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    blocks.push_back({{host(static_cast<std::uint64_t>(i) + 100'000), 128}, policy::BlockAction::kDrop});
  }
  std::vector<policy::BlockTable::Slot> slots(policy::BlockTable::slots_for(blocks.size()));
  const policy::BlockTable table(blocks, slots, hash);
  std::uint64_t number = 0;
  const std::uint64_t begin = __rdtsc();
  for (auto _ : state) benchmark::DoNotOptimize(table.find(host(number++ % 5'000)));
  state.counters["cycles"] = static_cast<double>(__rdtsc() - begin) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_BlockLook)->Arg(1)->Arg(4'096);

}  // namespace

BENCHMARK_MAIN();
