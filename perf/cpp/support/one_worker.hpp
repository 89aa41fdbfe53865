// SPDX-License-Identifier: Apache-2.0
/// @file one_worker.hpp – a data plane of one worker, whose egress core is never polled.
///
/// Purpose    a worker with the cache, tables and rings that the appliance gives it, for measurements that drive it by
///            hand: the caller owns the port and takes the egress core's place at the rings.
/// Threads    one.
/// Ownership  owns everything but port, clock, hash and generations, which outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "appliance/data_plane.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/random.hpp"
#include "support/memory.hpp"
#include "support/questions.hpp"

namespace perf {

/// Time moves only by advance(): nothing expires while something is measured.
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
    packet::PacketPort* port = nullptr;
    const StillClock* clock = nullptr;
    const base::KeyedHash* hash = nullptr;
    answer::GenerationReader generation;
    cache::Settings cache;
    coalesce::Settings coalesce;
  };
  explicit OneWorker(const Spec& spec);
  OneWorker(const OneWorker&) = delete;
  OneWorker& operator=(const OneWorker&) = delete;

  /// Puts the names [first, first + count) into the cache.
  void fill(std::uint64_t first, std::uint64_t count, const Answer& answer);

  /// Takes the worker's misses out of the ring; `opened` gets the questions that have no answer yet. Returns their number.
  std::size_t take_misses(std::vector<base::Handle>& opened);
  /// Completes these questions with a failure; the worker's next polls answer their clients.
  void fail(const std::vector<base::Handle>& opened);

  [[nodiscard]] std::size_t poll() noexcept { return worker().poll(spec_.clock->now()); }
  [[nodiscard]] worker::Worker& worker() noexcept { return plane_.worker(0); }
  [[nodiscard]] cache::Cache& cache() noexcept { return plane_.cache(); }
  /// What the worker's own answerer was made of, for a driver that runs the stages one by one.
  [[nodiscard]] answer::Answerer::Spec answerer_spec() noexcept;
  [[nodiscard]] std::uint64_t count(answer::Counter which) const noexcept {
    return plane_.workers().front()->counters().read(which);
  }
  /// Every counter that is not zero, for the message of a failed check.
  [[nodiscard]] std::string outcomes() const;
  void report_quiescent() noexcept { plane_.qsbr().report(0, plane_.qsbr().token()); }

 private:
  /// No port is drawn, because the egress core is never polled.
  class FixedEntropy final : public egress::EntropySource {
   public:
    void fill(base::MutableBytes bytes) noexcept override { base::fill_random(1, bytes); }
  };

  [[nodiscard]] static appliance::Plan plan_of(const Spec& spec);
  [[nodiscard]] appliance::Dependencies dependencies();

  Spec spec_;
  FixedEntropy entropy_;
  Memory cache_memory_;
  Memory table_memory_;
  appliance::DataPlane plane_;
};

}  // namespace perf
