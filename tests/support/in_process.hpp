// SPDX-License-Identifier: Apache-2.0
// The whole appliance in one process without EAL: N workers and the egress role on heap ports, driven by hand with a
// fake clock. What a scenario, a property test or a fuzzer runs is what the daemon runs.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/engine.hpp"
#include "heap_port.hpp"
#include "policy/acl.hpp"
#include "policy/forward_table.hpp"
#include "worker/egress_role.hpp"
#include "worker/tcp_responder.hpp"
#include "worker/worker.hpp"

namespace test {

/// May be read and advanced by different threads.
class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override { return base::Instant(now_ns_.load()); }
  void advance(base::Duration by) noexcept { now_ns_ += static_cast<std::uint64_t>(by.count()); }

 private:
  std::atomic<std::uint64_t> now_ns_{1'000'000'000'000};
};

/// Repeatable "randomness" for tests; the real one is the kernel's.
class CountingEntropy final : public egress::EntropySource {
 public:
  void fill(base::MutableBytes bytes) noexcept override {
    for (std::byte& byte : bytes) {
      state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      byte = static_cast<std::byte>(state_ >> 56U);
    }
  }

 private:
  std::uint64_t state_ = 42;
};

/// 64-byte aligned zeroed memory.
class AlignedMemory {
 public:
  explicit AlignedMemory(std::size_t bytes)
      : bytes_(bytes), data_(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free) {
    std::fill_n(data_.get(), bytes, std::byte{0});
  }
  [[nodiscard]] base::MutableBytes bytes() const { return {data_.get(), bytes_}; }

 private:
  std::size_t bytes_;
  std::unique_ptr<std::byte, decltype(&std::free)> data_;
};

template <class T>
struct OwnedRing {
  explicit OwnedRing(std::size_t slots) : storage(slots), ring(std::span<T>(storage)) {}
  std::vector<T> storage;
  base::SpscRing<T> ring;
};

struct InProcessSpec {
  std::size_t workers = 1;
  cache::Settings cache = {.size_bytes = 8U << 20U};
  coalesce::Settings coalesce = {.max_waiting = 8'192, .max_questions = 4'096};
  egress::Settings egress = {};                   // without uplinks: one is made, server 10.77.0.2
  std::vector<net::IpAddress> own = {};           // empty: 10.77.0.53 and fd77::53
  policy::Settings guard = {};                    // empty: everybody may ask
  std::vector<policy::ForwardZone> forward = {};  // names outlive the appliance; empty: "." to the first uplink
  policy::LocalTables local = {};                 // outlives the appliance; empty: nothing is ours to answer
  std::size_t packet_room = 2'048;
  bool tcp = false;      // an asker behind the last worker, for messages of TCP connections
  bool streams = false;  // somebody takes what egress wants asked over TCP: the test
  worker::ProtocolSettings protocol = {};
  policy::AllowanceSettings allowance = {};        // no limit
  const egress::BudgetFactors* factors = nullptr;  // outlive the appliance; nullptr: budgets stay as they are
  bool relayed_egress = false;  // upstream packets leave through worker 0, as where egress has no TX queue
};

/// A reply that belongs on a TCP connection.
struct TcpReply {
  base::Handle stream;
  Frame message;
};

class InProcess {
 public:
  explicit InProcess(InProcessSpec spec = {});

  FakeClock clock;

  static constexpr std::uint32_t kUnixSec = 1'559'731'985;  // the wall clock's time when it starts

  [[nodiscard]] HeapPort& port(std::size_t worker = 0) { return ports_[worker]; }
  /// Upstream packets leave here: egress has a TX queue of its own.
  [[nodiscard]] HeapPort& egress_port() { return ports_.back(); }
  /// One turn of every role at the present time.
  void poll();
  /// Turns until nobody has anything left to do at the present time.
  void settle();
  /// Advances in steps, turning at each.
  void run_for(base::Duration span, base::Duration step = std::chrono::milliseconds(1));

