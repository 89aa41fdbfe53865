// SPDX-License-Identifier: Apache-2.0
// Boot: memory, ports, rings, tables, roles, threads; and the way back.
#include "control/appliance.hpp"

#include <bit>
#include <ctime>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include "control/arena.hpp"
#include "control/blocks.hpp"
#include "control/closed_loop.hpp"
#include "control/generations.hpp"
#include "control/poll_threads.hpp"
#include "control/port_set.hpp"
#include "control/secrets.hpp"
#include "control/snapshots.hpp"
#include "control/watcher.hpp"
#include "diag/log.hpp"
#include "dpdk/clock.hpp"
#include "dpdk/region.hpp"
#include "loop_log.hpp"
#include "slowpath/slow_path.hpp"
#include "worker/tcp_responder.hpp"

namespace control {
namespace {

constexpr std::size_t kMissSlots = 4'096;  // a burst of new names per worker, before SERVFAIL
constexpr std::size_t kResponseSlots = 1'024;
constexpr std::size_t kPacketSlots = 1'024;  // punts and injects
constexpr std::size_t kForeignSlots = 256;
constexpr std::size_t kRelaySlots = 256;
constexpr std::size_t kPathSlots = 256;
constexpr int kDrainPolls = 64;

/// Every Miss gets one Completion, and at most so many are open: the ring cannot overflow.
std::size_t completion_slots(const coalesce::Settings& settings) {
  return std::bit_ceil(std::size_t{settings.max_questions} + 1);
}

/// Memory that one asker's table and rings take; must match make_rings(), make_workers() and make_tcp_responder().
std::size_t worker_bytes(const config::Settings& settings) {
  return Arena::padded(coalesce::InflightTable::bytes_needed(settings.coalesce)) +
         Arena::padded(topk::Recorder::bytes_needed(topk::Recorder::Place::kAsker)) +
         Arena::ring_bytes<egress::Miss>(kMissSlots) +
         Arena::ring_bytes<egress::Completion>(completion_slots(settings.coalesce)) +
         Arena::ring_bytes<worker::Response>(kResponseSlots) + Arena::ring_bytes<worker::Packet>(kPacketSlots);
}

std::size_t shared_bytes(const config::Settings& settings) {
  return Arena::padded(egress::Engine::bytes_needed(settings.egress)) +
         Arena::padded(topk::Recorder::bytes_needed(topk::Recorder::Place::kEgress)) +
         Arena::padded(policy::MissAllowance::bytes_needed()) + Arena::ring_bytes<worker::Packet>(kPacketSlots) +
         Arena::ring_bytes<worker::Foreign>(kForeignSlots) +
         Arena::ring_bytes<egress::TcpFetch>(egress::kMaxTcpFetches) +
         Arena::ring_bytes<egress::TcpReply>(egress::kMaxTcpFetches) +
         Arena::ring_bytes<worker::PathUpdate>(kPathSlots) + Arena::ring_bytes<worker::Relay>(kRelaySlots) +
         Arena::ring_bytes<worker::Relayed>(kRelaySlots);
}

void pin_to(std::uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    diag::log().warn("the slow path could not be pinned to CPU {}", cpu);
  }
}

policy::CookieSettings draw_cookies() {
  policy::CookieSettings cookies;
  KernelEntropy().fill(cookies.active);
  return cookies;
}

class Assembled final : public Appliance {
 public:
  Assembled(const config::Settings& settings, dpdk::Eal& eal, PortSet ports, dpdk::Region cache_memory,
            dpdk::Region table_memory)
      : settings_(settings),
        ports_(std::move(ports)),
        cache_memory_(std::move(cache_memory)),
        table_memory_(std::move(table_memory)),
        arena_(table_memory_.bytes()),
        hash_(draw_secret()),
        threads_(eal, clock_, settings_.lcores.idle) {}

  ~Assembled() override {
    if (running_) stop();
  }

  diag::Status build();
  diag::Status start() override;
  StopReport stop() override;
  bool tick() override;
  void look() override;
  [[nodiscard]] diag::Result<std::uint64_t> publish(const config::Settings& settings) override;
  [[nodiscard]] bool settled() noexcept override { return generations_.collect(); }
  [[nodiscard]] const config::Settings& running() const noexcept override { return generations_.settings(); }
  [[nodiscard]] const View& view() const noexcept override { return view_; }
  void show_reloads(std::function<ReloadStatus()> status) override { view_.reload = std::move(status); }

