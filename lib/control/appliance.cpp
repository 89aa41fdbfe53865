// SPDX-License-Identifier: Apache-2.0
// Boot and stop: ports, memory, data plane, slow path, threads.
#include "appliance.hpp"

#include <ctime>
#include <mutex>
#include <thread>

#include <fmt/core.h>
#include <pthread.h>
#include <sched.h>

#include "appliance/data_plane.hpp"
#include "blocking/blocks.hpp"
#include "blocking/watcher.hpp"
#include "closed_loop.hpp"
#include "config/plan.hpp"
#include "control/generations.hpp"
#include "diag/log.hpp"
#include "dpdk/clock.hpp"
#include "dpdk/region.hpp"
#include "kernel_entropy.hpp"
#include "loop_log.hpp"
#include "poll_threads.hpp"
#include "port_set.hpp"
#include "secrets/kernel_random.hpp"
#include "slowpath/slow_path.hpp"
#include "snapshots.hpp"

namespace control {
namespace {

constexpr int kDrainPolls = 64;

void pin_to(std::uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    diag::log().warn("cannot pin the slow path to CPU {} (lcores.control)", cpu);
  }
}

policy::CookieSettings draw_cookies() {
  policy::CookieSettings cookies;
  secrets::fill_from_kernel(cookies.active);
  return cookies;
}

class ApplianceImpl final : public Appliance {
 public:
  ApplianceImpl(const config::Settings& settings, dpdk::Eal& eal, PortSet ports, dpdk::Region cache_memory,
                dpdk::Region table_memory)
      : settings_(settings),
        ports_(std::move(ports)),
        cache_memory_(std::move(cache_memory)),
        table_memory_(std::move(table_memory)),
        plane_(config::plan_of(settings_), dependencies()),
        watcher_(std::vector(plane_.recorders().begin(), plane_.recorders().end())),
        threads_(eal, clock_, settings_.lcores.idle) {}

