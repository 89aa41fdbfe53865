// SPDX-License-Identifier: Apache-2.0
/// @file mailbox_client.hpp – control's side of the egress core's mailbox: requests in order, one at a time.
///
/// Purpose    fills the mailbox, checks every millisecond whether the egress core is done, passes on the result.
/// Threads    the loop's thread; the mailbox's `state` is the only thing that both sides access at the same time.
/// Ownership  borrows loop and mailbox. Memory that a request puts into the mailbox stays valid until the egress role has
///            stopped, even after a timeout: the egress core may still write to it.
/// Errors     a request fails with kUnavailable `timeout` after it arrived, or after the one before it was done,
///            whichever is later. The timeout counts checks: a busy control loop does not shorten it.
///
///   idle ──fill──▶ asked ──egress──▶ done ──read──▶ idle      timeout in `asked`: every pending request fails; the next
///                                                             one is posted after the egress core reaches `done`
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>

#include <uv.h>

#include "server.hpp"
#include "worker/egress_role.hpp"

namespace control {

struct EgressRequest {
  std::function<void(worker::Mailbox&)> fill;  // writes the request into the mailbox; called when the mailbox is free
  std::function<Json(const worker::Mailbox&)> read;  // the result
  Reply reply;
};

class MailboxClient {
 public:
  MailboxClient(uv_loop_t& loop, worker::Mailbox& mailbox, std::chrono::milliseconds timeout);
  ~MailboxClient();
  MailboxClient(const MailboxClient&) = delete;
  MailboxClient& operator=(const MailboxClient&) = delete;

  void submit(EgressRequest request);

 private:
  struct Waiting {
    EgressRequest request;
    std::uint64_t arrived = 0;  // look
  };

  void on_tick();
  void take_result();
  void post_next();
  void fail_late();

  uv_loop_t* loop_;
  worker::Mailbox* mailbox_;
  std::uint64_t timeout_;  // checks, at least a millisecond each
  uv_timer_t* timer_;      // deleted by its close callback
  std::deque<Waiting> waiting_;
  std::uint64_t look_ = 0;   // checks so far; runs while requests are pending
  std::uint64_t moved_ = 0;  // check at which the egress core last finished a request
  bool posted_ = false;      // the first of waiting_ is in the mailbox
};

}  // namespace control
