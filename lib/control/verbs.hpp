// SPDX-License-Identifier: Apache-2.0
/// @file verbs.hpp – carries out requests on the running appliance.
///
/// Purpose    what reads atomics is answered at once; what only the egress core may touch goes through its mailbox, one
///            request behind another, and is answered when the egress core has done it.
/// Threads    the loop's thread only.
/// Ownership  borrows loop and view. Destroying it answers pending requests with an error and closes its timer; run the loop
///            again before uv_loop_close(). The mailbox's rows are memory of the MailboxClient: stop the egress role
///            first.
/// Errors     an egress core that does not move for `patience` gives "unavailable" to every request that waits.
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
        std::chrono::milliseconds patience = std::chrono::seconds(2));
  ~Verbs();
  Verbs(const Verbs&) = delete;
  Verbs& operator=(const Verbs&) = delete;

  /// Sets the action of `reload`; without one the verb fails.
  void on_reload(std::function<void(Reply)> reload);
  void handle(const Request& request, Reply reply);
  /// Once a second: logs what only the egress core knows.
  void look();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace control
