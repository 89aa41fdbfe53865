// SPDX-License-Identifier: Apache-2.0
/// @file servers.hpp – the servers of one uplink: paths, round trips, health, and who is asked next.
///
/// Purpose    chooses by measured round trip; a server that times out again and again rests while another one works,
///            and is then tried with one question at a time. None is ever given up: when all rest, all are tried.
///            Only one that sends its questions to us is not asked at all.
///            Only timeouts change a server's health, never a packet that does not match.
/// Threads    egress only; figures() by any, a moment stale.
/// RFC        9520 §3 (no more sends than needed), 6298 (estimate).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/instant.hpp"
#include "egress/settings.hpp"
#include "egress/stats.hpp"
#include "egress/wire.hpp"
#include "fetch_quota.hpp"
#include "rtt.hpp"
#include "stats/counter.hpp"

namespace egress {

/// What control may read of a server while the egress core works.
struct PublishedServer {
  stats::Counter sent;  // egress: rw, control: r
  stats::Counter answered;
  stats::Counter timeouts;
  std::atomic<std::uint32_t> srtt_us{0};
  std::atomic<std::uint32_t> outstanding{0};
  std::atomic<std::uint32_t> timeouts_in_a_row{0};
  std::atomic<std::uint32_t> path_resolved{0};
  std::atomic<std::uint32_t> loops{0};
  std::atomic<std::uint32_t> quota{0};
  std::atomic<std::uint32_t> quota_step{0};
  std::atomic<std::uint32_t> atr_permille{0};
  stats::Counter spilled;
};

/// Does a server send its questions to us?
enum class Loop : std::uint8_t { kNone, kYes };

class Servers {
 public:
  explicit Servers(const UplinkSettings& uplink) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] const net::IpAddress& address(std::size_t server) const noexcept { return servers_[server].address; }
  [[nodiscard]] const Path& path(std::size_t server) const noexcept { return servers_[server].path; }
  [[nodiscard]] const RttEstimate& rtt(std::size_t server) const noexcept { return servers_[server].rtt; }
  /// Some server can be asked.
  [[nodiscard]] bool has_path() const noexcept;
  void set_loop(std::size_t server, Loop loop) noexcept;
  [[nodiscard]] bool is_loop(std::size_t server) const noexcept { return servers_[server].loop == Loop::kYes; }
  void set_path(std::size_t server, const Path& path) noexcept;

  /// What the question's earlier sends make undesirable.
  struct Asked {
    std::uint8_t servers = 0;  // one bit each
    std::uint8_t failed = 0;   // of these, those that answered with a failure
    std::uint8_t held = 0;     // those it has a pair towards: no quota stands in its way there
    std::optional<std::uint8_t> last;
  };
  void set_quota(const FetchQuotaSettings& settings) noexcept;
  /// Is there one with a path that takes another question? `held` as in Asked.
  [[nodiscard]] bool has_room(std::uint8_t held) const noexcept;
  /// A question is turned away because there is none.
  void note_spill() noexcept;
  /// The server to ask now; none when no path is known.
  [[nodiscard]] std::optional<std::uint8_t> choose(const Asked& asked, base::Instant now) noexcept;

  /// Is there one with a path that is not among these?
  [[nodiscard]] bool has_other_than(std::uint8_t servers) const noexcept;

  void note_sent(std::size_t server) noexcept { servers_[server].published.sent.add(); }
  void note_answer(std::size_t server, base::Duration rtt, base::Instant now) noexcept;
  void note_timeout(std::size_t server) noexcept;
  /// For the first timeout of a question at this server, of a packet sent at `sent_at`: the server may be failing.
  void note_silence(std::size_t server, base::Instant sent_at, base::Instant now) noexcept;
  /// Several questions in a row have timed out.
  [[nodiscard]] bool is_failing(std::size_t server) const noexcept;
  [[nodiscard]] bool are_all_failing() const noexcept;
  /// When one of them last answered.
  [[nodiscard]] base::Instant answered_at() const noexcept { return answered_at_; }
  /// Is the name's letter case drawn for this server?
  [[nodiscard]] bool randomises_case(std::size_t server) const noexcept { return servers_[server].randomises_case; }
  void note_case_repeated(std::size_t server) noexcept { servers_[server].case_changes_in_a_row = 0; }
  /// True when that was once too often: it gets lower case from here on.
  [[nodiscard]] bool note_case_changed(std::size_t server) noexcept;
  void transaction_opened(std::size_t server) noexcept;
  void transaction_closed(std::size_t server) noexcept;

  [[nodiscard]] ServerStats stats(std::size_t server) const noexcept;

 private:
  struct Server {
    net::IpAddress address;
    Path path;
    RttEstimate rtt;
    base::Instant measured_at;  // answered, or tried in order to be measured
    base::Instant rests_until;
    base::Instant row_counted_at;
    std::uint32_t timeouts_in_a_row = 0;
    std::uint8_t case_changes_in_a_row = 0;
    bool randomises_case = false;
    Loop loop = Loop::kNone;
    FetchQuota quota;
    PublishedServer published;
  };
  [[nodiscard]] bool is_usable(std::size_t server) const noexcept;
  [[nodiscard]] bool is_at_quota(std::size_t server, std::uint8_t held) const noexcept;
  void note_end(std::size_t server, Ended how) noexcept;
  void publish_quota(std::size_t server) noexcept;
  struct Rank;
  [[nodiscard]] Rank rank_of(std::size_t server, const Asked& asked, base::Instant now) const noexcept;

  std::array<Server, kMaxServersPerUplink> servers_;
  std::size_t count_;
  base::Instant answered_at_;
};

}  // namespace egress
