// SPDX-License-Identifier: Apache-2.0
/// @file one_worker.hpp – one worker with its cache, tables and rings, and nobody behind it.
///
/// Purpose    what stands around a worker in the appliance, for measurements that drive it by hand: the port is the
///            caller's, and the caller plays the egress core.
/// Threads    one.
/// Ownership  owns everything but port, clock, hash and generations, which outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/miss.hpp"
#include "policy/allowance.hpp"
#include "support/memory.hpp"
#include "support/questions.hpp"
#include "topk/recorder.hpp"
#include "worker/worker.hpp"

namespace perf {

/// Time stands still unless it is moved: nothing expires while something is measured.
class StillClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override { return now_; }
  void advance(base::Duration by) noexcept { now_ = now_ + by; }

 private:
  base::Instant now_{1'000'000'000'000};
};

class OneWorker {
 public:
  struct Spec {
    worker::PacketPort* port = nullptr;
    const StillClock* clock = nullptr;
    const base::KeyedHash* hash = nullptr;
    worker::GenerationReader generation;
    cache::Settings cache;
    coalesce::Settings coalesce;
  };
  explicit OneWorker(const Spec& spec);
  OneWorker(const OneWorker&) = delete;
  OneWorker& operator=(const OneWorker&) = delete;

  /// Names [first, first + count) are in the cache from now on.
  void fill(std::uint64_t first, std::uint64_t count, const Answer& answer);

  /// The worker's questions, none of which is answered yet; takes them. Returns how many.
  std::size_t take_misses(std::vector<base::Handle>& opened);
  /// Tells those who wait for them that there is no answer; the worker must poll to pass it on.
  void fail(const std::vector<base::Handle>& opened);

  [[nodiscard]] std::size_t poll() noexcept { return worker_.poll(spec_.clock->now()); }
  [[nodiscard]] worker::Worker& worker() noexcept { return worker_; }
  [[nodiscard]] cache::Cache& cache() noexcept { return cache_; }
  /// For a driver of the stages: as the worker's own.
  [[nodiscard]] worker::Answerer::Spec answerer_spec() noexcept;
  [[nodiscard]] std::uint64_t count(worker::Counter which) const noexcept { return worker_.counters().read(which); }
  /// Every counter that has moved, for who wonders why one has not.
  [[nodiscard]] std::string fates() const;
  void report_quiescent() noexcept { qsbr_.report(0, qsbr_.token()); }

 private:
  static constexpr std::size_t kRingSlots = 4'096;

  Spec spec_;
  base::Qsbr qsbr_;
  Memory cache_memory_;
  cache::Cache cache_;
  Memory table_memory_;
  coalesce::InflightTable table_;
  Memory recorder_memory_;
  topk::Recorder recorder_;
  Memory allowance_memory_;
  policy::MissAllowance allowance_;
  std::vector<egress::Miss> miss_slots_;
  std::vector<egress::Completion> completion_slots_;
  std::vector<worker::Response> response_slots_;
  egress::MissRing misses_;
  egress::CompletionRing completions_;
  worker::ResponseRing responses_;
  worker::Worker worker_;
};

}  // namespace perf
