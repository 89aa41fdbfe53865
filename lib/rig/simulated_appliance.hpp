// SPDX-License-Identifier: Apache-2.0
/// @file simulated_appliance.hpp – one simulated appliance: a store, waiting clients, and the egress core.
///
/// Purpose    takes a trace's steps one by one, with the worker's order of things: look up, join, ask.
/// Threads    one lane's.
/// Cost       a hit: the store's look and a few counters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "real_store.hpp"
#include "rig/stats.hpp"
#include "upstream.hpp"
#include "waiting.hpp"

namespace rig {

template <class Store>
class Appliance final : private Upstream::Listener {
 public:
  Appliance(const Configuration& configuration, const World& world, const Catalogue& catalogue)
      : world_(world),
        coalescing_(configuration.coalescing),
        store_(configuration, catalogue),
        waiting_(world.client_timeout),
        wait_(std::make_unique<stats::Histogram>()) {
    // A resolver without latency or limit: no query is queued and no client waits.
    const bool is_instant = configuration.budget_pps == 0 && world.latency == base::Duration{0};
    if (is_instant) return;
    cache::Cache* cache = nullptr;
    if constexpr (std::is_same_v<Store, RealStore>) cache = &store_.cache();
    Upstream::Listener& self = *this;
    upstream_.emplace(configuration, world, catalogue, cache, self);
  }

  [[nodiscard]] Store& store() noexcept { return store_; }
  void grow(std::uint32_t items) {
    store_.grow(items);
    if (!upstream_ || items <= slot_of_.size()) return;
    slot_of_.resize(items, kNone);
    upstream_->grow(items);
  }

  /// That step is some way ahead.
  void prefetch_item(const Step& step) const noexcept {
    store_.prefetch_item(step);
    if (upstream_) __builtin_prefetch(&slot_of_[step.asked]);
  }

  void take(const Step& step) {
    const base::Instant now = instant_of(step.at_ns);
    if (upstream_ && upstream_->due() <= now) upstream_->advance(now);
    if (step.at_ns >= second_end_ns_) begin_second(step.at_ns);
    ++stats_.queries;
    ++queries_now_;
    const Found found = store_.look_up(step, now);
    if (found.what == Found::What::kFresh) {
      ++stats_.hits;
      if (found.wants_refresh) refresh(step, now);
    } else if (found.what == Found::What::kStale) {
      ++stats_.stale_hits;
    } else {
      ask(step, now);
    }
  }

  /// After the last step: what is under way comes to its end.
  [[nodiscard]] Stats finish() {
    const base::Instant last = instant_of(second_end_ns_);
    const base::Duration grace = world_.client_timeout + world_.latency + std::chrono::seconds(10);
    for (base::Instant at = last; upstream_ && waiting_.open() != 0 && at < last + grace; at = upstream_->due()) {
      upstream_->advance(std::max(at, upstream_->due()));
    }
    close_second();
    note_fullness();
    stats_.evictions = store_.stats().evictions;
    if (upstream_) stats_.refresh_packets = upstream_->counters().read(egress::EngineCounter::kRefreshSent);
    stats_.wait = wait_->snapshot();
    stats_.windows = stats_.packets_by_second.size();
    stats_.windows_above = static_cast<std::uint64_t>(
        std::ranges::count_if(stats_.packets_by_second, [this](auto pkts) { return pkts > world_.limit_pps; }));
    return stats_;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void ask(const Step& step, base::Instant now) {
    if (!upstream_) {
      ++stats_.waited;
      ++stats_.answered;
      wait_->record_ns(0);
      on_packet(now);
      return store_.keep(step.item, step.asked, step.answer, now);
    }
    if (coalescing_ == Coalescing::kOn && slot_of_[step.asked] != kNone) {
      if (!waiting_.join(slot_of_[step.asked], step.client, now)) {
        ++stats_.repeats;
        return;
      }
      ++stats_.waited;
      ++stats_.joined;
      return;
    }
    ++stats_.waited;
    const Waiting::Opened opened = waiting_.open(step.item, step.asked, step.client, now);
    slot_of_[step.asked] = opened.handle.index;
    upstream_->ask(step, opened.handle, *opened.interest, now);
  }
  void refresh(const Step& step, base::Instant now) {
    if (upstream_) return upstream_->refresh(step, now);
    on_packet(now);
    ++stats_.refresh_packets;
    store_.keep(step.item, step.asked, step.answer, now);
  }

  void on_packet(base::Instant at) override {
    ++stats_.packets;
    const auto second = static_cast<std::size_t>(trace_ns(at) / kSecondNs);
    if (second >= stats_.packets_by_second.size()) stats_.packets_by_second.resize(second + 1);
    ++stats_.packets_by_second[second];
  }
  void on_reply(std::uint32_t item, std::uint32_t asked, const Answer& answer, base::Instant at) override {
    if constexpr (!std::is_same_v<Store, RealStore>) store_.keep(item, asked, answer, at);
  }
  void on_end(const egress::Completion& end, base::Instant at) override {
    if (!waiting_.is_open(end.handle)) return;
    const std::uint32_t index = end.handle.index;
    const std::uint32_t asked = waiting_.asked_of(index);
    if (slot_of_[asked] == index) slot_of_[asked] = kNone;
    const bool is_stale = end.ede == dns::Ede::kStale || end.ede == dns::Ede::kStaleNxDomain ||
                          (end.entry == nullptr && store_.has_stale(waiting_.item_of(index), at));
    waiting_.end(index, [&](base::Instant arrived) { count_end(end, at - arrived, is_stale); });
  }
  void count_end(const egress::Completion& end, base::Duration waited, bool is_stale) {
    if (waited > world_.client_timeout) {
      ++stats_.lost_late;
    } else if (is_stale) {
      ++stats_.stale_later;
      wait_->record(waited);
    } else if (end.entry != nullptr) {
      ++stats_.answered;
      wait_->record(waited);
    } else if (end.failure == egress::Failure::kOverload || end.failure == egress::Failure::kAbandoned) {
      ++stats_.lost_overload;
    } else {
      ++stats_.lost_timeout;
    }
  }

  void begin_second(std::int64_t at_ns) {
    while (second_end_ns_ <= at_ns) {
      if (second_end_ns_ != 0) close_second();
      second_end_ns_ += kSecondNs;
      store_.sweep_second(instant_of(second_end_ns_ - kSecondNs));
    }
    note_fullness();
  }
  void close_second() {
    stats_.queries_by_second.push_back(queries_now_);
    queries_now_ = 0;
    if (stats_.packets_by_second.size() < stats_.queries_by_second.size()) {
      stats_.packets_by_second.resize(stats_.queries_by_second.size());
    }
  }
  void note_fullness() noexcept {
    const StoreStats full = store_.stats();
    stats_.entries_most = std::max(stats_.entries_most, full.entries);
    stats_.bytes_most = std::max(stats_.bytes_most, full.bytes_used);
  }

  const World& world_;
  Coalescing coalescing_;
  Store store_;
  Waiting waiting_;
  std::vector<std::uint32_t> slot_of_;  // by asked item
  std::optional<Upstream> upstream_;
  std::int64_t second_end_ns_ = 0;
  std::uint32_t queries_now_ = 0;
  Stats stats_;
  std::unique_ptr<stats::Histogram> wait_;
};

}  // namespace rig
