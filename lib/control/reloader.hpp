// SPDX-License-Identifier: Apache-2.0
/// @file reloader.hpp – applies a changed configuration file to the running appliance.
///
/// Purpose    one reload at a time: the file is read and checked as a whole, its settings become one generation, and the
///            reply is sent when every thread uses it. A bad file changes nothing; the error goes to the requester, the
///            log, systemd and the status, where it stays until a reload succeeds.
/// Threads    the loop's thread; status() may be called by any.
/// Ownership  borrows the loop. The destructor answers pending requests with an error; run the loop again before
///            uv_loop_close().
/// Cost       reads a file of at most 1 MiB on the control thread; polling threads never wait.
///
///   idle ──request──▶ load, renew, publish ──every reader moved, or timeout──▶ reply ──▶ idle
///                        └── requests that come meanwhile share the next reload
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <uv.h>

#include "config/settings.hpp"
#include "diag/result.hpp"
#include "reports/view.hpp"
#include "server.hpp"

namespace control {

using reports::ReloadStatus;

class Reloader {
 public:
  struct Spec {
    std::function<diag::Result<config::Settings>()> load;  // the file as it is now
    std::function<const config::Settings&()> running;
    std::function<diag::Result<std::uint64_t>(const config::Settings&)> publish;  // the generation's number
    std::function<bool()> settled;                   // every thread uses the newest generation
    std::function<void(const std::string&)> notify;  // sd_notify's text; may be empty
    std::chrono::milliseconds timeout{2'000};        // for the threads; after that the reply says "settled": false
  };

  Reloader(uv_loop_t& loop, Spec spec);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Calls `reply` once, now or later. Data: {"generation", "settled", "changed": […], "restart_needed": […]}.
  void request(Reply reply);
  [[nodiscard]] ReloadStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace control
