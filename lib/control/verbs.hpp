// SPDX-License-Identifier: Apache-2.0
/// @file verbs.hpp – runs control verbs on the appliance.
///
/// Purpose    requests that read counters and settings are answered at once; those that need the egress core go through
///            its mailbox, one at a time, and are answered when it has finished them.
/// Threads    the loop's thread only.
/// Ownership  borrows loop, view and controls. The destructor answers pending requests with an error and closes the
///            timer; run the loop once after it, before uv_loop_close(). The mailbox refers to memory of this object:
///            stop the egress role first.
/// Errors     when the egress core does not respond within `egress_timeout`, every pending request fails with
///            "unavailable".
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <uv.h>

#include "blocking/blocks.hpp"
#include "reports/view.hpp"
#include "server.hpp"
#include "worker/egress_role.hpp"

namespace control {

class Snapshots;

/// What the verbs act on; the reports of a View only read.
struct Controls {
  worker::Mailbox* mailbox = nullptr;  // to the egress role; Verbs is its only client
  blocking::Blocks* blocks = nullptr;  // nullptr: client blocking is not enabled
  Snapshots* snapshots = nullptr;      // nullptr: snapshots are disabled
};

class Verbs {
 public:
  Verbs(uv_loop_t& loop, const reports::View& view, const Controls& controls,
        std::chrono::milliseconds egress_timeout = std::chrono::seconds(2));
  ~Verbs();
  Verbs(const Verbs&) = delete;
  Verbs& operator=(const Verbs&) = delete;

  /// Runs `reload`; until it is set, the verb fails.
  void on_reload(std::function<void(Reply)> reload);
  void handle(const Request& request, Reply reply);
  /// Call once a second: logs the zones whose fetch quota refuses questions.
  void look();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace control
