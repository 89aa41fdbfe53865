// SPDX-License-Identifier: Apache-2.0
/// @file cache_world.hpp – a cache with its memory, readers and clock, and answers to put into it.
///
/// Purpose    shared by the tests of the cache and of the libraries that use it.
/// Threads    none of its own.
/// Ownership  owns everything it makes.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/instant.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "cache/size_classes.hpp"
#include "support/key.hpp"
#include "support/memory.hpp"

namespace test {

/// Records with TTLs at known offsets; every other byte is `mark`.
class Answer {
 public:
  explicit Answer(std::uint8_t mark, std::vector<std::uint32_t> ttls = {300}, std::size_t record_bytes = 16)
      : records_(ttls.size() * record_bytes, static_cast<std::byte>(mark)) {
    for (std::size_t i = 0; i < ttls.size(); ++i) {
      const std::size_t at = i * record_bytes + 6;
      offsets_.push_back(static_cast<std::uint16_t>(at));
      base::store_be32(records_.data() + at, ttls[i]);
    }
  }
  [[nodiscard]] dns::AnswerImage image() const {
    dns::AnswerImage image;
    image.records = records_;
    image.ttl_offsets = offsets_;
    image.ancount = static_cast<std::uint16_t>(offsets_.size());
    return image;
  }

 private:
  std::vector<std::byte> records_;
  std::vector<std::uint16_t> offsets_;
};

/// The TTLs in an image, in order.
[[nodiscard]] inline std::vector<std::uint32_t> ttls_of(const dns::AnswerImage& image) {
  std::vector<std::uint32_t> ttls;
  for (const std::uint16_t at : image.ttl_offsets) ttls.push_back(base::load_be32(image.records.data() + at));
  return ttls;
}

/// The mark of the Answer that it was made of.
[[nodiscard]] inline unsigned mark_of(const cache::Entry& entry) {
  return std::to_integer<unsigned>(entry.image().records.front());
}

struct Kept {
  std::uint32_t ttl_sec = 300;
  std::uint32_t keep_sec = 0;
};

/// One cache; on request a reader is online in slot 0.
class CacheWorld {
 public:
  /// One MiB in addition to the pages reserved for large answers.
  static constexpr std::size_t kBytes = (1U << 20U) + 5 * cache::kLargePageBytes;
  explicit CacheWorld(const cache::Settings& settings = {}, std::size_t bytes = kBytes)
      : memory_(bytes), cache(memory_.view(), settings, qsbr) {}

  [[nodiscard]] static cache::NewEntry entry(const Key& key, const Answer& answer, Kept kept = {}) {
    return with_hash(key.hash(), key, answer, kept);
  }
  [[nodiscard]] static cache::NewEntry with_hash(std::uint64_t hash, const Key& key, const Answer& answer,
                                                 Kept kept = {}) {
    cache::NewEntry entry;
    entry.key = key.view();
    entry.hash = hash;
    entry.image = answer.image();
    entry.ttl_sec = kept.ttl_sec;
    entry.keep_sec = kept.keep_sec;
    return entry;
  }
  const cache::Entry* put(const Key& key, const Answer& answer, Kept kept = {}) {
    return cache.insert(entry(key, answer, kept), now);
  }
  [[nodiscard]] const cache::Entry* get(const Key& key) const { return cache.find(key.hash(), key.view()); }

  /// The buckets, which lie at the front of the memory.
  [[nodiscard]] base::Bytes buckets() const {
    return memory_.view().first(cache.bucket_count() * sizeof(cache::Bucket));
  }
  void reader_reports(std::size_t reader = 0) { qsbr.report(reader, qsbr.token()); }
  /// What a poll of the egress core does, with every reader at rest.
  void reclaim_all() {
    for (int i = 0; i < 3; ++i) cache.reclaim();
  }
  void advance(std::chrono::seconds by) { now = now + by; }

 private:
  Memory memory_;

 public:
  base::Qsbr qsbr;
  cache::Cache cache;
  base::Instant now = kStart;
};

}  // namespace test
