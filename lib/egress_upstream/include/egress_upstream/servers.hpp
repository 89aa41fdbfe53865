// SPDX-License-Identifier: Apache-2.0
/// @file servers.hpp – the servers of one uplink: paths, round trips, health, and the choice of the next one.
///
/// Purpose    chooses by measured round trip. A server that times out repeatedly is held down while another one works,
///            and is then probed with one fetch at a time.
/// Threads    egress only; stats() by any thread, at most one poll old.
/// RFC        9520 §3 (no more sends than needed), 6298 (estimate).
///
/// Invariants
///   1. Only timeouts change a server's health, never a packet that does not match.
///   2. When all servers are held down, all of them are candidates: no server is given up.
///   3. A server that forwards its queries to us (a loop) is never chosen.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/instant.hpp"
#include "egress_upstream/fetch_quota.hpp"
#include "egress_upstream/path.hpp"
#include "egress_upstream/rtt.hpp"
#include "egress_upstream/server_stats.hpp"
#include "egress_upstream/settings.hpp"
#include "stats/counter.hpp"

namespace egress {

/// Counters and gauges of a server. Written by the egress core, read by control.
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

/// Whether a server forwards its queries to us.
enum class Loop : std::uint8_t { kNone, kYes };

class Servers {
 public:
  explicit Servers(const UplinkSettings& uplink) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] const net::IpAddress& address(std::size_t server) const noexcept { return servers_[server].address; }
  [[nodiscard]] const Path& path(std::size_t server) const noexcept { return servers_[server].path; }
  [[nodiscard]] const RttEstimate& rtt(std::size_t server) const noexcept { return servers_[server].rtt; }
  /// At least one server is usable: its path is resolved and it is no loop.
  [[nodiscard]] bool has_path() const noexcept;
  void set_loop(std::size_t server, Loop loop) noexcept;
  [[nodiscard]] bool is_loop(std::size_t server) const noexcept { return servers_[server].loop == Loop::kYes; }
  void set_path(std::size_t server, const Path& path) noexcept;

  /// Servers that the fetch has used before; they rank lower.
  struct Asked {
    std::uint8_t servers = 0;  // one bit each
    std::uint8_t failed = 0;   // of these, servers that answered with a failure
    std::uint8_t held = 0;     // servers with an open transaction of the fetch: the quota does not apply there
    std::optional<std::uint8_t> last;
  };
  void set_quota(const FetchQuotaSettings& settings) noexcept;
  /// Whether a usable server is below its quota. `held` as in Asked.
  [[nodiscard]] bool has_room(std::uint8_t held) const noexcept;
  /// Counts a fetch that was refused because every server is at its quota.
  void note_spill() noexcept;
  /// The server to ask now; none when no server is usable.
  [[nodiscard]] std::optional<std::uint8_t> choose(const Asked& asked, base::Instant now) noexcept;

  /// Whether a usable server is not in this set.
  [[nodiscard]] bool has_other_than(std::uint8_t servers) const noexcept;

  void note_sent(std::size_t server) noexcept { servers_[server].published.sent.add(); }
  void note_answer(std::size_t server, base::Duration rtt, base::Instant now) noexcept;
  void note_timeout(std::size_t server) noexcept;
  /// The first timeout of a fetch at this server, for a packet sent at `sent_at`: the server may be failing.
  void note_silence(std::size_t server, base::Instant sent_at, base::Instant now) noexcept;
  /// Several fetches in a row have timed out.
  [[nodiscard]] bool is_failing(std::size_t server) const noexcept;
  [[nodiscard]] bool are_all_failing() const noexcept;
  /// When any server of the uplink last answered.
  [[nodiscard]] base::Instant answered_at() const noexcept { return answered_at_; }
  /// Whether queries to this server use 0x20.
  [[nodiscard]] bool randomises_case(std::size_t server) const noexcept { return servers_[server].randomises_case; }
  void note_case_repeated(std::size_t server) noexcept { servers_[server].case_changes_in_a_row = 0; }
  /// The server changed the letter case. True when 0x20 is switched off for the server because of this.
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
    base::Instant held_down_until;
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
