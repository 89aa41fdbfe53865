// SPDX-License-Identifier: Apache-2.0
/// @file hit_ratio.hpp – a small model of a day's traffic, and the hit ratios of LRU, Belady and the real cache.
///
/// Purpose    compares the cache's eviction with two models that are easy to check: least recently used, and Belady's
///            optimal algorithm with TTLs, which knows the future.
/// Threads    none of its own. Deterministic: the same seed gives the same trace and the same ratios.
///
/// Workload   Zipf popularity over a catalogue; a share of all questions is for names that are asked for once and never
///            again; and the catalogue churns: every so often a name's place is taken by a new name. Each name has one TTL.
///
/// Belady     an answer is useful only if its next question comes before it expires. Useless answers are evicted first,
///            then the answer whose next question is farthest away. A new answer that would be evicted first is not
///            stored. LRU drops an expired answer when it is asked for, and else the least recently used one.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <list>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "support/cache_world.hpp"

namespace test {

struct Question {
  std::uint32_t name = 0;
  std::uint32_t at_ms = 0;
};

struct Trace {
  std::vector<Question> questions;
  std::uint32_t names = 0;  // distinct: the footprint
  /// A third of all names each: a load balancer, an instance, a site.
  [[nodiscard]] static std::uint32_t ttl_ms(std::uint32_t name) {
    constexpr std::array<std::uint32_t, 3> kTtls{60'000, 300'000, 3'600'000};
    return kTtls[name * 2'654'435'761U % kTtls.size()];
  }
};

struct WorkloadKnobs {
  std::uint32_t questions = 3'000'000;
  std::uint32_t catalogue = 1'000'000;
  double zipf = 0.95;
  double one_shots = 0.25;  // of the questions
  double churn = 0.05;      // new names for places of the catalogue, for each question
  std::uint32_t per_second = 10'000;
  std::uint64_t seed = 1;
};

[[nodiscard]] inline Trace make_trace(const WorkloadKnobs& knobs) {
  std::vector<double> up_to(knobs.catalogue);
  double sum = 0;
  for (std::uint32_t i = 0; i < knobs.catalogue; ++i) up_to[i] = sum += std::pow(i + 1.0, -knobs.zipf);
  std::vector<std::uint32_t> place(
      knobs.catalogue);  // the name in this place; numbered in the order of first questions
  constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  std::ranges::fill(place, kNobody);

  std::mt19937_64 random(knobs.seed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  Trace trace;
  trace.questions.reserve(knobs.questions);
  for (std::uint32_t i = 0; i < knobs.questions; ++i) {
    const auto at_ms = static_cast<std::uint32_t>(std::uint64_t{i} * 1'000 / knobs.per_second);
    if (unit(random) < knobs.churn) place[random() % knobs.catalogue] = kNobody;
    if (unit(random) < knobs.one_shots) {
      trace.questions.push_back({trace.names++, at_ms});
      continue;
    }
    const auto at = std::ranges::upper_bound(up_to, unit(random) * sum) - up_to.begin();
    std::uint32_t& name = place[static_cast<std::size_t>(std::min<std::ptrdiff_t>(at, knobs.catalogue - 1))];
    if (name == kNobody) name = trace.names++;
    trace.questions.push_back({name, at_ms});
  }
  return trace;
}

[[nodiscard]] inline std::uint64_t lru_hits(const Trace& trace, std::size_t capacity) {
  struct Held {
    std::uint32_t expires_ms = 0;
    std::list<std::uint32_t>::iterator place;
  };
  std::list<std::uint32_t> order;  // least recently asked for last
  std::unordered_map<std::uint32_t, Held> held;
  std::uint64_t hits = 0;
  for (const Question& question : trace.questions) {
    const auto found = held.find(question.name);
    if (found != held.end()) {
      order.splice(order.begin(), order, found->second.place);
      if (question.at_ms < found->second.expires_ms) {
        ++hits;
      } else {
        found->second.expires_ms = question.at_ms + Trace::ttl_ms(question.name);
      }
      continue;
    }
    if (held.size() == capacity) {
      held.erase(order.back());
      order.pop_back();
    }
    order.push_front(question.name);
    held[question.name] = {question.at_ms + Trace::ttl_ms(question.name), order.begin()};
  }
  return hits;
}

[[nodiscard]] inline std::uint64_t belady_hits(const Trace& trace, std::size_t capacity) {
  constexpr std::uint32_t kNever = ~std::uint32_t{0};
  const std::size_t count = trace.questions.size();
  std::vector<std::uint32_t> next(count);
  std::vector<std::uint32_t> seen(trace.names, kNever);
  for (std::size_t i = count; i-- > 0;) {
    next[i] = std::exchange(seen[trace.questions[i].name], static_cast<std::uint32_t>(i));
  }
  struct Held {
    std::uint32_t expires_ms = 0;
    std::uint32_t next_use = kNever;  // kNever: expired by then, or never asked for again
  };
  std::unordered_map<std::uint32_t, Held> held;
  std::set<std::pair<std::uint32_t, std::uint32_t>> by_use;  // next use, name
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Question& question = trace.questions[i];
    const auto found = held.find(question.name);
    std::uint32_t expires_ms = question.at_ms + Trace::ttl_ms(question.name);
    if (found != held.end()) {
      if (question.at_ms < found->second.expires_ms) {
        ++hits;
        expires_ms = found->second.expires_ms;
      }
      by_use.erase({found->second.next_use, question.name});
      held.erase(found);
    }
    const bool is_of_use = next[i] != kNever && trace.questions[next[i]].at_ms < expires_ms;
    if (!is_of_use) continue;
    if (held.size() == capacity) {
      const auto last = std::prev(by_use.end());
      if (last->first < next[i]) continue;
      held.erase(last->second);
      by_use.erase(last);
    }
    by_use.emplace(next[i], question.name);
    held[question.name] = {expires_ms, next[i]};
  }
  return hits;
}

/// The real cache on the trace's clock, used as the egress core does.
class CacheOnTrace {
 public:
  explicit CacheOnTrace(std::size_t bytes, const cache::Settings& settings = {}) : world_(settings, bytes) {}

  /// How many answers of the trace's kind a cache of this size holds.
  [[nodiscard]] static std::size_t capacity(std::size_t bytes) {
    CacheOnTrace filled(bytes);
    const std::size_t most = bytes / 100;
    for (std::uint32_t i = 0; i < most; ++i) filled.ask({i, 0});
    return filled.world_.cache.stats()[cache::Gauge::kEntries];
  }
  [[nodiscard]] std::uint64_t hits(const Trace& trace) {
    std::uint64_t hits = 0;
    for (const Question& question : trace.questions) hits += ask(question) ? 1U : 0U;
    return hits;
  }
  [[nodiscard]] cache::Stats stats() const { return world_.cache.stats(); }

 private:
  /// "h00012345.compute.example.", like an instance's name: 27 bytes on the wire.
  [[nodiscard]] dns::KeyView key_of(std::uint32_t name) {
    for (std::size_t i = 0; i < 8; ++i, name /= 10)
      key_[dns::kKeyPrefixBytes + 9 - i] = static_cast<std::byte>('0' + name % 10);
    return dns::KeyView(key_);
  }
  bool ask(const Question& question) {
    const base::Instant now = kStart + std::chrono::milliseconds(question.at_ms);
    for (; swept_ + std::chrono::seconds(1) <= now; swept_ = swept_ + std::chrono::seconds(1)) {
      world_.cache.sweep(now, world_.cache.bucket_count() / 100 + 1);
    }
    const dns::KeyView key = key_of(question.name);
    const std::uint64_t hash = keyed_hash()(key.bytes());
    const cache::Entry* entry = world_.cache.find(hash, key);
    if (entry != nullptr && entry->freshness(now) == cache::Freshness::kFresh) {
      entry->note_use();
      return true;
    }
    cache::NewEntry fresh{.key = key, .hash = hash, .image = answer_.image(), .kind = dns::AnswerKind::kPositive};
    fresh.ttl_sec = Trace::ttl_ms(question.name) / 1'000;
    fresh.keep_sec = 86'400;
    world_.cache.insert(fresh, now);
    world_.cache.reclaim();
    return false;
  }

  CacheWorld world_;
  base::Instant swept_ = kStart;
  Answer answer_{1, {300}};
  std::array<std::byte, dns::kKeyPrefixBytes + 27> key_ = [] {
    std::array<std::byte, dns::kKeyPrefixBytes + 27> key{};
    constexpr char kName[] =
        "\x09h00000000\x07"
        "compute\x07"
        "example";
    static_assert(sizeof kName == 27);
    key[0] = std::byte{1};
    key[2] = std::byte{1};
    key[7] = std::byte{27};
    std::memcpy(key.data() + dns::kKeyPrefixBytes, kName, sizeof kName);
    return key;
  }();
};

/// One line of the table: a cache that holds `share` of all names, and the models with the same number of answers.
struct HitRatios {
  double share = 0;
  std::size_t bytes = 0;
  std::size_t entries = 0;
  double lru = 0;
  double ours = 0;
  double belady = 0;
  cache::Stats stats;
};

[[nodiscard]] inline HitRatios compare_hits(const Trace& trace, double share) {
  HitRatios ratios;
  ratios.share = share;
  const auto wanted = static_cast<std::size_t>(share * trace.names);
  ratios.bytes = std::max<std::size_t>(wanted * 170, cache::Cache::min_bytes()) / 64 * 64;
  for (int i = 0; i < 4; ++i) {  // approaches the size at which this many fit
    ratios.entries = CacheOnTrace::capacity(ratios.bytes);
    const double factor = static_cast<double>(wanted) / static_cast<double>(ratios.entries);
    if (i == 3 || std::abs(factor - 1) < 0.005) break;
    ratios.bytes = static_cast<std::size_t>(static_cast<double>(ratios.bytes) * factor) / 64 * 64;
  }
  const auto questions = static_cast<double>(trace.questions.size());
  CacheOnTrace ours(ratios.bytes);
  ratios.ours = static_cast<double>(ours.hits(trace)) / questions;
  ratios.stats = ours.stats();
  ratios.lru = static_cast<double>(lru_hits(trace, ratios.entries)) / questions;
  ratios.belady = static_cast<double>(belady_hits(trace, ratios.entries)) / questions;
  return ratios;
}

}  // namespace test
