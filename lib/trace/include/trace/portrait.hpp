// SPDX-License-Identifier: Apache-2.0
/// @file portrait.hpp – what a trace is like: names, popularity, TTLs, clients, rates, working set.
///
/// Purpose    figures that tell whether a cache can help, and how large it must be. Fed with all events once.
/// Threads    one owner.
/// Ownership  20 bytes for each distinct question and 8 for each client, 40 bytes for each interval of time.
/// Cost       tens of nanoseconds an event, most of it waiting for memory.
///
/// How figures are made
///   popularity   questions by how often they came, rank 1 the most frequent. The Zipf exponent is the slope of a least-
///                squares line through log(count) over log(rank), at ranks that are evenly spaced on the logarithmic axis,
///                from the first to the last rank with at least ten questions, so that neither the head's noise nor the
///                steps of the tail decide; with the line's R².
///   one-shot     questions that came once, as a share of the distinct ones and of all.
///   cold         events whose question had not come before: no cache of any size can have it.
///   working set  distinct questions in each interval, and how many of them had never come before.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "trace/dictionary.hpp"
#include "trace/event.hpp"

namespace trace {

struct ZipfFit {
  double exponent = 0;
  double r_squared = 0;
  std::uint32_t last_rank = 0;  // of the fit; below 10 there is none and the rest is 0
};

struct TtlCount {
  std::uint32_t ttl_sec = 0;
  std::uint64_t events = 0;
};

struct TypeCount {
  dns::QType qtype{};
  std::uint64_t events = 0;
};

struct RcodeCount {
  std::uint8_t rcode = 0;
  std::uint64_t events = 0;
};

/// What the most popular questions have of all events.
struct HeadShare {
  std::uint64_t questions = 0;
  double share = 0;
};

struct NameCount {
  std::uint32_t question = 0;  // index
  std::uint64_t events = 0;
};

struct Interval {
  std::uint64_t number = 0;  // begins at number × interval_sec
  std::uint64_t events = 0;
  std::uint64_t answer_bytes = 0;  // of the distinct questions, where known
  std::uint32_t distinct = 0;      // questions
  std::uint32_t fresh = 0;         // of them never before
};

struct Portrait {
  std::uint64_t events = 0;
  double span_sec = 0;
  std::uint64_t questions = 0;
  std::uint64_t names = 0;  // whatever their type
  std::uint64_t clients = 0;
  std::uint64_t one_shot = 0;                                                                 // questions
  std::uint64_t repeats = 0, floods = 0, over_tcp = 0, dnssec_ok = 0, checking_disabled = 0;  // events
  std::uint64_t with_ttl = 0;
  std::vector<TtlCount> ttls;           // of events, by TTL
  std::vector<TtlCount> question_ttls;  // of distinct questions, each with the highest TTL that was seen of it
  std::vector<TypeCount> types;         // most frequent first
  std::vector<RcodeCount> rcodes;       // by number; kUnknownRcode: no answer was seen
  std::vector<NameCount> top;           // questions
  std::vector<HeadShare> popularity;    // of the first 1, 2, 4, 8 … questions, and of all
  ZipfFit zipf;
  std::uint64_t busiest_client_events = 0;
  double clients_for_half = 0;  // share of the clients that ask half of the questions
  double mean_rate = 0;
  std::uint64_t peak_rate = 0;  // events in the busiest second
  std::uint64_t p99_rate = 0;   // in the second that 99 % of all do not exceed
  double mean_answer_bytes = 0;
  std::uint32_t interval_sec = 1;   // 1, 60 or 3600: the least that makes at most 240 intervals
  std::vector<Interval> intervals;  // those that have events
};

class Painter {
 public:
  explicit Painter(const Dictionary& dictionary) : dictionary_(dictionary) {}
  void add(const Event& event);
  /// `most` questions at the top of the list.
  [[nodiscard]] Portrait finish(std::size_t most);

 private:
  static constexpr std::array<std::uint32_t, 3> kLevelSec{1, 60, 3'600};

  /// 20 bytes.
  struct Seen {
    std::uint32_t count = 0;
    std::uint32_t highest_ttl_sec = 0;                             // 1 + TTL; 0: none was seen
    std::array<std::uint32_t, kLevelSec.size()> intervals_seen{};  // how many intervals there were when it last came
  };

  void add_to_intervals(const Event& event, Seen& seen);
  void add_to_rates(const Event& event);
  void fill_popularity(Portrait& portrait, std::size_t most) const;
  void fill_counts(Portrait& portrait) const;
  void fill_ttls(Portrait& portrait) const;
  void fill_clients(Portrait& portrait) const;
  void fill_rates(Portrait& portrait) const;
  void fill_intervals(Portrait& portrait) const;
  [[nodiscard]] std::uint64_t distinct_names() const;

  const Dictionary& dictionary_;
  Portrait so_far_;  // the sums in it
  std::vector<Seen> questions_;
  std::vector<std::uint64_t> clients_;
  std::array<std::uint64_t, 256> rcodes_{};
  std::map<std::uint32_t, std::uint64_t> ttls_;
  std::vector<std::uint32_t> second_events_;  // of each second that has any, the last one still counting
  std::int64_t second_ = -1;
  std::array<std::vector<Interval>, kLevelSec.size()> levels_;
  std::int64_t first_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::uint64_t answer_bytes_ = 0;
  std::uint64_t answers_ = 0;
};

/// The line through counts that are sorted downwards.
[[nodiscard]] ZipfFit fit_zipf(const std::vector<std::uint32_t>& counts);

}  // namespace trace
