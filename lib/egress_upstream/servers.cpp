// SPDX-License-Identifier: Apache-2.0
// Health, hold-down, quota and choice of the servers of an uplink.
#include "egress_upstream/servers.hpp"

#include <algorithm>
#include <compare>

#include "base/contract.hpp"

namespace egress {
namespace {

constexpr std::uint32_t kHoldDownAfterTimeouts = 3;
constexpr std::uint8_t kMostCaseChanges = 3;
constexpr base::Duration kFirstHoldDown = std::chrono::seconds(1);
constexpr std::uint32_t kMaxHoldDownDoublings = 3;  // 8 s at most
// A slower server gets one fetch this often, because its round trip may have improved.
constexpr base::Duration kMeasureEvery = std::chrono::seconds(30);

template <class T>
void set(std::atomic<T>& published, T value) noexcept {
  published.store(value, std::memory_order_relaxed);
}

}  // namespace

// Compared field by field; the server with the smallest rank is chosen.
struct Servers::Rank {
  bool no_path = false;
  bool at_quota = false;
  bool failed = false;
  bool held_down = false;
  bool asked_before = false;
  bool asked_last = false;
  base::Duration srtt{0};
  friend auto operator<=>(const Rank&, const Rank&) noexcept = default;
};

Servers::Servers(const UplinkSettings& uplink) noexcept : count_(uplink.servers.size()) {
  SLUICE_REQUIRE(count_ != 0);
  for (std::size_t i = 0; i < count_; ++i) {
    servers_[i].address = uplink.servers[i];
    servers_[i].randomises_case = uplink.case_randomization == CaseRandomization::kOn;
  }
}

bool Servers::has_path() const noexcept {
  return std::any_of(servers_.begin(), servers_.begin() + static_cast<std::ptrdiff_t>(count_),
                     [](const Server& server) { return server.path.resolved && server.loop == Loop::kNone; });
}

void Servers::set_path(std::size_t server, const Path& path) noexcept {
  servers_[server].path = path;
  set(servers_[server].published.path_resolved, path.resolved ? 1U : 0U);
}

void Servers::set_loop(std::size_t server, Loop loop) noexcept {
  servers_[server].loop = loop;
  set(servers_[server].published.loops, loop == Loop::kYes ? 1U : 0U);
}

Servers::Rank Servers::rank_of(std::size_t server, const Asked& asked, base::Instant now) const noexcept {
  const Server& candidate = servers_[server];
  Rank rank;
  rank.no_path = !candidate.path.resolved || candidate.loop == Loop::kYes;
  rank.at_quota = is_at_quota(server, asked.held);
  rank.failed = (asked.failed >> server & 1U) != 0;
  rank.held_down = now < candidate.held_down_until;
  rank.asked_before = (asked.servers >> server & 1U) != 0;
  rank.asked_last = asked.last == server;
  // First sends only: a retry goes to the server that most likely answers.
  const bool to_be_measured =
      asked.servers == 0 && (candidate.measured_at == base::Instant() || now - candidate.measured_at >= kMeasureEvery);
  rank.srtt = to_be_measured             ? base::Duration::zero()
              : candidate.rtt.is_known() ? candidate.rtt.srtt()
                                         : base::Duration::max();
  return rank;
}

std::optional<std::uint8_t> Servers::choose(const Asked& asked, base::Instant now) noexcept {
  std::size_t best = 0;
  Rank best_rank = rank_of(0, asked, now);
  for (std::size_t i = 1; i < count_; ++i) {
    const Rank rank = rank_of(i, asked, now);
    if (rank < best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  if (best_rank.no_path) return std::nullopt;
  for (std::size_t i = 0; i < count_; ++i) {
    if (i != best && is_usable(i) && is_at_quota(i, asked.held)) servers_[i].published.spilled.add();
  }
  Server& chosen = servers_[best];
  if (best_rank.srtt == base::Duration::zero()) chosen.measured_at = now;
  // A failing server's hold-down expires for a single probe query.
  if (is_failing(best) && !best_rank.held_down) chosen.held_down_until = now + kFirstHoldDown;
  return static_cast<std::uint8_t>(best);
}

bool Servers::has_other_than(std::uint8_t servers) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (is_usable(i) && (servers >> i & 1U) == 0) return true;
  }
  return false;
}

bool Servers::is_usable(std::size_t server) const noexcept {
  return servers_[server].path.resolved && servers_[server].loop == Loop::kNone;
}

bool Servers::is_at_quota(std::size_t server, std::uint8_t held) const noexcept {
  const Server& asked = servers_[server];
  if (asked.quota.is_off() || (held >> server & 1U) != 0) return false;
  return asked.published.outstanding.load(std::memory_order_relaxed) >= asked.quota.quota();
}

bool Servers::has_room(std::uint8_t held) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (is_usable(i) && !is_at_quota(i, held)) return true;
  }
  return false;
}

