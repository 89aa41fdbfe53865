// SPDX-License-Identifier: Apache-2.0
// Clients, floods and an upstream around one engine, in virtual time: which clients get answers, how soon, and for how many packets.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/egress/fakes.hpp"

namespace test {

/// Queries of one source at random moments.
struct Source {
  double per_second = 0;
  double starts_sec = 0;
  double ends_sec = 1e9;
  bool is_good = false;
  std::function<std::string(std::mt19937_64&)> name;
  std::function<std::uint32_t(std::mt19937_64&)> client;
};

struct Verdict {
  std::size_t good_asked = 0;
  std::size_t good_in_time = 0;
  std::size_t answered_in_time = 0;  // of all
  std::size_t packets = 0;
  std::vector<double> good_waits_ms;
  std::map<std::uint32_t, std::map<int, int>> answers;  // client -> second -> answers

  [[nodiscard]] double good_percent() const {
    return 100.0 * static_cast<double>(good_in_time) / static_cast<double>(std::max<std::size_t>(good_asked, 1));
  }
  [[nodiscard]] double useful_percent() const {
    return 100.0 * static_cast<double>(answered_in_time) / static_cast<double>(std::max<std::size_t>(packets, 1));
  }
  [[nodiscard]] double wait_ms(double quantile) {
    if (good_waits_ms.empty()) return 0;
    std::sort(good_waits_ms.begin(), good_waits_ms.end());
    return good_waits_ms[static_cast<std::size_t>(quantile * static_cast<double>(good_waits_ms.size() - 1))];
  }
};

inline egress::Settings metered(egress::QueueOrder order) {
  egress::Settings settings = one_server();
  settings.order = order;
  settings.max_fetches = 8'192;
  settings.uplinks[0].budget = {.limit_pps = 1'024};
  return settings;
}

class FloodSim {
 public:
  static constexpr base::Duration kStep = std::chrono::microseconds(100);
  static constexpr base::Duration kRoundTrip = std::chrono::milliseconds(3);

  explicit FloodSim(egress::QueueOrder order, std::uint64_t seed = 1)
      : bench_(metered(order), {}, seed), random_(seed), begin_(bench_.now) {}

  void add(Source source) { sources_.push_back({std::move(source), 0, false}); }
  /// Names that do not exist.
  void set_missing(std::function<bool(const std::string&)> is_missing) { is_missing_ = std::move(is_missing); }

  /// What is asked from `from_sec` on counts.
  [[nodiscard]] Verdict run(double from_sec, double to_sec, double tail_sec = 6) {
    count_from_ = from_sec;
    for (auto& source : sources_) source.next_sec = source.what.starts_sec + gap(source.what);
    while (seconds() < to_sec + tail_sec) {
      if (seconds() < to_sec) ask_due();
      bench_.poll();
      take_packets();
      deliver_due();
      take_ends();
      bench_.now = bench_.now + kStep;
    }
    return std::move(verdict_);
  }
  /// One question, now.
  void ask(const std::string& name, std::uint32_t client, bool is_good) {
    if (is_good && seconds() >= count_from_) ++verdict_.good_asked;
    const auto open = open_.find(name);
    if (open != open_.end()) return join(open->second, client, is_good);
    const base::Handle handle = bench_.ask(name, {.client = client});
    first_ = std::min(first_, handle.index);
    records_.resize(std::max<std::size_t>(records_.size(), handle.index - first_ + 1));
    records_[handle.index - first_] = {name, handle, {}, client, true};
    records_[handle.index - first_].waiters.push_back({seconds(), client, is_good});
    open_[name] = handle.index - first_;
    take_ends();
  }
  [[nodiscard]] double seconds() const { return static_cast<double>((bench_.now - begin_).count()) * 1e-9; }
  [[nodiscard]] Bench& bench() { return bench_; }

 private:
  struct Running {
    Source what;
    double next_sec = 0;
    bool done = false;
  };
  struct Waiter {
    double asked_sec = 0;
    std::uint32_t client = 0;
    bool is_good = false;
  };
  struct Record {
    std::string name;
    base::Handle handle;
    std::vector<Waiter> waiters;
    std::uint32_t opener = 0;
    bool is_open = false;
  };
  static constexpr double kPatienceSec = 4.8;

  [[nodiscard]] double gap(const Source& source) {
    return std::exponential_distribution<double>(source.per_second)(random_);
  }
  void ask_due() {
    for (auto& source : sources_) {
      while (source.next_sec <= seconds() && source.next_sec < source.what.ends_sec) {
        ask(source.what.name(random_), source.what.client(random_), source.what.is_good);
        source.next_sec += gap(source.what);
      }
    }
  }
  void join(std::size_t record, std::uint32_t client, bool is_good) {
    Record& joined = records_[record];
    joined.waiters.push_back({seconds(), client, is_good});
    coalesce::Interest& interest = bench_.interest(joined.handle);
    interest.waiters = interest.waiters + 1;
    if (client != joined.opener) interest.others = interest.others + 1;
    interest.deadline_ns = (bench_.now + std::chrono::milliseconds(4'800)).ns();
  }
  void take_packets() {
    for (; sent_ < bench_.wire.sent.size(); ++sent_) {
      if (seconds() >= count_from_) ++verdict_.packets;
      due_.push_back({bench_.now + kRoundTrip, sent_});
    }
  }
  void deliver_due() {
    while (!due_.empty() && due_.front().first <= bench_.now) {
      const SentPacket sent = bench_.wire.sent[due_.front().second];
      due_.pop_front();
      const bool missing = is_missing_ && is_missing_(sent.qname);
      bench_.deliver(sent, missing ? bench_.reply_to(sent, static_cast<unsigned>(dns::Rcode::kNxDomain), 0, 1,
                                                     Wire().rr_at(12, 6, 60, soa(60)))
                                   : bench_.positive(sent, 300));
      take_ends();
    }
  }
  void take_ends() {
    for (const Done& done : bench_.done) end(records_[done.handle.index - first_], done);
    bench_.done.clear();
  }
  void end(Record& record, const Done& done) {
    bool any = false;
    for (const Waiter& waiter : record.waiters) {
      const double wait_sec = seconds() - waiter.asked_sec;
      if (!done.has_entry || wait_sec > kPatienceSec) continue;
      any = true;
      if (waiter.asked_sec >= count_from_) ++verdict_.answers[waiter.client][static_cast<int>(seconds())];
      if (!waiter.is_good || waiter.asked_sec < count_from_) continue;
      ++verdict_.good_in_time;
      verdict_.good_waits_ms.push_back(wait_sec * 1e3);
    }
    if (any && seconds() >= count_from_) ++verdict_.answered_in_time;
    const auto open = open_.find(record.name);
    if (open != open_.end() && records_[open->second].handle == record.handle) open_.erase(open);
    record.waiters.clear();
  }

  Bench bench_;
  std::mt19937_64 random_;
  base::Instant begin_;
  std::vector<Running> sources_;
  std::function<bool(const std::string&)> is_missing_;
  std::vector<Record> records_;
  std::map<std::string, std::size_t> open_;
  std::deque<std::pair<base::Instant, std::size_t>> due_;
  std::uint32_t first_ = ~0U;
  std::size_t sent_ = 0;
  double count_from_ = 0;
  Verdict verdict_;
};

}  // namespace test
