// SPDX-License-Identifier: Apache-2.0
// The event loop: punts to the TAP, frames of the kernel to worker and egress, netlink to the path keeper.
#include "slowpath/slow_path.hpp"

#include <array>

#include <fmt/core.h>
#include <uv.h>

#include "foreign_filter.hpp"
#include "path_keeper.hpp"
#include "port_check.hpp"
#include "tap.hpp"
#include "tcp_server/tcp_server.hpp"
#include "ticker.hpp"
#include "upstream_tcp/tcp_fetcher.hpp"

namespace slowpath {
namespace {

constexpr std::size_t kFramesPerWake = 64;
constexpr std::size_t kPuntsPerRing = 64;  // per tick, so that a flood of punts does not take a core from the workers

constexpr std::uint64_t kSliceNs = 100'000;

/// The first version of the kernel's sched_attr; <linux/sched/types.h> and <sched.h> cannot be included together.
///
///   byte 0      4        8       16     20         24           32            40         48
///        ┌──────┬────────┬───────┬──────┬──────────┬────────────┬─────────────┬───────────┐
///        │ size │ policy │ flags │ nice │ priority │ runtime_ns │ deadline_ns │ period_ns │
///        └──────┴────────┴───────┴──────┴──────────┴────────────┴─────────────┴───────────┘
struct SchedulerWishes {
  std::uint32_t size = sizeof(SchedulerWishes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};
static_assert(sizeof(SchedulerWishes) == 48 && offsetof(SchedulerWishes, runtime_ns) == 24);

/// This thread runs briefly and often next to polling threads: with a short slice it gets a core sooner, not for longer.
/// Kernels before 6.12 ignore the setting.
void prefer_short_slices() noexcept {
  SchedulerWishes wishes;
  if (::syscall(SYS_sched_getattr, 0, &wishes, sizeof wishes, 0) != 0) return;
  wishes.size = sizeof wishes;
  wishes.flags = 0;
  wishes.runtime_ns = kSliceNs;
  static_cast<void>(::syscall(SYS_sched_setattr, 0, &wishes, 0));
}

class Loop final : public SlowPath {
 public:
  Loop(const Spec& spec, Tap tap, Ticker ticker, PathKeeper::Dependencies around)
      : spec_(spec),
        filter_(spec.servers),
        tap_(std::move(tap)),
        ticker_(std::move(ticker)),
        paths_(spec, with_counters(std::move(around))) {}
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] diag::Status start();
  void run() override {
    prefer_short_slices();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }
  void stop() override { uv_async_send(&stop_); }
  void release_all() override;
  void drain() override;
  [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }
  [[nodiscard]] const tcp_server::Counters* tcp_counters() const noexcept override {
    return tcp_ ? &tcp_->counters() : nullptr;
  }
  [[nodiscard]] const upstream_tcp::Counters& upstream_tcp_counters() const noexcept override {
    return upstream_counters_;
  }

 private:
  [[nodiscard]] PathKeeper::Dependencies with_counters(PathKeeper::Dependencies around) noexcept {
    around.counters = &counters_;
    return around;
  }
  template <class Handle>
  int own(int status, Handle& handle) noexcept;
  [[nodiscard]] int watch(uv_poll_t& poll, int fd, uv_poll_cb on_readable) noexcept;
  [[nodiscard]] diag::Status listen();
  [[nodiscard]] base::Instant now() const noexcept { return base::Instant(uv_now(&loop_) * 1'000'000U); }
  void tick();
  void punts_to_kernel() noexcept;
  void frames_from_kernel() noexcept;
  [[nodiscard]] bool take_frame() noexcept;
  void pass_on(const packet::Packet& packet) noexcept;

  Spec spec_;
  ForeignFilter filter_;
  Counters counters_;                         // slow path thread: rw, control: r
  upstream_tcp::Counters upstream_counters_;  // slow path thread: rw, control: r
  Tap tap_;
  Ticker ticker_;
  PathKeeper paths_;
  std::array<std::byte, 64> scrap_{};  // receives frames for which no packet buffer is free