  /// Everything the ports sent since the last call, upstream packets included.
  [[nodiscard]] std::vector<Frame> sent();
  [[nodiscard]] std::size_t packets_held() const { return lent_.count(); }
  [[nodiscard]] std::uint64_t count(worker::Counter which) const;
  /// queries = sum of fates, rx = queries + responses + punted + frame drops.
  [[nodiscard]] bool conserved() const;
  [[nodiscard]] cache::Cache& cache() { return *cache_; }
  [[nodiscard]] egress::Engine& engine() { return *engine_; }
  [[nodiscard]] worker::Worker& worker(std::size_t index) { return workers_[index]; }
  [[nodiscard]] worker::EgressRole& egress_role() { return *egress_; }
  [[nodiscard]] worker::Mailbox& mailbox() { return mailbox_; }
  /// The egress core's first, then the workers', then that of TCP.
  [[nodiscard]] std::vector<const topk::Recorder*> recorders() const;
  [[nodiscard]] base::Qsbr& qsbr() { return qsbr_; }
  [[nodiscard]] const base::KeyedHash& hash() const { return hash_; }
  [[nodiscard]] const worker::Generation& generation() const { return *published_.load(); }
  /// As a reload does; what the generation points to is the caller's.
  void publish(worker::Generation next);
  [[nodiscard]] const policy::ForwardTable& forward() const { return *forward_; }
  [[nodiscard]] const worker::EgressRoleCounters& egress_counters() const { return egress_counters_; }
  /// Only with `tcp`. What drives it by hand (a server under test) sets drives_tcp to false.
  [[nodiscard]] worker::TcpResponder& tcp_responder() { return *tcp_responder_; }
  bool drives_tcp = true;
  /// A message of the connection `stream`; an answer at once or later is in tcp_replies().
  void tcp_query(base::Handle stream, const net::Flow& flow, const Frame& message);
  /// A turn of the asker; poll() and settle() give it one each time unless drives_tcp is false.
  std::size_t tcp_turn();
  /// All replies over TCP since the last call.
  [[nodiscard]] std::vector<TcpReply> tcp_replies() { return std::exchange(stream_sink_.replies, {}); }
  /// What egress wants asked over TCP, in order; takes it.
  [[nodiscard]] std::vector<egress::TcpFetch> tcp_fetches();
  /// The message stays the caller's, who keeps it until egress has polled.
  void end_stream(const egress::TcpReply& reply);
  /// Frames for the kernel, in order; takes them.
  [[nodiscard]] std::vector<Frame> punted();

  static net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d);
  static net::IpAddress v6(std::uint16_t first, std::uint16_t last);

 private:
  struct StreamSink final : worker::ReplySink {
    base::MutableBytes open(const coalesce::Waiter& waiter) noexcept override;
    void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept override;
    void cancel() noexcept override {}
    std::vector<std::byte> room = std::vector<std::byte>(65'535);
    std::vector<TcpReply> replies;
  };

  void make_generation();
  void make_tcp_responder();
  void make_rings();
  void make_recorders();
  void make_roles();

  InProcessSpec spec_;
  base::KeyedHash hash_;
  base::Qsbr qsbr_;
  AlignedMemory cache_memory_;
  std::unique_ptr<cache::Cache> cache_;
  std::unique_ptr<policy::Acl> acl_;
  std::vector<policy::ForwardTable::Slot> forward_slots_;
  std::unique_ptr<policy::ForwardTable> forward_;
  std::vector<policy::LocalData::Slot> local_slots_;
  std::unique_ptr<policy::LocalData> local_;
  base::WallClock wall_;
  worker::Generation generation_;         // the first one
  std::deque<worker::Generation> later_;  // kept to the end
  std::atomic<const worker::Generation*> published_{nullptr};

  Lent lent_;
  std::deque<HeapPort> ports_;
  std::deque<OwnedRing<egress::Miss>> misses_;
  std::deque<OwnedRing<egress::Completion>> completions_;
  std::deque<OwnedRing<worker::Response>> responses_;
  std::deque<OwnedRing<worker::Packet>> punts_;
  OwnedRing<worker::Foreign> foreign_{64};
  OwnedRing<worker::PathUpdate> paths_{64};
  OwnedRing<egress::TcpFetch> tcp_fetches_{egress::kMaxTcpFetches};
  OwnedRing<egress::TcpReply> tcp_replies_{egress::kMaxTcpFetches};
  OwnedRing<worker::Relay> relays_{64};
  OwnedRing<worker::Relayed> relayed_{64};
  std::vector<egress::MissRing*> miss_views_;
  std::vector<egress::CompletionRing*> completion_views_;
  std::vector<worker::ResponseRing*> response_views_;

  CountingEntropy entropy_;
  worker::EgressRoleCounters egress_counters_;
  worker::Mailbox mailbox_;
  std::unique_ptr<worker::PortWire> port_wire_;
  std::unique_ptr<worker::RelayWire> relay_wire_;
  std::unique_ptr<AlignedMemory> engine_memory_;
  std::unique_ptr<egress::Engine> engine_;
  std::unique_ptr<worker::EgressRole> egress_;
  std::deque<AlignedMemory> table_memory_;
  std::deque<topk::Recorder> recorders_;
  std::deque<policy::MissAllowance> allowances_;
  std::deque<coalesce::InflightTable> tables_;
  std::deque<worker::Worker> workers_;
  std::unique_ptr<worker::TcpResponder> tcp_responder_;
  StreamSink stream_sink_;
};

}  // namespace test
