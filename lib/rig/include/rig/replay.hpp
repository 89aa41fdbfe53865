// SPDX-License-Identifier: Apache-2.0
/// @file replay.hpp – a trace prepared for the lab, and the measured result beside the simulated one.
///
/// Purpose    a server of zone files gives one answer to each question, so the trace is settled: each question gets its
///            longest TTL and its best rcode. The settled trace is both replayed and simulated.
/// Threads    one.
/// Ownership  16 bytes a question; the source is borrowed and read once for each thing that is wanted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "rig/stats.hpp"
#include "trace/dictionary.hpp"
#include "trace/source.hpp"

namespace rig {

struct ReplaySpec {
  double speed = 1;              // factor by which the replay is faster; TTLs stay
  std::uint32_t appliances = 1;  // of this many, only the clients of the first are replayed
};

/// The trace as it will be asked: by the clients of the first appliance. Left out: repeats (retries are the
/// generator's), types that a zone file cannot have at any name, names with an asterisk, addresses of plain names (they
/// never go upstream) and questions that only ever failed.
class Settled final : public trace::Source {
 public:
  /// Reads the whole trace twice.
  [[nodiscard]] static diag::Result<std::unique_ptr<Settled>> create(trace::Source& source,
                                                                     const trace::Dictionary& dictionary,
                                                                     const ReplaySpec& spec);

  [[nodiscard]] diag::Result<std::size_t> next(std::span<trace::Event> out) override;
  [[nodiscard]] diag::Status rewind() override { return source_.rewind(); }
  [[nodiscard]] const trace::Info& info() const noexcept override { return source_.info(); }
  [[nodiscard]] const trace::Skips& skips() const noexcept override { return source_.skips(); }
  [[nodiscard]] trace::Progress progress() const noexcept override { return source_.progress(); }

  /// A zone file of the root with an answer to each question.
  [[nodiscard]] diag::Status write_zone(const std::string& path) const;
  /// "seconds client name type" lines, as a stream of sluice-blast takes them.
  [[nodiscard]] diag::Status write_schedule(const std::string& path);

  [[nodiscard]] std::uint64_t queries() const noexcept { return queries_; }
  /// Of the questions of these clients.
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }
  [[nodiscard]] double seconds() const noexcept { return static_cast<double>(last_ns_) / 1e9; }
  [[nodiscard]] std::uint32_t most_in_a_second() const noexcept { return most_in_a_second_; }

 private:
  enum class Fate : std::uint8_t { kUnseen, kExists, kMissing, kLeftOut };
  struct Said {
    std::uint32_t ttl_sec = 0;
    Fate fate = Fate::kUnseen;
    std::uint16_t bytes = 0;
  };

  Settled(trace::Source& source, const trace::Dictionary& dictionary, const ReplaySpec& spec)
      : source_(source), dictionary_(dictionary), spec_(spec) {}
  [[nodiscard]] diag::Status read_all();
  void note(const trace::Event& event);
  void settle_names();
  [[nodiscard]] bool is_ours(const trace::Event& event) const noexcept;
  [[nodiscard]] bool take(trace::Event& event) const noexcept;

  trace::Source& source_;
  const trace::Dictionary& dictionary_;
  ReplaySpec spec_;
  std::vector<Said> said_;  // by question
  std::uint32_t negative_ttl_sec_ = 60;
  std::uint64_t queries_ = 0;
  std::uint64_t left_out_ = 0;
  std::int64_t last_ns_ = 0;
  std::uint32_t most_in_a_second_ = 0;
};

/// Counters of an appliance at one moment, from `sluicectl stats --json`.
struct Counted {
  std::uint64_t queries = 0;
  std::uint64_t hits = 0;
  std::uint64_t stale = 0;
  std::uint64_t packets = 0;
};
[[nodiscard]] diag::Result<Counted> counted_from(const std::string& stats_json);

/// What the clients saw, from the report of sluice-blast.
struct Experience {
  std::uint64_t queries = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t failed = 0;        // SERVFAIL, REFUSED
  std::uint64_t above_100_ms = 0;  // answered, but later
};
[[nodiscard]] diag::Result<Experience> experience_from(const std::string& report_json);

struct Comparison {
  Counted measured;
  Counted expected;
  double hit_points = 0;       // measured less expected, in percent of the queries
  double packets_percent = 0;  // measured less expected, in percent of the expected
  [[nodiscard]] bool agrees() const noexcept {
    return hit_points >= -0.5 && hit_points <= 0.5 && packets_percent >= -2 && packets_percent <= 2;
  }
};
[[nodiscard]] Comparison compare(const Counted& before, const Counted& after, const Stats& simulated);

}  // namespace rig
