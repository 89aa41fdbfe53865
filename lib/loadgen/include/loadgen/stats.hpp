// SPDX-License-Identifier: Apache-2.0
/// @file stats.hpp – counters of a run.
///
/// Purpose    per stream: outcomes of queries, latencies, seconds; per run: how late the generator was.
///            queries = answered + timeouts + unsent + open (after an interruption).
/// Threads    written by the engine's thread; read by it, or when the run is over.
/// Ownership  all memory is taken at creation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "loadgen/verify.hpp"
#include "stats/histogram.hpp"

namespace loadgen {

inline constexpr std::size_t kRcodes = 25;  // 0 … 23 and the rest
inline constexpr std::size_t kMaxSeconds = 200'000;

/// A histogram with its largest value.
class Spread {
 public:
  void record(base::Duration value) noexcept {
    histogram_.record(value);
    if (value > most_) most_ = value;
  }
  [[nodiscard]] stats::HistogramCounts counts() const noexcept { return histogram_.snapshot(); }
  [[nodiscard]] base::Duration most() const noexcept { return most_; }

 private:
  stats::Histogram histogram_;
  base::Duration most_{0};
};

/// The queries that were due in one second, whenever their answers came.
struct Second {
  std::uint32_t queries = 0;
  std::uint32_t answered = 0;
  std::uint32_t good = 0;  // NOERROR or NXDOMAIN
  std::uint32_t timeouts = 0;
  std::uint64_t latency_sum_ns = 0;  // of all finished ones, timeouts included
  std::uint64_t latency_max_ns = 0;
  // Events of that second, whenever the query was sent.
  std::uint32_t packets_sent = 0;
  std::uint32_t answers_received = 0;
  std::uint32_t good_received = 0;  // of them, in time and the first
};

struct StreamStats {
  explicit StreamStats(std::size_t length_sec) : seconds(length_sec) {}

  std::uint64_t queries = 0;        // queries that became due
  std::uint64_t packets = 0;        // sent, retries included
  std::uint64_t retries = 0;        // packets that asked again
  std::uint64_t failure_tries = 0;  // tries that SERVFAIL, NOTIMP or REFUSED ended, where the profile asks again
  std::uint64_t answered = 0;       // in time: before the client gave up
  std::uint64_t timeouts = 0;
  std::uint64_t unsent = 0;                          // no room in the table, or no free ID
  std::uint64_t late = 0;                            // answers after the client gave up
  std::uint64_t duplicates = 0;                      // answers after the first one
  std::uint64_t truncated = 0;                       // answers with TC
  std::array<std::uint64_t, kRcodes> rcodes{};       // of what was answered in time
  std::array<std::uint64_t, kWrongReasons> wrong{};  // answers, by the reason
  std::array<std::uint64_t, kRcodes> to_spoofed{};   // answers to sources that are not ours, as far as they pass by
  Spread latency;           // from the due moment; a timeout counts as the whole client timeout
  Spread answered_latency;  // of the answered ones only
  std::vector<Second> seconds;

  [[nodiscard]] std::uint64_t good() const noexcept { return rcodes[0] + rcodes[3]; }
  [[nodiscard]] Second& second(base::Duration since_begin) noexcept {
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(since_begin.count(), 0) / 1'000'000'000);
    return seconds[std::min(at, seconds.size() - 1)];
  }
};

/// One of the first wrong answers, as an example in the report.
struct WrongExample {
  std::uint8_t stream = 0;
  Wrong reason{};
  std::uint16_t bytes = 0;               // of the message
  std::uint16_t question_bytes = 0;      // of the question that was asked, 0 when unknown
  std::array<std::byte, 512> message{};  // its first octets
  std::array<std::byte, dns::kMaxNameBytes + 4> question{};
};
inline constexpr std::size_t kWrongExamples = 8;

}  // namespace loadgen