  std::unique_ptr<upstream_tcp::TcpFetcher> fetcher_;

  uv_loop_t loop_{};
  uv_poll_t tap_ready_{};
  uv_poll_t news_ready_{};
  uv_poll_t time_ready_{};
  uv_async_t stop_{};
  std::array<uv_handle_t*, 4> handles_{};  // initialised ones
  std::size_t handle_count_ = 0;
  enum class Built : std::uint8_t { kNothing, kLoop } built_ = Built::kNothing;
  std::unique_ptr<tcp_server::TcpServer> tcp_;
};

template <class Handle>
int Loop::own(int status, Handle& handle) noexcept {
  if (status != 0) return status;
  handle.data = this;
  // The types of libuv share their first fields.
  handles_[handle_count_++] =
      reinterpret_cast<uv_handle_t*>(&handle);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): libuv's API
  return 0;
}

int Loop::watch(uv_poll_t& poll, int fd, uv_poll_cb on_readable) noexcept {
  const int status = own(uv_poll_init(&loop_, &poll, fd), poll);
  return status == 0 ? uv_poll_start(&poll, UV_READABLE, on_readable) : status;
}

diag::Status Loop::start() {
  int status = uv_loop_init(&loop_);
  if (status == 0) {
    built_ = Built::kLoop;
    status = own(uv_async_init(&loop_, &stop_, [](uv_async_t* async) { uv_stop(async->loop); }), stop_);
  }
  if (status == 0) {
    status = watch(time_ready_, ticker_.fd(), [](uv_poll_t* poll, int /*status*/, int /*events*/) {
      Loop& self = *static_cast<Loop*>(poll->data);
      self.ticker_.acknowledge();
      self.tick();
    });
  }
  if (status == 0) {
    status = watch(tap_ready_, tap_.fd(), [](uv_poll_t* poll, int /*status*/, int /*events*/) {
      static_cast<Loop*>(poll->data)->frames_from_kernel();
    });
  }
  if (status == 0) {
    status = watch(news_ready_, paths_.fd(), [](uv_poll_t* poll, int /*status*/, int /*events*/) {
      Loop& self = *static_cast<Loop*>(poll->data);
      self.paths_.on_news(self.now());
    });
  }
  if (status != 0) {
    return diag::fail(diag::Code::kExhausted,
                      fmt::format("cannot start the slow path's event loop: {}", uv_strerror(status)));
  }
  if (spec_.tcp_fetches != nullptr) {
    fetcher_ = std::make_unique<upstream_tcp::TcpFetcher>(
        loop_, upstream_tcp::TcpFetcher::Spec{.fetches = spec_.tcp_fetches,
                                              .replies = spec_.tcp_replies,
                                              .interface = spec_.tap,
                                              .counters = &upstream_counters_});
  }
  ticker_.adapt(now());
  return listen();
}

diag::Status Loop::listen() {
  if (!spec_.tcp) return {};
  std::vector<tcp_server::ListenAt> addresses;
  for (const InterfaceAddress& own : spec_.addresses) {
    addresses.push_back({.address = own.address, .interface = tap_.index()});
  }
  auto made = tcp_server::TcpServer::create(loop_, *spec_.tcp, addresses);
  if (!made) return diag::fail(made.error());
  tcp_ = std::move(*made);
  return {};
}

Loop::~Loop() {
  if (built_ == Built::kNothing) return;
  if (tcp_) tcp_->close();
  if (fetcher_) fetcher_->close();
  for (std::size_t i = 0; i < handle_count_; ++i) uv_close(handles_[i], nullptr);
  while (uv_loop_close(&loop_) == UV_EBUSY) uv_run(&loop_, UV_RUN_DEFAULT);  // handles only close: returns at once
}

void Loop::tick() {
  punts_to_kernel();
  paths_.poll(now());
  if (tcp_) {
    tcp_->turn();
    if (tcp_->has_questions()) ticker_.note_work(now());
  }
  if (fetcher_ && fetcher_->poll(now())) ticker_.note_work(now());
  ticker_.adapt(now());
}

void Loop::drain() {
  if (tcp_) tcp_->turn();
  uv_run(&loop_, UV_RUN_NOWAIT);  // writes what the turn produced
}

void Loop::punts_to_kernel() noexcept {
  for (packet::PacketRing* ring : spec_.punts) {
    for (std::size_t i = 0; i < kPuntsPerRing; ++i) {
      const packet::Packet* packet = ring->front();
      if (packet == nullptr) break;
      const bool taken = !packet->segmented && tap_.write(packet->frame());
      counters_.add(taken ? Counter::kToKernel : Counter::kToKernelLost);
      spec_.port->release({packet, 1});
      ring->pop();
      ticker_.note_work(now());
    }
  }
}

void Loop::frames_from_kernel() noexcept {
  for (std::size_t i = 0; i < kFramesPerWake; ++i) {
    if (!take_frame()) return;
  }
}

bool Loop::take_frame() noexcept {
  packet::Packet packet;
  if (!spec_.port->allocate(packet)) {
    if (tap_.read(scrap_).state == Tap::ReadState::kNothing) return false;
    counters_.add(Counter::kFromKernel);
    counters_.add(Counter::kNoBuffer);
    return true;
  }
  const Tap::ReadResult got = tap_.read(packet.writable());
  if (got.state != Tap::ReadState::kNothing) counters_.add(Counter::kFromKernel);
  if (got.state == Tap::ReadState::kTooBig) counters_.add(Counter::kFrameTooBig);
  if (got.state != Tap::ReadState::kFrame) {
    spec_.port->release({&packet, 1});
    return got.state == Tap::ReadState::kTooBig;
  }
  packet.length = static_cast<std::uint16_t>(got.bytes);
  packet.tx_checksum = net::TxChecksum::kSoftware;  // the checksums are complete: the TAP has no offloads
  pass_on(packet);
  return true;
}

void Loop::pass_on(const packet::Packet& packet) noexcept {
  const std::optional<std::uint16_t> uplink = filter_.payer(packet.frame());
  const bool taken = uplink ? spec_.foreign->push({packet, *uplink}) : spec_.injects->push(packet);
  if (taken) return;
  counters_.add(uplink ? Counter::kForeignFull : Counter::kInjectFull);
  spec_.port->release({&packet, 1});
}

void Loop::release_all() {
  for (packet::PacketRing* ring : spec_.punts) {
    for (const packet::Packet* packet = ring->front(); packet != nullptr; packet = ring->front()) {
      spec_.port->release({packet, 1});
      ring->pop();
    }
  }
}

}  // namespace

