// SPDX-License-Identifier: Apache-2.0
// Fills a cache with typical answers at 180 bytes each, then times a snapshot and its restore. Arguments: answers (one
// million), file (in /dev/shm).
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <utility>

#include <fmt/core.h>

#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "huge_memory.hpp"
#include "snapshot/snapshot.hpp"
#include "support/key.hpp"
#include "support/typical.hpp"

namespace {

constexpr std::size_t kBytesEach = 180;  // buckets, notes and ghosts included

struct World {
  explicit World(std::size_t entries) : memory(entries * kBytesEach), cache(memory.view(), {}, qsbr) {}
  void keep(const cache::NewEntry& entry) {
    cache.insert(entry, test::kStart);
    cache.reclaim();
  }
  perf::HugeMemory memory;
  base::Qsbr qsbr;
  cache::Cache cache;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class T>
T or_die(diag::Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().sentence());
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::filesystem::path file = argc > 2 ? argv[2] : "/dev/shm/sluice-restore.snapshot";
  const snapshot::Context context{.groups = 1, .unix_ms = 1'700'000'000'000};
  snapshot::Progress progress;

  auto before = std::make_unique<World>(entries);
  test::TypicalAnswers answers;
  for (std::uint32_t i = 0; i < entries; ++i) before->keep(answers.entry(i));
  const std::uint64_t held = before->cache.stats()[cache::Gauge::kEntries];
  auto begin = std::chrono::steady_clock::now();
  const auto written = or_die(snapshot::write(
      file, {.cache = &before->cache, .qsbr = &before->qsbr, .reader = 0, .now = test::kStart, .context = context},
      progress));
  fmt::print("held:     {} of {} answers in {} bytes each, all in\n", held, entries, kBytesEach);
  fmt::print("written:  {} entries, {} MiB, {:.2f} s\n", written.entries, written.bytes >> 20U, seconds_since(begin));
  before.reset();

  World after(entries);
  base::KeyedHash::Secret secret{};
  std::mt19937_64 random(5);
  for (std::byte& byte : secret) byte = static_cast<std::byte>(random());
  const base::KeyedHash hash(secret);  // as of another process
  begin = std::chrono::steady_clock::now();
  const auto read = or_die(snapshot::read(
      file, context, hash,
      [&](std::span<const cache::NewEntry> some) {
        for (const cache::NewEntry& entry : some) after.keep(entry);
        return true;
      },
      progress));
  const double seconds = seconds_since(begin);
  const std::uint64_t back = after.cache.stats()[cache::Gauge::kEntries];
  fmt::print("restored: {} entries of {}, {} in the cache, {:.2f} s, {:.2f} million a second\n", read.entries, held,
             back, seconds, static_cast<double>(back) / seconds / 1e6);
  std::filesystem::remove(file);
  return EXIT_SUCCESS;
}