  ~ApplianceImpl() override {
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
  [[nodiscard]] Controls controls() noexcept override {
    return {.mailbox = &plane_.mailbox(), .blocks = &blocks_, .snapshots = snapshots_.get()};
  }
  void show_reloads(std::function<ReloadStatus()> status) override { view_.reload = std::move(status); }

 private:
  [[nodiscard]] appliance::Dependencies dependencies();
  void read_wall_clock();
  diag::Status make_slow_path();
  void make_view();
  void run_slow_path();
  [[nodiscard]] PortStats last_stats() const;

  // In the order of boot, so that destruction runs in reverse.
  const config::Settings settings_;
  dpdk::TscClock clock_;
  base::WallClock wall_;
  PortSet ports_;
  dpdk::Region cache_memory_;
  dpdk::Region table_memory_;
  const base::KeyedHash hash_{secrets::draw_secret()};
  KernelEntropy entropy_;
  Generations generations_{hash_, {.wall = &wall_, .drawn_cookies = draw_cookies()}};
  ClosedLoop closed_loop_;
  appliance::DataPlane plane_;
  std::unique_ptr<slowpath::SlowPath> slow_path_;

  blocking::Watcher watcher_;
  blocking::Blocks blocks_{
      [this](std::span<const policy::BlockedPrefix> blocked) { generations_.publish_blocks(blocked); }};
  std::unique_ptr<Snapshots> snapshots_;
  PollThreads threads_;
  std::thread slow_thread_;
  std::uint32_t mbufs_of_rings_ = 0;  // mbufs in use before the first packet
  bool running_ = false;
  std::atomic<bool> healthy_{true};
  LoopLog loops_;
  mutable std::mutex stats_mutex_;  // control and DPDK's telemetry thread
  PortStats stats_;                 // of the last tick: drivers are queried once a second
  View view_;
};

appliance::Dependencies ApplianceImpl::dependencies() {
  appliance::Dependencies with;
  with.table_memory = table_memory_.bytes();
  with.cache_memory = cache_memory_.bytes();
  for (std::size_t i = 0; i < settings_.workers(); ++i) with.worker_ports.push_back(&ports_.worker_port(i));
  with.egress_port = ports_.egress_port() != nullptr ? ports_.egress_port() : with.worker_ports.front();
  with.clock = &clock_;
  with.hash = &hash_;
  with.entropy = &entropy_;
  with.factors = &closed_loop_.factors();
  with.generation = [this](std::size_t reader) { return generations_.reader(reader); };
  return with;
}

diag::Status ApplianceImpl::build() {
  if (auto published = generations_.publish(settings_); !published) return diag::fail(published.error());
  blocks_.configure(settings_.blocks);
  snapshots_ = std::make_unique<Snapshots>(Snapshots::Spec{.cache = &plane_.cache(),
                                                           .qsbr = &plane_.qsbr(),
                                                           .reader = plane_.plan().snapshot_reader(),
                                                           .hash = &hash_,
                                                           .clock = &clock_,
                                                           .groups = group_digest(settings_),
                                                           .settings = settings_.snapshot});
  if (auto made = make_slow_path(); !made) return made;
  make_view();
  return {};
}

void ApplianceImpl::read_wall_clock() { wall_.set(clock_.now(), static_cast<std::uint32_t>(std::time(nullptr))); }

diag::Status ApplianceImpl::make_slow_path() {
  if (plane_.plan().kernel == appliance::Part::kLeftOut) return {};
  slowpath::Spec spec{.tap = settings_.port.tap,
                      .mac = ports_.mac(),
                      .mtu_bytes = settings_.port.mtu_bytes,
                      .addresses = {},
                      .gateways = settings_.port.gateways,
                      .servers = {},
                      .port = &ports_.worker_port(0),
                      .punts = plane_.punts(),
                      .injects = plane_.injects(),
                      .foreign = plane_.foreign(),
                      .paths = plane_.paths(),
                      .tcp_fetches = plane_.tcp_fetches(),
                      .tcp_replies = plane_.tcp_replies(),
                      .tcp = tcp_server::Spec{plane_.tcp_responder(), &clock_, &hash_, settings_.tcp}};
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

void ApplianceImpl::make_view() {
  view_ = {.settings = &settings_,
           .clock = &clock_,
           .started_at = clock_.now(),
           .workers = plane_.workers(),
           .tcp_responder = plane_.tcp_responder(),
           .tcp = slow_path_ ? slow_path_->tcp_counters() : nullptr,
           .engine = &plane_.engine(),
           .egress_role = &plane_.egress_counters(),
           .slowpath = slow_path_ ? &slow_path_->counters() : nullptr,
           .upstream_tcp = slow_path_ ? &slow_path_->upstream_tcp_counters() : nullptr,
           .cache = &plane_.cache(),
           .hash = &hash_,
           .forward = generations_.current().forward,
           .qsbr = &plane_.qsbr(),
           .qsbr_reader = plane_.plan().lookup_reader(),
           .closed_loop = &closed_loop_.stats(),
           .misses = plane_.misses(),
           .completions = plane_.completions(),
           .watcher = &watcher_,
           .blocks = &blocks_,
           .port = [this] { return last_stats(); },
           .healthy = [this] { return healthy_.load(std::memory_order_relaxed); },
           .snapshot = [this] { return snapshots_->report(); }};
}

diag::Status ApplianceImpl::start() {
  const appliance::Plan& plan = plane_.plan();
  mbufs_of_rings_ = ports_.mbufs_in_use();
  running_ = true;
  snapshots_->restore_at_start();
  plane_.online();
  for (std::size_t i = 0; i < plan.workers; ++i) generations_.online(i);
  generations_.online(plan.egress_reader());
  if (slow_path_) slow_thread_ = std::thread([this] { run_slow_path(); });
  tick();
  for (const config::PollThread& thread : settings_.lcores.threads) {
    std::vector<worker::Role*> roles;
    for (const base::WorkerId id : thread.workers) roles.push_back(&plane_.worker(id.value()));
    if (thread.egress) roles.push_back(&plane_.egress_role());
    if (auto started = threads_.start(thread.lcore, std::move(roles)); !started) return started;
  }
  return {};
}

void ApplianceImpl::run_slow_path() {
  pthread_setname_np(pthread_self(), "sluice-slow");
  pin_to(settings_.lcores.control_cpu);
  if (auto registered = dpdk::register_thread(); !registered) {
    diag::log().warn("{}; packets to and from the kernel cost a little more CPU", registered.error().sentence());
  }
  slow_path_->run();
  dpdk::unregister_thread();
}

diag::Result<std::uint64_t> ApplianceImpl::publish(const config::Settings& settings) {
  auto number = generations_.publish(settings);
  if (number) {
    view_.forward = generations_.current().forward;  // used by the control thread only
    blocks_.configure(settings.blocks);
  }
  return number;
}

void ApplianceImpl::look() {
  const base::Instant now = clock_.now();
  if (watcher_.look(now)) blocks_.judge(watcher_.last(), now);
  blocks_.expire(now);
  snapshots_->look();
}

bool ApplianceImpl::tick() {
  generations_.collect();
  read_wall_clock();
  healthy_.store(threads_.all_moved(), std::memory_order_relaxed);
  loops_.look(plane_.engine());
  PortStats stats = ports_.stats();
  log_changes(closed_loop_.look(stats, generations_.settings()), generations_.settings());
  const std::scoped_lock lock(stats_mutex_);
  stats_ = std::move(stats);
  return healthy_.load(std::memory_order_relaxed);
}

PortStats ApplianceImpl::last_stats() const {
  const std::scoped_lock lock(stats_mutex_);
  PortStats stats = stats_;
  stats.mbufs_in_use = ports_.mbufs_in_use();  // no call to the driver
  return stats;
}

// The polling threads have ended when the rings are emptied: this thread polls every role.
StopReport ApplianceImpl::stop() {
  running_ = false;
  threads_.stop();
  if (slow_path_) {
    slow_path_->stop();
    slow_thread_.join();
  }
  StopReport report{.mbufs_missing = 0, .questions_left = plane_.engine().fetches()};
  plane_.engine().abandon_all();
  for (int i = 0; i < kDrainPolls; ++i) {
    plane_.poll_workers(clock_.now());
    plane_.egress_role().poll(clock_.now());
    if (slow_path_) slow_path_->drain();
  }
  plane_.release_all();
  if (slow_path_) slow_path_->release_all();
  plane_.offline();
  for (std::size_t slot = 0; slot <= plane_.plan().egress_reader(); ++slot) generations_.offline(slot);
  ports_.collect_sent();
  const std::uint32_t in_use = ports_.mbufs_in_use();
  report.mbufs_missing = in_use > mbufs_of_rings_ ? in_use - mbufs_of_rings_ : 0;
  ports_.stop();
  slow_path_.reset();
  ports_.close();
  snapshots_->save_at_stop();
  return report;
}

/// The NUMA node of the workers, which read the cache most.
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
  auto tables = dpdk::Region::map("tables and rings", appliance::DataPlane::bytes_needed(config::plan_of(settings)),
                                  dpdk::Pages::kNormal, socket);
  if (!tables) return diag::fail(tables.error());
  auto appliance =
      std::make_unique<ApplianceImpl>(settings, eal, std::move(*ports), std::move(*cache_memory), std::move(*tables));
  if (auto built = appliance->build(); !built) return diag::fail(built.error());
  return appliance;
}

}  // namespace control
