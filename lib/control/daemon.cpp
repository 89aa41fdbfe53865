// SPDX-License-Identifier: Apache-2.0
// Start, event loop with signals and a tick per second, clean stop.
#include "control/daemon.hpp"

#include <csignal>
#include <functional>
#include <memory>

#include <fmt/core.h>
#include <systemd/sd-daemon.h>
#include <uv.h>

#include "appliance.hpp"
#include "diag/log.hpp"
#include "dpdk/eal.hpp"
#include "reloader.hpp"
#include "server.hpp"
#include "telemetry.hpp"
#include "verbs.hpp"

namespace control {
namespace {

constexpr std::uint64_t kTickMs = 1'000;
constexpr std::uint64_t kLookMs = 250;  // at least twice per second: sketches keep a second for one more second

/// The control thread's loop and its handles, which are closed before the loop.
class EventLoop {
 public:
  explicit EventLoop(Appliance& appliance) : appliance_(&appliance) {
    SLUICE_REQUIRE(uv_loop_init(&loop_) == 0);
    for (uv_signal_t* handle : {&term_, &interrupt_, &hangup_}) {
      uv_signal_init(&loop_, handle);
      handle->data = this;
    }
    uv_timer_init(&loop_, &tick_);
    tick_.data = this;
    uv_timer_init(&loop_, &look_);
    look_.data = this;
  }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() {
    for (uv_handle_t* handle :
         {as_handle(&term_), as_handle(&interrupt_), as_handle(&hangup_), as_handle(&tick_), as_handle(&look_)})
      uv_close(handle, nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  [[nodiscard]] uv_loop_t& raw() noexcept { return loop_; }

  /// Sets the action of SIGHUP; signals that arrive while the loop is busy are merged.
  void on_hangup(std::function<void()> act) {
    hangup_act_ = std::move(act);
    uv_signal_start(
        &hangup_,
        [](uv_signal_t* handle, int /*number*/) {
          diag::log().info("SIGHUP: reloading the configuration");
          static_cast<EventLoop*>(handle->data)->hangup_act_();
        },
        SIGHUP);
  }

  /// Sets an action that follows each tick.
  void on_tick(std::function<void()> act) { tick_act_ = std::move(act); }

  /// Until SIGTERM or SIGINT.
  void run() {
    const auto on_signal = [](uv_signal_t* handle, int number) {
      diag::log().info("{}: stopping", number == SIGTERM ? "SIGTERM" : "SIGINT");
      uv_stop(static_cast<EventLoop*>(handle->data)->loop_address());
    };
    uv_signal_start(&term_, on_signal, SIGTERM);
    uv_signal_start(&interrupt_, on_signal, SIGINT);
    uv_timer_start(
        &tick_, [](uv_timer_t* handle) { static_cast<EventLoop*>(handle->data)->tick(); }, kTickMs, kTickMs);
    uv_timer_start(
        &look_, [](uv_timer_t* handle) { static_cast<EventLoop*>(handle->data)->appliance_->look(); }, kLookMs,
        kLookMs);
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

 private:
  template <class Handle>
  static uv_handle_t* as_handle(Handle* handle) noexcept {
    return reinterpret_cast<uv_handle_t*>(
        handle);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): libuv's base type
  }
  [[nodiscard]] uv_loop_t* loop_address() noexcept { return &loop_; }

  // Only a restart helps when a polling thread hangs: without the notification systemd's watchdog restarts the process.
  void tick() {
    if (appliance_->tick()) {
      sd_notify(0, "WATCHDOG=1");
    } else {
      diag::log().error(
          "a polling thread has not polled for a second; systemd restarts the process if WatchdogSec is set");
    }
    if (tick_act_) tick_act_();
  }

  Appliance* appliance_;
  uv_loop_t loop_{};
  uv_signal_t term_{};
  uv_signal_t interrupt_{};
  uv_signal_t hangup_{};
  std::function<void()> hangup_act_;
  std::function<void()> tick_act_;
  uv_timer_t tick_{};
  uv_timer_t look_{};
};

diag::Result<StopReport> serve(const config::Settings& settings, Appliance& appliance, const Loader& load) {
  EventLoop loop(appliance);
  Reloader reloader(loop.raw(), {.load = load,
                                 .running = [&]() -> const config::Settings& { return appliance.running(); },
                                 .publish = [&](const config::Settings& fresh) { return appliance.publish(fresh); },
                                 .settled = [&] { return appliance.settled(); },
                                 .notify = [](const std::string& text) { sd_notify(0, text.c_str()); }});
  appliance.show_reloads([&] { return reloader.status(); });
  loop.on_hangup([&] { reloader.request(nullptr); });
  Verbs verbs(loop.raw(), appliance.view(), appliance.controls());
  loop.on_tick([&verbs] { verbs.look(); });
  verbs.on_reload([&](Reply reply) { reloader.request(std::move(reply)); });
  auto server = Server::create(
      loop.raw(), {.socket = settings.control_socket, .handler = [&verbs](const Request& request, Reply reply) {
                     verbs.handle(request, std::move(reply));
                   }});
  if (!server) return diag::fail(server.error());
  if (auto registered = register_telemetry(appliance.view()); !registered) {
    diag::log().warn("{}; dpdk-telemetry.py will not show /sluice", registered.error().sentence());
  }
  if (auto started = appliance.start(); !started) {
    stop_telemetry();
    return diag::fail(started.error());
  }
  sd_notify(0, "READY=1\nSTATUS=answering queries");
  diag::log().info("ready: {} on {}, {} workers, control socket {}", settings.profile.name, settings.port.device,
                   settings.workers(), settings.control_socket.string());
  loop.run();
  sd_notify(0, "STOPPING=1");
  stop_telemetry();
  (*server)->close();
  return appliance.stop();  // before `verbs` is destroyed: the egress role may be filling its rows
}

}  // namespace

diag::Status run_daemon(const config::Settings& settings, std::vector<std::string> eal_arguments, const Loader& load) {
  auto eal = dpdk::Eal::start(std::move(eal_arguments));
  if (!eal) return diag::fail(eal.error());
  auto appliance = Appliance::assemble(settings, *eal);
  if (!appliance) return diag::fail(appliance.error());
  const auto report = serve(settings, **appliance, load);
  if (!report) return diag::fail(report.error());
  if (report->mbufs_missing != 0) {
    return diag::fail(diag::Code::kInternal,
                      fmt::format("stopped, but {} packet buffers were not returned", report->mbufs_missing));
  }
  diag::log().info("stopped: all packet buffers returned, {} questions were open", report->questions_left);
  return {};
}

}  // namespace control
