// SPDX-License-Identifier: Apache-2.0
/// @file uv_timer.hpp – a repeating libuv timer that may be destroyed at any time.
///
/// Purpose    libuv closes a handle in the next turn of the loop; the handle outlives this owner until then.
/// Threads    the loop's thread.
/// Ownership  borrows the loop, which runs again after the timer is destroyed.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <uv.h>

namespace control {

class UvTimer {
 public:
  UvTimer(uv_loop_t& loop, std::function<void()> act) : act_(std::move(act)), timer_(new uv_timer_t) {
    uv_timer_init(&loop, timer_);
    timer_->data = this;
  }
  UvTimer(const UvTimer&) = delete;
  UvTimer& operator=(const UvTimer&) = delete;
  ~UvTimer() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
    uv_close(reinterpret_cast<uv_handle_t*>(timer_), [](uv_handle_t* handle) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): it was made as a uv_timer_t
      delete reinterpret_cast<uv_timer_t*>(handle);
    });
  }
  void start(std::uint64_t every_ms) {
    uv_timer_start(
        timer_, [](uv_timer_t* timer) { static_cast<UvTimer*>(timer->data)->act_(); }, every_ms, every_ms);
  }
  void stop() { uv_timer_stop(timer_); }

 private:
  std::function<void()> act_;
  uv_timer_t* timer_;  // deleted by its close callback
};

}  // namespace control