 private:
  void read_wall_clock();
  void make_rings();
  void make_egress();
  void make_recorders();
  void make_workers();
  void make_tcp_responder();
  diag::Status make_slow_path();
  void make_view();
  [[nodiscard]] bool shares_thread_with_first_worker() const;
  [[nodiscard]] bool serves_tcp() const { return !settings_.port.tap.empty(); }
  /// The egress role's slot among the readers of generations; the others' are their numbers, TCP's behind the workers'.
  [[nodiscard]] std::size_t egress_slot() const noexcept { return settings_.workers() + std::size_t{1}; }
  void run_slow_path();
  [[nodiscard]] PortStats last_stats() const;

  // In the order of boot; destroyed in reverse.
  const config::Settings settings_;
  dpdk::TscClock clock_;
  base::WallClock wall_;
  PortSet ports_;
  dpdk::Region cache_memory_;
  dpdk::Region table_memory_;
  Arena arena_;
  base::KeyedHash hash_;
  base::Qsbr qsbr_;
  Generations generations_{hash_, {.wall = &wall_, .drawn_cookies = draw_cookies()}};
  std::unique_ptr<cache::Cache> cache_;

  std::vector<worker::Links> links_;
  std::vector<egress::MissRing*> misses_;
  std::vector<egress::CompletionRing*> completions_;
  std::vector<worker::ResponseRing*> responses_;
  std::vector<worker::PacketRing*> punts_;
  worker::PacketRing* injects_ = nullptr;
  worker::ForeignRing* foreign_ = nullptr;
  worker::PathRing* paths_ = nullptr;
  egress::TcpFetchRing* tcp_fetches_ = nullptr;  // without a TAP nobody takes from it
  egress::TcpReplyRing* tcp_replies_ = nullptr;
  worker::RelayRing* relays_ = nullptr;
  worker::RelayedRing* relayed_ = nullptr;

  KernelEntropy entropy_;
  worker::EgressRoleCounters egress_counters_;
  worker::Mailbox mailbox_;
  std::unique_ptr<worker::PortWire> port_wire_;
  std::unique_ptr<worker::RelayWire> relay_wire_;
  std::unique_ptr<egress::Engine> engine_;
  std::unique_ptr<worker::EgressRole> egress_;
  std::deque<topk::Recorder> recorders_;          // the egress core's first, then the askers'
  std::deque<policy::MissAllowance> allowances_;  // of the askers
  std::deque<coalesce::InflightTable> tables_;
  std::deque<worker::Worker> workers_;
  std::vector<const worker::Worker*> worker_views_;
  std::unique_ptr<worker::TcpResponder> tcp_responder_;  // of the slow path: the asker behind the last worker
  std::unique_ptr<slowpath::SlowPath> slow_path_;

