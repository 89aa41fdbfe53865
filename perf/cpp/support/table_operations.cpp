// SPDX-License-Identifier: Apache-2.0
// Lookups, inserts and questions in flight.
#include <array>

#include "base/contract.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "support/generation.hpp"
#include "support/memory.hpp"
#include "support/operations.hpp"
#include "support/questions.hpp"

namespace perf {
namespace {

constexpr std::size_t kCount = 256;
constexpr base::Instant kNow{1'000'000'000'000};

/// A small cache and names in it.
struct SmallCache {
  static constexpr std::size_t kBytes = 4U << 20U;
  static constexpr std::uint64_t kEntries = 1'000;

  SmallCache() {
    for (std::uint64_t i = 0; i < kEntries; ++i) put(i);
  }
  void put(std::uint64_t number) {
    const dns::QuestionKey asked = key(number);
    cache.insert(answer.entry(asked, hash(asked.view().bytes())), kNow);
    cache.reclaim();
  }

  base::KeyedHash hash{fixed_secret()};
  base::Qsbr qsbr;  // no reader is online: removed entries are free at once
  Memory memory{kBytes};
  cache::Cache cache{memory.bytes(), {.size_bytes = kBytes}, qsbr};
  Answer answer;
};

struct Asked {
  dns::QuestionKey key;
  std::uint64_t hash = 0;
};

std::vector<Asked> asked(const base::KeyedHash& hash, std::uint64_t first, std::size_t count) {
  std::vector<Asked> list(count);
  for (std::size_t i = 0; i < count; ++i) {
    list[i].key = key(first + i);
    list[i].hash = hash(list[i].key.view().bytes());
  }
  return list;
}

enum class Found : std::uint8_t { kHit, kMiss };

class LookUp final : public Operation {
 public:
  explicit LookUp(Found found)
      : found_(found), list_(asked(world_.hash, found == Found::kHit ? 0 : 50'000'000, kCount)) {}
  [[nodiscard]] std::string name() const override { return found_ == Found::kHit ? "lookup_hit" : "lookup_miss"; }
  void run() noexcept override {
    for (const Asked& one : list_) world_.cache.prefetch_bucket(one.hash);
    for (const Asked& one : list_) world_.cache.prefetch_entry(one.hash);
    for (const Asked& one : list_) keep(world_.cache.find(one.hash, one.key.view()));
  }

 private:
  Found found_;
  SmallCache world_;
  std::vector<Asked> list_;
};

/// Into a full cache: each insert has a new name and evicts.
class Insert final : public Operation {
 public:
  Insert() : list_(asked(world_.hash, 10'000'000, kRuns * kCount)) {
    for (std::uint64_t i = SmallCache::kEntries; world_.cache.stats()[cache::Counter::kEvictions] < kCount; ++i)
      world_.put(i);
  }
  [[nodiscard]] std::string name() const override { return "insert_evict"; }
  void run() noexcept override {
    for (std::size_t i = 0; i < kCount; ++i) {
      const Asked& one = list_[at_++ % list_.size()];
      keep(world_.cache.insert(world_.answer.entry(one.key, one.hash), kNow));
      world_.cache.reclaim();
    }
  }

 private:
  static constexpr std::size_t kRuns = 128;  // until a name repeats: it was evicted long before
  SmallCache world_;
  std::vector<Asked> list_;
  std::size_t at_ = 0;
};

enum class Questions : std::uint8_t { kOne, kMany };

/// 256 clients join a question, or each opens its own; then all are taken out and the questions closed.
class Join final : public Operation {
 public:
  explicit Join(Questions questions) : questions_(questions) {
    list_ = asked(hash_, 0, kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      coalesce::Waiter& waiter = waiters_.emplace_back();
      waiter.arrived = kNow;
      waiter.reply_flow.source = server_address();
      waiter.reply_flow.destination = client_address(static_cast<std::uint32_t>(i % 200));
      waiter.reply_flow.destination_port = base::UdpPort(static_cast<std::uint16_t>(1'024 + i));
    }
  }
  [[nodiscard]] std::string name() const override {
    return questions_ == Questions::kOne ? "join_and_leave" : "open_and_close";
  }
  void run() noexcept override {
    for (std::size_t i = 0; i < kCount; ++i) {
      const Asked& one = list_[questions_ == Questions::kOne ? 0 : i];
      handles_[i] = table_.join(one.hash, one.key.view(), waiters_[i], kNow).handle;
    }
    coalesce::Waiter out;
    for (const base::Handle handle : handles_) {
      while (table_.pop_waiter(handle, out)) keep(out.arrived);
      table_.close(handle);
    }
  }

 private:
  static constexpr coalesce::Settings kSettings{.max_waiting = 4'096, .max_pending = 1'024};
  Questions questions_;
  base::KeyedHash hash_{fixed_secret()};
  Memory memory_{coalesce::InflightTable::bytes_needed(kSettings)};
  coalesce::InflightTable table_{memory_.bytes(), kSettings, hash_};
  std::vector<Asked> list_;
  std::vector<coalesce::Waiter> waiters_;
  std::array<base::Handle, kCount> handles_{};
};

}  // namespace

void add_table_operations(std::vector<std::unique_ptr<Operation>>& list) {
  list.push_back(std::make_unique<LookUp>(Found::kHit));
  list.push_back(std::make_unique<LookUp>(Found::kMiss));
  list.push_back(std::make_unique<Insert>());
  list.push_back(std::make_unique<Join>(Questions::kOne));
  list.push_back(std::make_unique<Join>(Questions::kMany));
}

}  // namespace perf
