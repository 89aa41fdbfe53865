// SPDX-License-Identifier: Apache-2.0
// The data plane of the daemon (appliance::DataPlane) on heap ports, polled by hand with a fake clock: a scenario, a
// property test and a fuzzer run the wiring that ships.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "appliance/data_plane.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "coalesce/inflight.hpp"
#include "egress/engine.hpp"
#include "heap_port.hpp"
#include "policy/acl.hpp"
#include "policy/forward_table.hpp"
#include "worker/egress_role.hpp"
#include "worker/worker.hpp"

namespace test {

/// Any thread may read it and advance it.
class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Instant now() const noexcept override { return base::Instant(now_ns_.load()); }
  void advance(base::Duration by) noexcept { now_ns_ += static_cast<std::uint64_t>(by.count()); }

 private:
  std::atomic<std::uint64_t> now_ns_{1'000'000'000'000};
};

/// Repeatable "entropy" for tests.
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

struct InProcessSpec {
  std::size_t workers = 1;
  cache::Settings cache = {.size_bytes = 8U << 20U};
  coalesce::Settings coalesce = {.max_waiting = 8'192, .max_pending = 4'096};
  egress::Settings egress = {};                   // without uplinks: one is made, server 10.77.0.2
  std::vector<net::IpAddress> own = {};           // empty: 10.77.0.53 and fd77::53
  policy::Settings guard = {};                    // empty: every client may ask
  std::vector<policy::ForwardZone> forward = {};  // names outlive the appliance; empty: "." to the first uplink
  policy::LocalTables local = {};                 // outlives the appliance; empty: no local data
  std::size_t packet_room = 2'048;
  bool tcp = false;      // a TCP responder, for messages of TCP connections
  bool streams = false;  // the test serves the fetches that go upstream over TCP
  answer::ProtocolSettings protocol = {};
  policy::AllowanceSettings allowance = {};        // no limit
  const egress::BudgetFactors* factors = nullptr;  // outlive the appliance; nullptr: budgets stay as they are
  bool relayed_egress = false;  // upstream packets leave through worker 0: the egress core has no TX queue
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
  /// The egress core's own TX queue, for upstream packets.
  [[nodiscard]] HeapPort& egress_port() { return ports_.back(); }
  /// Polls every role once, at the current time.
  void poll();
  /// Polls until no role finds work at the current time.
  void settle();
  /// Advances the clock in steps and settles at each.
  void run_for(base::Duration span, base::Duration step = std::chrono::milliseconds(1));

  /// All frames that the ports sent since the last call, upstream packets included.
  [[nodiscard]] std::vector<Frame> sent();
  [[nodiscard]] std::size_t packets_held() const { return lent_.count(); }
  [[nodiscard]] std::uint64_t count(answer::Counter which) const;
  /// True when the counters balance: queries = sum of outcomes, rx = queries + responses + punted + frame drops.
  [[nodiscard]] bool conserved() const;
  [[nodiscard]] cache::Cache& cache() { return plane_->cache(); }
  [[nodiscard]] egress::Engine& engine() { return plane_->engine(); }
  [[nodiscard]] worker::Worker& worker(std::size_t index) { return plane_->worker(index); }
  [[nodiscard]] worker::EgressRole& egress_role() { return plane_->egress_role(); }
  [[nodiscard]] worker::Mailbox& mailbox() { return plane_->mailbox(); }
  /// The egress core's first, then the workers', then the TCP responder's.
  [[nodiscard]] std::vector<const topk::Recorder*> recorders() const {
    return {plane_->recorders().begin(), plane_->recorders().end()};
  }
  [[nodiscard]] base::Qsbr& qsbr() { return plane_->qsbr(); }
  [[nodiscard]] const base::KeyedHash& hash() const { return hash_; }
  [[nodiscard]] const answer::Generation& generation() const { return *published_.load(); }
  /// Publishes a generation, as a reload does; the caller owns what it points to.
  void publish(answer::Generation next);
  [[nodiscard]] const policy::ForwardTable& forward() const { return *forward_; }
  [[nodiscard]] const worker::EgressRoleCounters& egress_counters() const { return plane_->egress_counters(); }
  /// Only with `tcp`. A test that drives it by hand (a server under test) sets drives_tcp to false.
  [[nodiscard]] answer::TcpResponder& tcp_responder() { return *plane_->tcp_responder(); }
  bool drives_tcp = true;
  /// A message of the connection `stream`; tcp_replies() returns its answer.
  void tcp_query(base::Handle stream, const net::Flow& flow, const Frame& message);
  /// Polls the TCP responder; poll() and settle() do so unless drives_tcp is false.
  std::size_t tcp_turn();
  /// All replies over TCP since the last call.
  [[nodiscard]] std::vector<TcpReply> tcp_replies() { return std::exchange(stream_sink_.replies, {}); }
  /// Takes the fetches that go upstream over TCP, in order.
  [[nodiscard]] std::vector<egress::TcpFetch> tcp_fetches();
  /// The caller keeps the message until egress has polled.
  void end_stream(const egress::TcpReply& reply);
  /// Takes the frames for the kernel, in order.
  [[nodiscard]] std::vector<Frame> punted();

  static net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d);
  static net::IpAddress v6(std::uint16_t first, std::uint16_t last);

 private:
  struct StreamSink final : answer::ReplySink {
    base::MutableBytes open(const coalesce::Waiter& waiter) noexcept override;
    void send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept override;
    void cancel() noexcept override {}
    std::vector<std::byte> room = std::vector<std::byte>(65'535);
    std::vector<TcpReply> replies;
  };

  void make_generation();
  void make_plane();
  void learn_paths();

  InProcessSpec spec_;
  base::KeyedHash hash_;
  std::unique_ptr<policy::Acl> acl_;
  std::vector<policy::ForwardTable::Slot> forward_slots_;
  std::unique_ptr<policy::ForwardTable> forward_;
  std::vector<policy::LocalData::Slot> local_slots_;
  std::unique_ptr<policy::LocalData> local_;
  base::WallClock wall_;
  answer::Generation generation_;         // the first one
  std::deque<answer::Generation> later_;  // all later ones
  std::atomic<const answer::Generation*> published_{nullptr};

  Lent lent_;
  std::deque<HeapPort> ports_;  // one per worker, then the egress core's
  CountingEntropy entropy_;
  AlignedMemory cache_memory_;
  std::unique_ptr<AlignedMemory> table_memory_;
  std::unique_ptr<appliance::DataPlane> plane_;
  StreamSink stream_sink_;
};

}  // namespace test
