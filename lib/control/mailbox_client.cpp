// SPDX-License-Identifier: Apache-2.0
// Posts requests to the egress core and takes their results.
#include "mailbox_client.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace control {
namespace {

using State = worker::Mailbox::State;
constexpr std::uint64_t kLookEveryMs = 1;

}  // namespace

MailboxClient::MailboxClient(uv_loop_t& loop, worker::Mailbox& mailbox, std::chrono::milliseconds timeout)
    : loop_(&loop),
      mailbox_(&mailbox),
      timeout_(static_cast<std::uint64_t>(timeout.count()) / kLookEveryMs),
      timer_(new uv_timer_t) {
  uv_timer_init(loop_, timer_);
  timer_->data = this;
}

MailboxClient::~MailboxClient() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
  uv_close(reinterpret_cast<uv_handle_t*>(timer_), [](uv_handle_t* handle) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): it was made as a uv_timer_t
    delete reinterpret_cast<uv_timer_t*>(handle);
  });
  for (const Waiting& waiting : waiting_) {
    waiting.request.reply(diag::fail(diag::Code::kUnavailable, "the appliance is stopping"));
  }
}

void MailboxClient::submit(EgressRequest request) {
  waiting_.push_back({std::move(request), look_});
  post_next();
  if (uv_is_active(reinterpret_cast<const uv_handle_t*>(timer_)) != 0)
    return;  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): as above
  uv_timer_start(
      timer_, [](uv_timer_t* timer) { static_cast<MailboxClient*>(timer->data)->on_tick(); }, kLookEveryMs,
      kLookEveryMs);
}

void MailboxClient::on_tick() {
  ++look_;
  take_result();
  post_next();
  fail_late();
  if (waiting_.empty()) uv_timer_stop(timer_);
}

void MailboxClient::take_result() {
  if (mailbox_->state.load(std::memory_order_acquire) != State::kDone) return;
  moved_ = look_;
  if (!posted_) {  // the result of a request that timed out
    mailbox_->state.store(State::kIdle, std::memory_order_relaxed);
    return;
  }
  posted_ = false;
  const EgressRequest request = std::move(waiting_.front().request);
  waiting_.pop_front();
  Json result = request.read(*mailbox_);
  mailbox_->state.store(State::kIdle, std::memory_order_relaxed);
  request.reply(std::move(result));
}

void MailboxClient::post_next() {
  if (mailbox_->state.load(std::memory_order_acquire) == State::kDone && !posted_) take_result();
  if (posted_ || waiting_.empty() || mailbox_->state.load(std::memory_order_relaxed) != State::kIdle) return;
  waiting_.front().request.fill(*mailbox_);
  mailbox_->state.store(State::kAsked, std::memory_order_release);
  posted_ = true;
}

// The queue is in order of arrival, so requests that have timed out are in front.
void MailboxClient::fail_late() {
  while (!waiting_.empty()) {
    if (look_ - std::max(waiting_.front().arrived, moved_) < timeout_) return;
    const EgressRequest request = std::move(waiting_.front().request);
    waiting_.pop_front();
    posted_ = false;
    request.reply(
        diag::fail(diag::Code::kUnavailable,
                   fmt::format("the egress core did not answer within {} ms; `status` shows whether every polling "
                               "thread runs",
                               timeout_ * kLookEveryMs)));
  }
}

}  // namespace control
