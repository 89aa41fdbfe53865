// SPDX-License-Identifier: Apache-2.0
// One writer, several readers, for real: what a reader finds is whole and belongs to its key. Meant for ThreadSanitizer.
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/spsc_ring.hpp"
#include "support/cache_world.hpp"

namespace {

using test::Answer;
using test::CacheWorld;
using test::Key;
using test::numbered;

constexpr std::size_t kNames = 600;
constexpr std::size_t kReaders = 3;

/// Every byte of an answer says for which name it is, so that a torn or reused entry shows.
std::uint8_t mark_for(std::size_t name) { return static_cast<std::uint8_t>(name * 31 + 1); }
Answer answer_for(std::size_t name, std::size_t version) {
  return Answer(mark_for(name), {300}, 16 + version * 97 % 1'900);
}

bool is_whole(const cache::Entry& entry, const Key& key, std::size_t name) {
  if (!(entry.key() == key.view())) return false;
  const dns::AnswerImage image = entry.image();
  if (image.ttl_offsets.size() != 1 || image.ttl_offsets[0] != 6) return false;
  for (std::size_t i = 0; i < image.records.size(); ++i) {
    const bool is_ttl = i >= 6 && i < 10;
    if (!is_ttl && image.records[i] != static_cast<std::byte>(mark_for(name))) return false;
  }
  return true;
}

std::vector<Key> make_keys() {
  std::vector<Key> keys;
  for (std::size_t i = 0; i < kNames; ++i) keys.push_back(numbered(i));
  return keys;
}

/// Looks names up until told to stop, reporting now and then; returns how often it found something.
std::size_t read_until(const std::atomic<bool>& stop, CacheWorld& world, std::size_t reader,
                       const std::vector<Key>& keys, std::atomic<std::size_t>& started,
                       std::atomic<std::size_t>& broken) {
  std::size_t found = 0;
  std::size_t name = reader * 101;
  world.qsbr.online(reader);
  started.fetch_add(1);
  while (!stop.load(std::memory_order_relaxed)) {
    const base::Qsbr::Token seen = world.qsbr.token();
    for (int i = 0; i < 32; ++i) {
      name = (name * 5 + 7) % kNames;
      const cache::Entry* entry = world.get(keys[name]);
      if (entry == nullptr) continue;
      ++found;
      entry->note_use();
      static_cast<void>(entry->claim_refresh());
      if (!is_whole(*entry, keys[name], name)) broken.fetch_add(1);
    }
    world.qsbr.report(reader, seen);
    if (name % 64 == 0) {
      world.qsbr.offline(reader);
      world.qsbr.online(reader);
    }
    std::this_thread::yield();
  }
  world.qsbr.offline(reader);
  return found;
}

TEST(CacheReaders, WhatReadersFindIsWholeWhileEverythingChanges) {
  CacheWorld world;
  const std::vector<Key> keys = make_keys();
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> started{0};
  std::atomic<std::size_t> broken{0};
  std::atomic<std::size_t> found{0};
  std::vector<std::thread> readers;
  for (std::size_t reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] { found += read_until(stop, world, reader, keys, started, broken); });
  }

  while (started != kReaders) std::this_thread::yield();
  std::size_t stored = 0;
  for (std::size_t step = 0; step < 10'000; ++step) {
    const std::size_t name = step * 7'919 % kNames;
    if (step % 11 == 0) {
      world.cache.remove(keys[name].hash(), keys[name].view());
    } else {
      stored += world.put(keys[name], answer_for(name, step)) != nullptr ? 1U : 0U;
    }
    if (step % 997 == 0) {
      cache::Cache::Cursor cursor;
      static_cast<void>(world.cache.flush(cursor, Key("example").qname(), 40));
    }
    world.cache.reclaim();
    if (step % 64 == 0) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0U);
  EXPECT_GT(found, 1'000U);
  EXPECT_GT(stored, 1'000U);
}

// Memory moves between small and large answers: pages are emptied, copied from and cut again while readers run.
TEST(CacheReaders, WhatReadersFindIsWholeWhilePagesChangeTheirSize) {
  CacheWorld world;
  const std::vector<Key> keys = make_keys();
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> started{0};
  std::atomic<std::size_t> broken{0};
  std::atomic<std::size_t> found{0};
  std::vector<std::thread> readers;
  for (std::size_t reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] { found += read_until(stop, world, reader, keys, started, broken); });
  }

  while (started != kReaders) std::this_thread::yield();
  for (std::size_t step = 0; step < 40'000; ++step) {
    const std::size_t name = step * 7'919 % kNames;
    const bool is_large_phase = step / 4'000 % 2 == 1;
    if (is_large_phase || step % 8 == 0) {
      if (world.get(keys[name]) == nullptr) {
        world.put(keys[name], Answer(mark_for(name), {300}, is_large_phase ? 1'900 : 16));
      } else if (step % 16 == 0) {
        world.cache.remove(keys[name].hash(), keys[name].view());
      }
    } else {
      world.put(numbered(step % 8'000, "small"), Answer(1));
    }
    world.cache.reclaim();
    if (step % 64 == 0) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0U);
  EXPECT_GT(found, 1'000U);
  EXPECT_GT(world.cache.stats()[cache::Counter::kPagesMoved], 0U);
}

struct Posted {
  const cache::Entry* entry;
  std::size_t name;
};

// docs/adr/0002: a pointer that travels through a ring is held from the moment it is posted.
TEST(CacheReaders, PointerInACompletionRingStaysGoodUntilTheRingIsEmpty) {
  CacheWorld world;
  const std::vector<Key> keys = make_keys();
  std::vector<Posted> slots(64);
  base::SpscRing<Posted> ring(slots);
  std::atomic<bool> stop{false};
  std::size_t broken = 0;
  std::size_t taken = 0;

  world.qsbr.online(0);
  std::thread worker([&] {
    while (true) {
      const bool last = stop.load(std::memory_order_acquire);
      const base::Qsbr::Token seen = world.qsbr.token();
      if (const Posted* posted = ring.front()) {
        broken += is_whole(*posted->entry, keys[posted->name], posted->name) ? 0U : 1U;
        ++taken;
        ring.pop();
        continue;
      }
      world.qsbr.report(0, seen);
      if (last) return;
      std::this_thread::yield();
    }
  });

  std::size_t posted = 0;
  for (std::size_t step = 0; step < 10'000; ++step) {
    const std::size_t name = step % kNames;
    const Answer answer = answer_for(name, 1);
    const cache::Entry* entry = world.cache.make_transient(CacheWorld::entry(keys[name], answer), world.now);
    if (entry != nullptr) {
      posted += ring.push({entry, name}) ? 1U : 0U;
      world.cache.retire(entry);  // while it sits in the ring
    }
    world.cache.reclaim();
    if (step % 128 == 0) std::this_thread::yield();
  }
  stop.store(true, std::memory_order_release);
  worker.join();
  EXPECT_EQ(broken, 0U);
  EXPECT_EQ(taken, posted);
  EXPECT_GT(taken, 1'000U);
}

}  // namespace
