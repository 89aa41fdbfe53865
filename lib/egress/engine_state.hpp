// SPDX-License-Identifier: Apache-2.0
/// @file engine_state.hpp – the parts that hold an engine's state; the parts that decide act on them.
///
/// Purpose    fetches, transactions, history, uplinks, settings and counters. Each field belongs to one part and is
///            written by that part's verbs only.
/// Threads    egress only, but for counters.
/// Ownership  tables in the engine's memory.
#pragma once

#include <cstdint>

#include "base/arena.hpp"
#include "base/instant.hpp"
#include "cache/settings.hpp"
#include "egress/counters.hpp"
#include "egress/dependencies.hpp"
#include "egress/settings.hpp"
#include "egress_history/history.hpp"
#include "egress_upstream/entropy.hpp"
#include "egress_upstream/transaction_table.hpp"
#include "fetch_table.hpp"
#include "uplink.hpp"

namespace egress {

class EngineState {
 public:
  EngineState(base::Arena& arena, const Settings& settings, const cache::Settings& cache_settings,
              const Dependencies& deps) noexcept;
  EngineState(const EngineState&) = delete;
  EngineState& operator=(const EngineState&) = delete;

  /// Applies what may change while fetches are open (see Engine::apply()).
  void apply(const Settings& settings, const cache::Settings& cache_settings) noexcept;

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const cache::Settings& cache_settings() const noexcept { return cache_settings_; }
  [[nodiscard]] const Dependencies& deps() const noexcept { return deps_; }
  [[nodiscard]] const EngineCounters& counters() const noexcept { return counters_; }
  void count(EngineCounter which) noexcept { counters_.add(which); }

  [[nodiscard]] Uplink& uplink_of(const Fetch& fetch) noexcept { return uplinks[fetch.uplink]; }
  [[nodiscard]] const Uplink& uplink_of(const Fetch& fetch) const noexcept { return uplinks[fetch.uplink]; }
  /// The best cached entry for it (see cache::Cache::find_best()), or nullptr. A signed message is never answered from
  /// the cache.
  template <class Asked>  // a Fetch or a Miss
  [[nodiscard]] const cache::Entry* cached(const Asked& asked, base::Instant now) const noexcept {
    if (asked.opaque != nullptr) return nullptr;
    return deps_.cache->find_best(asked.hash, asked.nxdomain_hash, asked.key.view(), now);
  }
  /// Whether a fetch without waiting clients is dropped. The order kFifo keeps it.
  [[nodiscard]] bool drops_unwanted() const noexcept { return settings_.order != QueueOrder::kFifo; }
  /// UDP packets that the fetch may cost. A signed message is retransmitted by its client only: the server could take a
  /// second copy of ours for a replay.
  [[nodiscard]] std::uint8_t most_sends(const Fetch& fetch) const noexcept {
    return fetch.opaque != nullptr ? std::uint8_t{1} : settings_.max_sends;
  }

 private:
  Settings settings_;
  cache::Settings cache_settings_;
  Dependencies deps_;
  EngineCounters counters_;

 public:
  EntropyBuffer entropy;
  FetchTable fetches;
  TransactionTable transactions;
  History history;
  UplinkSet uplinks;
};

}  // namespace egress
