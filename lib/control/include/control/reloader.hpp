// SPDX-License-Identifier: Apache-2.0
/// @file reloader.hpp – a new configuration for an appliance that runs: read, checked, published, told.
///
/// Purpose    one reload at a time: the file is read and checked whole, its settings become one generation, and the answer
///            comes when every thread acts by it. A bad file changes nothing and is reported to who asked, in the log, to
///            systemd and in the status, which stays so until a reload succeeds.
/// Threads    the loop's thread; status() may be called by any.
/// Ownership  borrows the loop. Destroying it answers who waits with an error; run the loop once more before
///            uv_loop_close().
/// Cost       a file of at most 1 MiB is read on the control thread; polling threads never wait.
///
///   idle ──request──▶ load, renew, publish ──every reader moved, or patience over──▶ told ──▶ idle
///                        └── requests meanwhile: together they are one more reload
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <uv.h>

#include "config/settings.hpp"
#include "control/server.hpp"
#include "control/view.hpp"
#include "diag/result.hpp"

namespace control {

class Reloader {
 public:
  struct Spec {
    std::function<diag::Result<config::Settings>()> load;  // the file as it is now
    std::function<const config::Settings&()> running;
    std::function<diag::Result<std::uint64_t>(const config::Settings&)> publish;  // the generation's number
    std::function<bool()> settled;                   // every thread acts by the newest generation
    std::function<void(const std::string&)> notify;  // sd_notify's text; may be empty
    std::chrono::milliseconds patience{2'000};       // until it is told that a thread has not followed
  };

  Reloader(uv_loop_t& loop, Spec spec);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Answered once, later or at once. Data: {"generation", "settled", "changed": […], "restart_needed": […]}.
  void request(Reply reply);
  [[nodiscard]] ReloadStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace control
