// SPDX-License-Identifier: Apache-2.0
/// @file model_store.hpp – a model cache: lifetimes, bytes and eviction, without stored answers.
///
/// Purpose    compares replacement policies with the same account of bytes as lib/cache: blocks of its size classes, in
///            what its buckets leave of the memory. One pool for all sizes.
/// Threads    one lane's.
/// Ownership  a node for each item of the trace, in or not.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "answer.hpp"
#include "nodes.hpp"
#include "orders.hpp"
#include "rig/catalogue.hpp"
#include "rig/configuration.hpp"
#include "store.hpp"

namespace rig {

template <class Order>
class ModelStore {
 public:
  static constexpr bool kKnowsFuture = std::is_same_v<Order, BeladyOrder>;
  static constexpr bool kIsBounded = !std::is_same_v<Order, InfiniteOrder>;

  ModelStore(const Configuration& configuration, const Catalogue& catalogue)
      : ModelStore(kIsBounded ? room_for_blocks(configuration.size_bytes) : ~std::uint64_t{0},
                   cache_settings(configuration), catalogue) {}
  ModelStore(std::uint64_t room_bytes, const cache::Settings& settings, const Catalogue& catalogue, Order order = {})
      : catalogue_(catalogue), settings_(settings), room_(room_bytes), order_(std::move(order)) {
    if constexpr (std::is_same_v<Order, S3FifoOrder>) order_.set_room(room_);
  }

  /// Room for items below `items`; before any of them is named.
  void grow(std::uint32_t items) {
    if (items > nodes_.size()) nodes_.resize(items);
    if constexpr (kKnowsFuture) next_at_.resize(nodes_.size(), Step::kNever);
  }
  void prefetch_item(const Step& /*step*/) const noexcept {}
  void prefetch_bucket(const Step& step) const noexcept { __builtin_prefetch(&nodes_[step.item]); }
  void prefetch_entry(const Step& /*step*/) const noexcept {}

  [[nodiscard]] Found look_up(const Step& step, base::Instant at) {
    Node& node = nodes_[step.item];
    if constexpr (kKnowsFuture) {
      next_at_[step.item] = step.next_at_ns;
      if (node.is_in()) order_.set_next(step.item, step.next_at_ns, node.expires_ns);
    }
    const bool is_fresh = node.expires_ns > trace_ns(at);
    if (node.is_in() && (is_fresh || kKnowsFuture)) order_.on_hit(nodes_, step.item);
    if (!node.is_in() || !is_fresh) return {};
    Found found{.what = Found::What::kFresh};
    const std::int64_t left_ns = node.expires_ns - trace_ns(at);
    const std::int64_t near_ns = std::int64_t{node.ttl_sec} * kSecondNs / 100 * settings_.prefetch_percent;
    if (left_ns > near_ns || node.is_failure || node.refresh_asked || settings_.prefetch_percent == 0) return found;
    found.wants_refresh = node.refresh_asked = true;
    return found;
  }

  void keep(std::uint32_t item, std::uint32_t asked, const Answer& answer, base::Instant at) {
    const cache::Lifetime life = lifetime_of(answer, settings_);
    if (life.storable != cache::Storable::kYes) return;
    const std::uint32_t bytes = chunk_bytes(catalogue_[asked].view(), answer);
    const std::int64_t expires_ns = trace_ns(at) + std::int64_t{life.ttl_sec} * kSecondNs;
    if constexpr (kKnowsFuture) order_.set_next(item, next_at_[item], expires_ns);
    Node& node = nodes_[item];
    if (node.is_in() && node.chunk_bytes != bytes) leave(item);
    const bool was_in = node.is_in();
    if (!was_in) enter(item, bytes);
    node.expires_ns = expires_ns;
    node.ttl_sec = life.ttl_sec;
    node.refresh_asked = false;
    node.is_failure = answer.kind == dns::AnswerKind::kFailure;
    if (was_in && kKnowsFuture) order_.on_hit(nodes_, item);
    if constexpr (kKnowsFuture) make_room(0);  // the new one may be the least wanted
  }

  /// Expired, and good enough where nothing else is to be had (RFC 8767).
  [[nodiscard]] bool has_stale(std::uint32_t item, base::Instant at) const noexcept {
    const Node& node = nodes_[item];
    return node.is_in() && !node.is_failure && node.expires_ns <= trace_ns(at) && !is_dead(node, trace_ns(at));
  }

  /// What lib/cache does in a second: a hundredth of the table is rid of the dead.
  void sweep_second(base::Instant at) {
    const std::int64_t now_ns = trace_ns(at);
    for (std::size_t left = nodes_.size() / 100 + 1; left != 0 && !nodes_.empty(); --left) {
      if (sweep_at_ >= nodes_.size()) sweep_at_ = 0;
      if (nodes_[sweep_at_].is_in() && is_dead(nodes_[sweep_at_], now_ns)) {
        leave(static_cast<std::uint32_t>(sweep_at_));
      }
      ++sweep_at_;
    }
  }
  [[nodiscard]] StoreStats stats() const noexcept {
    return {.entries = entries_, .bytes_used = used_, .evictions = evictions_};
  }

 private:
  [[nodiscard]] bool is_dead(const Node& node, std::int64_t now_ns) const noexcept {
    const std::int64_t keep_sec = node.is_failure ? 0 : settings_.stale_keep.count();
    return node.expires_ns + keep_sec * kSecondNs <= now_ns;
  }
  void enter(std::uint32_t item, std::uint32_t bytes) {
    if constexpr (kIsBounded && !kKnowsFuture) make_room(bytes);
    Node& node = nodes_[item];
    node.chunk_bytes = bytes;
    node.uses = 0;
    used_ += bytes;
    ++entries_;
    order_.on_insert(nodes_, item);
  }
  void leave(std::uint32_t item) {
    order_.on_remove(nodes_, item);
    forget(item);
  }
  void forget(std::uint32_t item) noexcept {
    used_ -= nodes_[item].chunk_bytes;
    nodes_[item].chunk_bytes = 0;
    --entries_;
  }
  void make_room(std::uint64_t bytes) {
    while (used_ + bytes > room_ && entries_ != 0) {
      forget(order_.take_victim(nodes_));
      ++evictions_;
    }
  }

  const Catalogue& catalogue_;
  cache::Settings settings_;
  std::uint64_t room_;
  std::uint64_t used_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t evictions_ = 0;
  std::size_t sweep_at_ = 0;
  Nodes nodes_;
  std::vector<std::int64_t> next_at_;
  Order order_;
};

}  // namespace rig
