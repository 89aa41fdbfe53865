// SPDX-License-Identifier: Apache-2.0
/// @file worker.hpp – one queue's packets, from RX to TX.
///
/// Purpose    frames in, a verdict on each, frames out. Messages are answered by its Answerer.
/// Threads    one polling thread. Shared: the cache (as a reader), the rings of Links, its counters (read by control).
/// Ownership  borrows everything in its Spec; owns the packets of the current burst until settle().
/// Cost       no allocation, lock, system call, log, exception or clock read.
/// RFC        1035, 2181, 6891 for what is answered here.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "answer/answerer.hpp"
#include "answer/counters.hpp"
#include "answer/generation.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "base/strong.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/miss.hpp"
#include "packet/packet.hpp"
#include "worker/burst.hpp"
#include "worker/links.hpp"
#include "worker/role.hpp"
#include "worker/transmitter.hpp"

namespace worker {

class Worker final : public Role {
 public:
  struct Spec {
    base::WorkerId id;
    packet::PacketPort* port = nullptr;
    const base::Clock* clock = nullptr;  // read after relayed packets only, never for a client's
    const base::KeyedHash* hash = nullptr;
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;  // this worker's reader slot is its id
    coalesce::InflightTable* inflight = nullptr;
    topk::Recorder* recorder = nullptr;          // may be null: nothing is recorded
    policy::MissAllowance* allowance = nullptr;  // may be null: misses are not limited per client
    answer::GenerationReader generation;
    Links links;
  };

  explicit Worker(const Spec& spec) noexcept;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  std::size_t poll(base::Instant now) noexcept override;

  /// For a clean stop, after the last poll: releases every packet in a ring to this worker.
  void release_all() noexcept;

  [[nodiscard]] const answer::Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const coalesce::InflightTable& inflight() const noexcept { return answerer_.inflight(); }
  [[nodiscard]] const answer::OpaquePool& signed_messages() const noexcept { return answerer_.signed_messages(); }

 private:
  /// Waiting clients' replies, as packets of this worker's port.
  class Replies final : public answer::ReplySink {
   public:
    explicit Replies(Worker& worker) noexcept : worker_(worker) {}
    [[nodiscard]] base::MutableBytes open(const coalesce::Waiter& waiter) noexcept override;
    void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept override;
    void cancel() noexcept override;

   private:
    Worker& worker_;
    packet::Packet packet_;
  };

  // The stages, in the order of a poll.
  void parse_frames() noexcept;
  [[nodiscard]] std::size_t parse_messages() noexcept;  // returns how many queries are open
  void locate() noexcept;
  void prefetch_entries() noexcept;
  [[nodiscard]] std::size_t answer_hits(base::Instant now) noexcept;  // returns how many are still open
  void ask_upstream(base::Instant now) noexcept;
  void frame_replies() noexcept;
  void settle() noexcept;
  std::size_t relay_for_egress() noexcept;
  std::size_t inject_from_kernel() noexcept;
  void report_quiescent(base::Qsbr::Token token) noexcept;

  // Steps of a stage, one packet each.
  Verdict classify(Slot& slot) noexcept;  // returns the verdict
  void frame_reply(Slot& slot) noexcept;
  void drop(Slot& slot, answer::Counter reason) noexcept;
  void hand_to_egress(Slot& slot) noexcept;
  void punt(Slot& slot) noexcept;

  base::WorkerId id_;
  packet::PacketPort* port_;
  const base::Clock* clock_;
  base::Qsbr* qsbr_;
  answer::GenerationReader published_;
  Links links_;
  const answer::Generation* generation_ = nullptr;  // of this poll
  answer::Counters counters_;
  const net::TxChecksum tx_checksum_;  // the port's, which is the same for all packets
  Transmitter out_;
  answer::Answerer answerer_;
  Replies replies_{*this};
  Burst burst_;
  std::array<packet::Packet, packet::kBurst> done_;  // packets that settle() releases in one call
  std::uint32_t polls_ = 0;
};

}  // namespace worker
