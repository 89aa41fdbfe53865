// SPDX-License-Identifier: Apache-2.0
/// @file worker.hpp – one queue's packets, from RX to TX.
///
/// Purpose    conducts: leaf libraries take views and return verdicts; the worker decides what happens with them.
/// Threads    one polling thread. Shared: the cache (as a reader), the rings of Links, its counters (read by control).
/// Ownership  borrows everything in its Spec; owns the packets of the current burst until settle().
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        1035, 2181, 6891 for what is answered here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "base/strong.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/miss.hpp"
#include "worker/burst.hpp"
#include "worker/counters.hpp"
#include "worker/generation.hpp"
#include "worker/links.hpp"
#include "worker/packet.hpp"
#include "worker/role.hpp"
#include "worker/transmitter.hpp"

namespace worker {

class Worker final : public Role {
 public:
  struct Spec {
    base::WorkerId id;
    PacketPort* port = nullptr;
    const base::Clock* clock = nullptr;  // read once for each batch of relayed packets, never for a client's
    const base::KeyedHash* hash = nullptr;
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;  // this worker's reader slot is its id
    coalesce::InflightTable* inflight = nullptr;
    const std::atomic<const Generation*>* generation = nullptr;
    Links links;
  };

  explicit Worker(const Spec& spec) noexcept;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  std::size_t poll(base::Instant now) noexcept override;

  /// For a clean stop, after the last poll: every packet that sits in a ring to this worker goes back to the port.
  void release_all() noexcept;

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const coalesce::InflightTable& inflight() const noexcept { return *inflight_; }

 private:
  // The stages, in the order of a poll.
  void parse_frames() noexcept;
  void parse_messages() noexcept;
  void prefetch_buckets() noexcept;
  void prefetch_entries() noexcept;
  void answer_hits(base::Instant now) noexcept;
  void ask_upstream(base::Instant now) noexcept;
  void settle() noexcept;
  std::size_t answer_completions(base::Instant now) noexcept;
  std::size_t relay_for_egress() noexcept;
  std::size_t inject_from_kernel() noexcept;
  void report_quiescent(base::Qsbr::Token token) noexcept;
  void expire_waiters(base::Instant now) noexcept;

  // Steps of a stage, one packet each.
  void classify(Slot& slot) noexcept;
  void admit(Slot& slot, const dns::QueryView& query) noexcept;
  void answer_from(Slot& slot, const cache::Entry& entry, base::Instant now) noexcept;
  void ask(Slot& slot, base::Instant now) noexcept;
  void ask_refresh(const Slot& slot, base::Instant now) noexcept;
  void reply_error(Slot& slot, Counter fate, dns::Rcode rcode, dns::Ede ede) noexcept;
  void finish_reply(Slot& slot, std::size_t message_bytes) noexcept;
  void drop(Slot& slot, Counter reason) noexcept;
  void hand_to_egress(Slot& slot) noexcept;
  void punt(Slot& slot) noexcept;

  /// Builds and sends one waiting client's reply; `entry` nullptr: SERVFAIL.
  void answer_waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry, dns::Ede ede,
                     base::Instant now) noexcept;

  base::WorkerId id_;
  PacketPort* port_;
  const base::Clock* clock_;
  const base::KeyedHash* hash_;
  cache::Cache* cache_;
  base::Qsbr* qsbr_;
  coalesce::InflightTable* inflight_;
  const std::atomic<const Generation*>* published_;
  Links links_;
  const Generation* generation_ = nullptr;  // of this poll
  Counters counters_;
  Transmitter out_;
  Burst burst_;
  std::uint32_t polls_ = 0;
};

}  // namespace worker
