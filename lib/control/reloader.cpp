// SPDX-License-Identifier: Apache-2.0
// The steps of a reload, and its reply, log lines and status.
#include "reloader.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <time.h>

#include "config/reload.hpp"
#include "diag/log.hpp"

namespace control {
namespace {

constexpr std::uint64_t kLookEveryMs = 1;
constexpr std::size_t kMaxShownBytes = 120;  // of a value; a list may be long

std::string shown(const std::string& value) {
  if (value.empty()) return "(not set)";
  return value.size() <= kMaxShownBytes ? value : value.substr(0, kMaxShownBytes) + "...";
}

Json changes_json(const std::vector<config::Change>& changes) {
  Json list = Json::array();
  for (const config::Change& change : changes) {
    list.push_back({{"key", change.key}, {"before", shown(change.before)}, {"after", shown(change.after)}});
  }
  return list;
}

std::vector<std::string> keys_of(const std::vector<config::Change>& changes) {
  std::vector<std::string> keys;
  for (const config::Change& change : changes) keys.push_back(change.key);
  return keys;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

void log_lines(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = first_line(rest);
    diag::log().error("reload: {}", line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
}

void log_changes(std::uint64_t generation, const config::Changes& changes) {
  diag::log().info("reload: generation {} is active, {} keys changed", generation, changes.live.size());
  for (const config::Change& change : changes.live) {
    diag::log().info("reload: {}: {} -> {}", change.key, shown(change.before), shown(change.after));
  }
  for (const config::Change& change : changes.restart) {
    diag::log().warn("reload: {}: {} -> {} takes effect after a restart; the old value stays active", change.key,
                     shown(change.before), shown(change.after));
  }
}

std::uint64_t seconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

std::uint64_t monotonic_us() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<std::uint64_t>(at.tv_sec) * 1'000'000U + static_cast<std::uint64_t>(at.tv_nsec) / 1'000U;
}

}  // namespace

struct Reloader::State {
  State(uv_loop_t& loop, Spec with) : spec(std::move(with)), timer(new uv_timer_t) {
    uv_timer_init(&loop, timer);
    timer->data = this;
  }

  void begin();
  void on_tick();
  void succeed(bool settled);
  void fail(const diag::Error& error);
  void answer(const diag::Result<Json>& result);
  void notify(const std::string& text) const {
    if (spec.notify) spec.notify(text);
  }

  Spec spec;
  uv_timer_t* timer;          // deleted by its close callback
  std::vector<Reply> asking;  // of the reload under way
  std::vector<Reply> next;    // of the one after it
  bool under_way = false;
  config::Changes changes;  // of the reload under way
  std::uint64_t generation = 1;
  std::uint64_t looks_left = 0;
  mutable std::mutex mutex;  // DPDK's telemetry thread reads the status
  ReloadStatus status;
};

void Reloader::State::begin() {
  under_way = true;
  asking = std::exchange(next, {});
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading the configuration", monotonic_us()));
  auto fresh = spec.load();
  if (!fresh) return fail(fresh.error());
  config::Renewal renewal = config::renew(spec.running(), std::move(*fresh));
  const auto published = spec.publish(renewal.settings);
  if (!published) return fail(published.error());
  diag::set_log_level(renewal.settings.log_level);
  generation = *published;
  changes = std::move(renewal.changes);
  looks_left = static_cast<std::uint64_t>(spec.timeout.count()) / kLookEveryMs;
  if (spec.settled()) return succeed(true);
  uv_timer_start(
      timer, [](uv_timer_t* handle) { static_cast<State*>(handle->data)->on_tick(); }, kLookEveryMs, kLookEveryMs);
}

void Reloader::State::on_tick() {
  const bool settled = spec.settled();
  if (!settled && --looks_left != 0) return;
  uv_timer_stop(timer);
  succeed(settled);
}

void Reloader::State::succeed(bool settled) {
  log_changes(generation, changes);
  if (!settled) diag::log().warn("reload: a polling thread has not picked up generation {}", generation);
  {
    const std::scoped_lock lock(mutex);
    status.generation = generation;
    ++status.ok;
    status.last_failed = false;
    status.last_error.clear();
    status.last_at_sec = seconds_since_1970();
    status.restart_needed = keys_of(changes.restart);
  }
  const std::string rest =
      changes.restart.empty() ? "" : fmt::format("; {} changed keys need a restart", changes.restart.size());
  notify(fmt::format("READY=1\nSTATUS=answering queries, generation {}{}", generation, rest));
  answer(Json{{"generation", generation},
              {"settled", settled},
              {"changed", changes_json(changes.live)},
              {"restart_needed", changes_json(changes.restart)}});
}

void Reloader::State::fail(const diag::Error& error) {
  log_lines(error.sentence());
  diag::log().error("reload: failed, nothing has changed; generation {} stays active", generation);
  {
    const std::scoped_lock lock(mutex);
    ++status.failed;
    status.last_failed = true;
    status.last_error = error.sentence();
    status.last_at_sec = seconds_since_1970();
  }
  notify(fmt::format("READY=1\nSTATUS=answering queries, generation {}; last reload failed: {}", generation,
                     first_line(error.sentence())));
  answer(diag::fail(error.code(), fmt::format("the configuration has errors; generation {} stays active\n{}",
                                              generation, error.sentence())));
}

void Reloader::State::answer(const diag::Result<Json>& result) {
  under_way = false;
  for (const Reply& reply : std::exchange(asking, {})) {
    if (reply) reply(result);
  }
  if (!next.empty() && !under_way) begin();  // a reply callback may have requested another reload
}

Reloader::Reloader(uv_loop_t& loop, Spec spec) : state_(std::make_unique<State>(loop, std::move(spec))) {}

Reloader::~Reloader() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): every libuv handle begins with uv_handle_t
  uv_close(reinterpret_cast<uv_handle_t*>(state_->timer), [](uv_handle_t* handle) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): it was made as a uv_timer_t
    delete reinterpret_cast<uv_timer_t*>(handle);
  });
  for (const auto& list : {state_->asking, state_->next}) {
    for (const Reply& reply : list) {
      if (reply) reply(diag::fail(diag::Code::kUnavailable, "the appliance is stopping"));
    }
  }
}

void Reloader::request(Reply reply) {
  state_->next.push_back(std::move(reply));
  if (!state_->under_way) state_->begin();
}

ReloadStatus Reloader::status() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->status;
}

}  // namespace control