  Watcher watcher_{{}};
  Blocks blocks_{[this](std::span<const policy::BlockedPrefix> blocked) { generations_.publish_blocks(blocked); }};
  std::unique_ptr<Snapshots> snapshots_;
  PollThreads threads_;
  std::thread slow_thread_;
  std::uint32_t mbufs_of_rings_ = 0;  // in use when nothing had been received yet
  bool running_ = false;
  std::atomic<bool> healthy_{true};
  LoopLog loops_;
  ClosedLoop closed_loop_;
  mutable std::mutex stats_mutex_;  // control and DPDK's telemetry thread
  PortStats stats_;                 // of the last tick: a driver is asked at most once a second
  View view_;
};

diag::Status Assembled::build() {
  cache_ = std::make_unique<cache::Cache>(cache_memory_.bytes(), settings_.cache, qsbr_);
  if (auto published = generations_.publish(settings_); !published) return diag::fail(published.error());
  blocks_.configure(settings_.blocks);
  snapshots_ = std::make_unique<Snapshots>(Snapshots::Spec{.cache = cache_.get(),
                                                           .qsbr = &qsbr_,
                                                           .reader = settings_.workers() + std::size_t{2},
                                                           .hash = &hash_,
                                                           .clock = &clock_,
                                                           .groups = group_digest(settings_),
                                                           .settings = settings_.snapshot});
  make_rings();
  make_recorders();
  make_egress();
  make_workers();
  make_tcp_responder();
  if (auto made = make_slow_path(); !made) return made;
  make_view();
  return {};
}

void Assembled::read_wall_clock() { wall_.set(clock_.now(), static_cast<std::uint32_t>(std::time(nullptr))); }

void Assembled::make_rings() {
  injects_ = arena_.make_ring<worker::Packet>(kPacketSlots);
  foreign_ = arena_.make_ring<worker::Foreign>(kForeignSlots);
  paths_ = arena_.make_ring<worker::PathUpdate>(kPathSlots);
  if (!settings_.port.tap.empty()) {
    tcp_fetches_ = arena_.make_ring<egress::TcpFetch>(egress::kMaxTcpFetches);
    tcp_replies_ = arena_.make_ring<egress::TcpReply>(egress::kMaxTcpFetches);
  }
  if (ports_.egress_port() == nullptr && !shares_thread_with_first_worker()) {
    relays_ = arena_.make_ring<worker::Relay>(kRelaySlots);
    relayed_ = arena_.make_ring<worker::Relayed>(kRelaySlots);
  }
  for (std::size_t i = 0; i < settings_.workers(); ++i) {
    misses_.push_back(arena_.make_ring<egress::Miss>(kMissSlots));
    completions_.push_back(arena_.make_ring<egress::Completion>(completion_slots(settings_.coalesce)));
    responses_.push_back(arena_.make_ring<worker::Response>(kResponseSlots));
    punts_.push_back(arena_.make_ring<worker::Packet>(kPacketSlots));
    links_.push_back({.misses = misses_.back(),
                      .completions = completions_.back(),
                      .responses = responses_.back(),
                      .punts = settings_.port.tap.empty() ? nullptr : punts_.back(),
                      .injects = i == 0 ? injects_ : nullptr,
                      .relays = i == 0 ? relays_ : nullptr,
                      .relayed = i == 0 ? relayed_ : nullptr});
  }
  if (serves_tcp()) {
    misses_.push_back(arena_.make_ring<egress::Miss>(kMissSlots));
    completions_.push_back(arena_.make_ring<egress::Completion>(completion_slots(settings_.coalesce)));
  }
}

bool Assembled::shares_thread_with_first_worker() const {
  return settings_.lcores.egress_cpu == settings_.lcores.worker_cpus.front();
}

void Assembled::make_egress() {
  dpdk::QueuePort* own = ports_.egress_port();
  dpdk::QueuePort& port = own != nullptr ? *own : ports_.worker_port(0);
  egress::Wire* wire = nullptr;
  if (relays_ != nullptr) {
    relay_wire_ = std::make_unique<worker::RelayWire>(port, *relays_, egress_counters_);
    wire = relay_wire_.get();
  } else {
    port_wire_ = std::make_unique<worker::PortWire>(port, clock_, egress_counters_);
    wire = port_wire_.get();
  }
  const egress::Dependencies around{.cache = cache_.get(),
                                    .wire = wire,
                                    .entropy = &entropy_,
                                    .completions = completions_,
                                    .tcp_fetches = tcp_fetches_,
                                    .recorder = &recorders_.front()};
  engine_ = std::make_unique<egress::Engine>(arena_.take(egress::Engine::bytes_needed(settings_.egress)),
                                             settings_.egress, settings_.cache, around);
  egress_ =
      std::make_unique<worker::EgressRole>(worker::EgressRole::Spec{.engine = engine_.get(),
                                                                    .wire = wire,
                                                                    .cache = cache_.get(),
                                                                    .port = &port,
                                                                    .counters = &egress_counters_,
                                                                    .misses = misses_,
                                                                    .responses = responses_,
                                                                    .paths = paths_,
                                                                    .foreign = foreign_,
                                                                    .relayed = relayed_,
                                                                    .tcp_replies = tcp_replies_,
                                                                    .mailbox = &mailbox_,
                                                                    .factors = &closed_loop_.factors(),
                                                                    .recorder = &recorders_.front(),
                                                                    .generation = generations_.reader(egress_slot())});
}

// The egress core's, one for each worker, one for TCP. A client has one allowance with all of them.
void Assembled::make_recorders() {
  using Place = topk::Recorder::Place;
  recorders_.emplace_back(arena_.take(topk::Recorder::bytes_needed(Place::kEgress)), Place::kEgress, hash_);
  const std::size_t askers = settings_.workers() + std::size_t{serves_tcp() ? 1U : 0U};
  const base::MutableBytes cells = arena_.take(policy::MissAllowance::bytes_needed());
  for (std::size_t i = 0; i < askers; ++i) {
    recorders_.emplace_back(arena_.take(topk::Recorder::bytes_needed(Place::kAsker)), Place::kAsker, hash_);
    allowances_.emplace_back(cells, hash_);
  }
  std::vector<const topk::Recorder*> all;
  for (const topk::Recorder& recorder : recorders_) all.push_back(&recorder);
  watcher_ = Watcher(std::move(all));
}

void Assembled::make_workers() {
  for (std::uint16_t i = 0; i < settings_.workers(); ++i) {
    const base::MutableBytes memory = arena_.take(coalesce::InflightTable::bytes_needed(settings_.coalesce));
    coalesce::InflightTable& table = tables_.emplace_back(memory, settings_.coalesce, hash_);
    workers_.emplace_back(worker::Worker::Spec{.id = base::WorkerId(i),
                                               .port = &ports_.worker_port(i),
                                               .clock = &clock_,
                                               .hash = &hash_,
                                               .cache = cache_.get(),
                                               .qsbr = &qsbr_,
                                               .inflight = &table,
                                               .recorder = &recorders_[i + std::size_t{1}],
                                               .allowance = &allowances_[i],
                                               .generation = generations_.reader(i),
                                               .links = links_[i]});
    worker_views_.push_back(&workers_.back());
  }
}

void Assembled::make_tcp_responder() {
  if (!serves_tcp()) return;
  const base::MutableBytes memory = arena_.take(coalesce::InflightTable::bytes_needed(settings_.coalesce));
  coalesce::InflightTable& table = tables_.emplace_back(memory, settings_.coalesce, hash_);
  tcp_responder_ = std::make_unique<worker::TcpResponder>(
      worker::TcpResponder::Spec{.id = base::WorkerId(settings_.workers()),
                                 .hash = &hash_,
                                 .cache = cache_.get(),
                                 .qsbr = &qsbr_,
                                 .inflight = &table,
                                 .misses = misses_.back(),
                                 .completions = completions_.back(),
                                 .generation = generations_.reader(settings_.workers()),
                                 .recorder = &recorders_.back(),
                                 .allowance = &allowances_.back()});
}

diag::Status Assembled::make_slow_path() {
  if (settings_.port.tap.empty()) return {};
  slowpath::Spec spec{.tap = settings_.port.tap,
                      .mac = ports_.mac(),
                      .mtu_bytes = settings_.port.mtu_bytes,
                      .addresses = {},
                      .gateways = settings_.port.gateways,
                      .servers = {},
                      .port = &ports_.worker_port(0),
                      .punts = punts_,
                      .injects = injects_,
                      .foreign = foreign_,
                      .paths = paths_,
                      .tcp_fetches = tcp_fetches_,
                      .tcp_replies = tcp_replies_,
                      .tcp = tcp_server::Spec{tcp_responder_.get(), &clock_, &hash_, settings_.tcp}};
  for (const config::InterfaceAddress& own : settings_.port.addresses)
    spec.addresses.push_back({own.address, own.prefix_bits});
  for (std::uint16_t uplink = 0; uplink < settings_.egress.uplinks.size(); ++uplink) {
    const egress::UplinkSettings& group = settings_.egress.uplinks[uplink];
    for (std::uint16_t server = 0; server < group.servers.size(); ++server) {
      spec.servers.push_back({uplink, server, group.servers[server], group.budget.limit_pps != 0});
    }
  }
  auto made = slowpath::SlowPath::create(spec);
  if (!made) return diag::fail(made.error());
  slow_path_ = std::move(*made);
  return {};
}

void Assembled::make_view() {
  view_ = {.settings = &settings_,
           .clock = &clock_,
           .started_at = clock_.now(),
           .workers = worker_views_,
           .tcp_responder = tcp_responder_.get(),
           .tcp = slow_path_ ? slow_path_->tcp_counters() : nullptr,
           .engine = engine_.get(),
           .egress_role = &egress_counters_,
           .slowpath = slow_path_ ? &slow_path_->counters() : nullptr,
           .upstream_tcp = slow_path_ ? &slow_path_->upstream_tcp_counters() : nullptr,
           .cache = cache_.get(),
           .hash = &hash_,
           .forward = generations_.current().forward,
           .qsbr = &qsbr_,
           .qsbr_reader = settings_.workers() + std::size_t{1},  // behind the workers and TCP
           .mailbox = &mailbox_,
           .closed_loop = &closed_loop_,
           .misses = misses_,
           .completions = completions_,
           .watcher = &watcher_,
           .blocks = &blocks_,
           .snapshots = snapshots_.get(),
           .port = [this] { return last_stats(); },
           .healthy = [this] { return healthy_.load(std::memory_order_relaxed); }};
}

diag::Status Assembled::start() {
  mbufs_of_rings_ = ports_.mbufs_in_use();
  running_ = true;
  snapshots_->restore_at_start();
  for (std::size_t i = 0; i < workers_.size(); ++i) qsbr_.online(i);
  for (std::size_t i = 0; i < workers_.size(); ++i) generations_.online(i);
  generations_.online(egress_slot());
  if (slow_path_) slow_thread_ = std::thread([this] { run_slow_path(); });
  tick();
  for (const config::PollThread& thread : settings_.lcores.threads) {
    std::vector<worker::Role*> roles;
    for (const base::WorkerId id : thread.workers) roles.push_back(&workers_[id.value()]);
    if (thread.egress) roles.push_back(egress_.get());
    if (auto started = threads_.start(thread.lcore, std::move(roles)); !started) return started;
  }
  return {};
}

void Assembled::run_slow_path() {
  pthread_setname_np(pthread_self(), "sluice-slow");
  pin_to(settings_.lcores.control_cpu);
  if (auto registered = dpdk::register_thread(); !registered) {
    diag::log().warn("{}; packets for the kernel cost a little more", registered.error().sentence());
  }
  slow_path_->run();
  dpdk::unregister_thread();
}

diag::Result<std::uint64_t> Assembled::publish(const config::Settings& settings) {
  auto number = generations_.publish(settings);
  if (number) {
    view_.forward = generations_.current().forward;  // the control thread's alone
    blocks_.configure(settings.blocks);
  }
  return number;
}

void Assembled::look() {
  const base::Instant now = clock_.now();
  if (watcher_.look(now)) blocks_.judge(watcher_.last(), now);
  blocks_.expire(now);
  snapshots_->look();
}

bool Assembled::tick() {
  generations_.collect();
  read_wall_clock();
  healthy_.store(threads_.all_moved(), std::memory_order_relaxed);
  loops_.look(*engine_);
  PortStats stats = ports_.stats();
  log_changes(closed_loop_.look(stats, generations_.settings()), generations_.settings());
  const std::scoped_lock lock(stats_mutex_);
  stats_ = std::move(stats);
  return healthy_.load(std::memory_order_relaxed);
}

PortStats Assembled::last_stats() const {
  const std::scoped_lock lock(stats_mutex_);
  PortStats stats = stats_;
  stats.mbufs_in_use = ports_.mbufs_in_use();  // costs the driver nothing
  return stats;
}

// The threads are gone when the rings are emptied: every role is polled by this one for the rest.
StopReport Assembled::stop() {
  running_ = false;
  threads_.stop();
  if (slow_path_) {
    slow_path_->stop();
    slow_thread_.join();
  }
  StopReport report{.mbufs_missing = 0, .questions_left = engine_->fetches()};
  engine_->abandon_all();
  for (int i = 0; i < kDrainPolls; ++i) {
    for (worker::Worker& worker : workers_) worker.poll(clock_.now());
    egress_->poll(clock_.now());
    if (slow_path_) slow_path_->drain();
  }
  egress_->release_all();
  for (worker::Worker& worker : workers_) worker.release_all();
  if (slow_path_) slow_path_->release_all();
  for (std::size_t i = 0; i < workers_.size(); ++i) qsbr_.offline(i);
  if (tcp_responder_) tcp_responder_->leave();
  for (std::size_t slot = 0; slot <= egress_slot(); ++slot) generations_.offline(slot);
  ports_.collect_sent();
  const std::uint32_t in_use = ports_.mbufs_in_use();
  report.mbufs_missing = in_use > mbufs_of_rings_ ? in_use - mbufs_of_rings_ : 0;
  ports_.stop();
  slow_path_.reset();
  ports_.close();
  snapshots_->save_at_stop();
  return report;
}

/// Where those who read the cache most are.
base::SocketId socket_of_workers(const config::Settings& settings, const dpdk::Eal& eal) {
  for (const config::PollThread& thread : settings.lcores.threads) {
    if (!thread.workers.empty()) return eal.socket_of(thread.lcore);
  }
  return base::SocketId(-1);
}

}  // namespace

diag::Result<std::unique_ptr<Appliance>> Appliance::assemble(const config::Settings& settings, dpdk::Eal& eal) {
  const dpdk::Pages pages =
      settings.memory.hugepages && eal.has_hugepages() ? dpdk::Pages::kHuge : dpdk::Pages::kNormal;
  const base::SocketId socket = socket_of_workers(settings, eal);
  auto ports = PortSet::start(settings);
  if (!ports) return diag::fail(ports.error());
  auto cache_memory = dpdk::Region::map("cache", settings.cache.size_bytes, pages, socket);
  if (!cache_memory) return diag::fail(cache_memory.error());
  auto tables = dpdk::Region::map(
      "tables and rings", worker_bytes(settings) * (settings.workers() + std::size_t{1}) + shared_bytes(settings),
      dpdk::Pages::kNormal, socket);
  if (!tables) return diag::fail(tables.error());
  auto appliance =
      std::make_unique<Assembled>(settings, eal, std::move(*ports), std::move(*cache_memory), std::move(*tables));
  if (auto built = appliance->build(); !built) return diag::fail(built.error());
  return appliance;
}

}  // namespace control
