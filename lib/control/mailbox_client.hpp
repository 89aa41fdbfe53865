// SPDX-License-Identifier: Apache-2.0
/// @file mailbox_client.hpp – control's side of the egress core's mailbox: errands one behind another.
///
/// Purpose    fills the mailbox, looks each millisecond whether the egress core is done, hands out the result.
/// Threads    the loop's thread; the mailbox's state is the only thing both sides touch at once.
/// Ownership  borrows loop and mailbox. What an errand puts into the mailbox stays valid until the egress role has
///            stopped, even when the errand has failed: a slow egress core may come back to it.
/// Errors     `patience` after its arrival, or after the errand before it was done, an errand fails with kUnavailable.
///            Patience is counted in looks: what a late loop costs is not held against the egress core.
///
///   idle ──fill──▶ asked ──egress──▶ done ──read──▶ idle         asked too long: every errand that waits fails; the next
///                    └──────────────────▲                        one is filled in when the egress core has moved
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>

#include <uv.h>

#include "server.hpp"
#include "worker/egress_role.hpp"

namespace control {

struct Errand {
  std::function<void(worker::Mailbox&)> fill;        // the request; called when it is this errand's turn
  std::function<Json(const worker::Mailbox&)> read;  // the result
  Reply reply;
};

class MailboxClient {
 public:
  MailboxClient(uv_loop_t& loop, worker::Mailbox& mailbox, std::chrono::milliseconds patience);
  ~MailboxClient();
  MailboxClient(const MailboxClient&) = delete;
  MailboxClient& operator=(const MailboxClient&) = delete;

  void ask(Errand errand);

 private:
  struct Waiting {
    Errand errand;
    std::uint64_t arrived = 0;  // look
  };

  void on_tick();
  void take_result();
  void post_next();
  void fail_late();

  uv_loop_t* loop_;
  worker::Mailbox* mailbox_;
  std::uint64_t patience_;  // looks, at least a millisecond each
  uv_timer_t* timer_;       // deleted by its close callback
  std::deque<Waiting> waiting_;
  std::uint64_t look_ = 0;   // counts looks while a request waits
  std::uint64_t moved_ = 0;  // look at which the egress core was last seen to have done something
  bool posted_ = false;      // the first of waiting_ is in the mailbox
};

}  // namespace control