diag::Result<std::unique_ptr<SlowPath>> SlowPath::create(const Spec& spec) {
  SLUICE_REQUIRE(spec.port != nullptr && spec.injects != nullptr && spec.foreign != nullptr && spec.paths != nullptr);
  if (auto sound = check(spec); !sound) return diag::fail(sound.error());
  auto kernel = netlink::Rtnetlink::open();
  if (!kernel) return diag::fail(kernel.error());
  auto tap = Tap::create(spec.tap);
  if (!tap) return diag::fail(tap.error());
  if (auto ready = set_up(*tap, spec, *kernel); !ready) return diag::fail(ready.error());
  if (auto free = check_dns_port_free(spec.addresses); !free) return diag::fail(free.error());
  auto events = netlink::RouteEvents::open();
  if (!events) return diag::fail(events.error());
  auto ticker = Ticker::create();
  if (!ticker) return diag::fail(ticker.error());
  const netlink::IfIndex interface = tap->index();
  auto loop =
      std::make_unique<Loop>(spec, std::move(*tap), std::move(*ticker),
                             PathKeeper::Dependencies{std::move(*kernel), std::move(*events), interface, nullptr});
  if (auto started = loop->start(); !started) return diag::fail(started.error());
  return loop;
}

}  // namespace slowpath