void Servers::note_spill() noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (is_usable(i)) servers_[i].published.spilled.add();
  }
}

void Servers::set_quota(const FetchQuotaSettings& settings) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    servers_[i].quota.set(settings);
    publish_quota(i);
  }
}

void Servers::note_end(std::size_t server, Ended how) noexcept {
  if (servers_[server].quota.note(how)) publish_quota(server);
}

void Servers::publish_quota(std::size_t server) noexcept {
  Server& of = servers_[server];
  constexpr double kPermille = 1'000;
  set(of.published.quota, of.quota.quota());
  set(of.published.quota_step, of.quota.step());
  set(of.published.atr_permille, static_cast<std::uint32_t>(of.quota.average() * kPermille + 0.5));
}

void Servers::note_timeout(std::size_t server) noexcept {
  servers_[server].published.timeouts.add();
  note_end(server, Ended::kTimedOut);
}

void Servers::note_answer(std::size_t server, base::Duration rtt, base::Instant now) noexcept {
  Server& answered = servers_[server];
  answered_at_ = now;
  note_end(server, Ended::kAnswered);
  answered.rtt.sample(rtt);
  answered.measured_at = now;
  answered.timeouts_in_a_row = 0;
  answered.held_down_until = base::Instant();
  answered.published.answered.add();
  set(answered.published.srtt_us, static_cast<std::uint32_t>(answered.rtt.srtt() / std::chrono::microseconds(1)));
  set(answered.published.timeouts_in_a_row, 0U);
}

// Packets that were outstanding when a server went down time out together and count as one timeout. A fetch counts once
// per server, because a name with slow authorities times out on every retry.
void Servers::note_silence(std::size_t server, base::Instant sent_at, base::Instant now) noexcept {
  Server& silent = servers_[server];
  if (sent_at < silent.row_counted_at) return;
  silent.row_counted_at = now;
  ++silent.timeouts_in_a_row;
  set(silent.published.timeouts_in_a_row, silent.timeouts_in_a_row);
  if (silent.timeouts_in_a_row < kHoldDownAfterTimeouts) return;
  const std::uint32_t doublings = std::min(silent.timeouts_in_a_row - kHoldDownAfterTimeouts, kMaxHoldDownDoublings);
  silent.held_down_until = now + kFirstHoldDown * (1U << doublings);
}

bool Servers::is_failing(std::size_t server) const noexcept {
  return servers_[server].timeouts_in_a_row >= kHoldDownAfterTimeouts;
}

bool Servers::are_all_failing() const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (!is_failing(i)) return false;
  }
  return true;
}

bool Servers::note_case_changed(std::size_t server) noexcept {
  Server& changed = servers_[server];
  if (!changed.randomises_case || ++changed.case_changes_in_a_row < kMostCaseChanges) return false;
  changed.randomises_case = false;
  return true;
}

void Servers::transaction_opened(std::size_t server) noexcept {
  std::atomic<std::uint32_t>& outstanding = servers_[server].published.outstanding;
  set(outstanding, outstanding.load(std::memory_order_relaxed) + 1);
}

void Servers::transaction_closed(std::size_t server) noexcept {
  std::atomic<std::uint32_t>& outstanding = servers_[server].published.outstanding;
  set(outstanding, outstanding.load(std::memory_order_relaxed) - 1);
}

ServerStats Servers::stats(std::size_t server) const noexcept {
  const PublishedServer& from = servers_[server].published;
  ServerStats to;
  to.address = servers_[server].address;
  to.srtt_us = from.srtt_us.load(std::memory_order_relaxed);
  to.outstanding = from.outstanding.load(std::memory_order_relaxed);
  to.sent = from.sent.read();
  to.answered = from.answered.read();
  to.timeouts = from.timeouts.read();
  to.timeouts_in_a_row = from.timeouts_in_a_row.load(std::memory_order_relaxed);
  to.path_resolved = from.path_resolved.load(std::memory_order_relaxed);
  to.loops = from.loops.load(std::memory_order_relaxed);
  to.quota = from.quota.load(std::memory_order_relaxed);
  to.quota_step = from.quota_step.load(std::memory_order_relaxed);
  to.atr_permille = from.atr_permille.load(std::memory_order_relaxed);
  to.spilled = from.spilled.read();
  return to;
}

}  // namespace egress
