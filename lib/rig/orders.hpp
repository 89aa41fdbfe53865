// SPDX-License-Identifier: Apache-2.0
/// @file orders.hpp – the replacement policies: which item is evicted next.
///
/// Purpose    an order is notified of hits, inserts and removals. take_victim() removes one item from its lists and
///            returns it. The model accounts for bytes.
/// Threads    one lane's.
/// Cost       a hit: at most a few links; FIFO, CLOCK, SIEVE and S3-FIFO write one counter.
///            Papers: SIEVE, Zhang et al., NSDI 2024; S3-FIFO, Yang et al., SOSP 2023; MIN, Belady, 1966.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "nodes.hpp"

namespace rig {

/// Evicts the oldest item; hits have no effect.
struct FifoOrder {
  List list;
  void on_hit(Nodes& /*nodes*/, std::uint32_t /*item*/) noexcept {}
  void on_insert(Nodes& nodes, std::uint32_t item) { list.push_front(nodes, item); }
  void on_remove(Nodes& nodes, std::uint32_t item) noexcept { list.remove(nodes, item); }
  [[nodiscard]] std::uint32_t take_victim(Nodes& nodes) noexcept {
    const std::uint32_t victim = list.tail;
    list.remove(nodes, victim);
    return victim;
  }
};

/// Evicts the item whose last hit is the oldest.
struct LruOrder : FifoOrder {
  void on_hit(Nodes& nodes, std::uint32_t item) noexcept {
    if (list.head == item) return;
    list.remove(nodes, item);
    list.push_front(nodes, item);
  }
};

/// FIFO with a second chance for items with a hit since the hand passed them.
struct ClockOrder : FifoOrder {
  void on_hit(Nodes& nodes, std::uint32_t item) noexcept {
    if (nodes[item].uses == 0) nodes[item].uses = 1;
  }
  [[nodiscard]] std::uint32_t take_victim(Nodes& nodes) noexcept {
    for (std::uint32_t at = list.tail;; at = list.tail) {
      list.remove(nodes, at);
      if (nodes[at].uses == 0) return at;
      nodes[at].uses = 0;
      list.push_front(nodes, at);
    }
  }
};

/// A hand moves from the oldest to the newest item; items with a hit keep their place.
struct SieveOrder : ClockOrder {
  std::uint32_t hand = kNoItem;
  void on_remove(Nodes& nodes, std::uint32_t item) noexcept {
    if (hand == item) hand = nodes[item].prev;
    list.remove(nodes, item);
  }
  [[nodiscard]] std::uint32_t take_victim(Nodes& nodes) noexcept {
    std::uint32_t at = hand == kNoItem ? list.tail : hand;
    while (nodes[at].uses != 0) {
      nodes[at].uses = 0;
      at = nodes[at].prev == kNoItem ? list.tail : nodes[at].prev;
    }
    hand = nodes[at].prev;
    list.remove(nodes, at);
    return at;
  }
};

/// How often an answer must be asked for in probation to move on.
enum class Promotion : std::uint8_t {
  kTwice,  // as in the paper; its uses are forgotten
  kOnce,   // as in lib/cache; that use is spent
};

/// New items enter a small queue of a tenth of the room. Items with hits there, or that return soon, enter the main queue.
class S3FifoOrder {
 public:
  S3FifoOrder() noexcept = default;
  explicit S3FifoOrder(Promotion promotion) noexcept : promotion_(promotion) {}
  void set_room(std::uint64_t bytes) noexcept { probation_bytes_ = bytes / 10; }
  void on_hit(Nodes& nodes, std::uint32_t item) noexcept {
    if (nodes[item].uses < kMostUses) ++nodes[item].uses;
  }
  void on_insert(Nodes& nodes, std::uint32_t item) {
    const bool comes_back = is_ghost(nodes[item].ghost);
    nodes[item].ghost = 0;
    nodes[item].where = comes_back ? kMain : kProbation;
    lists_[nodes[item].where].push_front(nodes, item);
    if (comes_back) ++in_main_;
  }
  void on_remove(Nodes& nodes, std::uint32_t item) noexcept {
    lists_[nodes[item].where].remove(nodes, item);
    if (nodes[item].where == kMain) --in_main_;
  }
  [[nodiscard]] std::uint32_t take_victim(Nodes& nodes) noexcept {
    for (;;) {
      const bool from_probation = lists_[kProbation].tail != kNoItem &&
                                  (lists_[kProbation].bytes > probation_bytes_ || lists_[kMain].tail == kNoItem);
      const std::uint32_t at = lists_[from_probation ? kProbation : kMain].tail;
      on_remove(nodes, at);
      Node& node = nodes[at];
      if (from_probation && node.uses < (promotion_ == Promotion::kTwice ? 2 : 1)) {
        node.ghost = ++ghosts_;
        return at;
      }
      if (!from_probation && node.uses == 0) return at;
      const bool forgets = from_probation && promotion_ == Promotion::kTwice;
      node.uses = static_cast<std::uint8_t>(forgets ? 0 : node.uses - 1);
      node.where = kMain;
      lists_[kMain].push_front(nodes, at);
      ++in_main_;
    }
  }

 private:
  static constexpr std::uint8_t kProbation = 0;
  static constexpr std::uint8_t kMain = 1;
  static constexpr std::uint8_t kMostUses = 3;

  /// One of the last to leave probation, of which as many are remembered as the main list has items.
  [[nodiscard]] bool is_ghost(std::uint32_t number) const noexcept {
    return number != 0 && ghosts_ - number < in_main_;
  }

  Promotion promotion_ = Promotion::kTwice;
  List lists_[2];
  std::uint64_t probation_bytes_ = 0;
  std::uint32_t ghosts_ = 0;
  std::uint32_t in_main_ = 0;
};

/// Evicts the item whose next use is the latest. An item that expires before its next use has none.
class BeladyOrder {
 public:
  /// Called by the model before on_hit and on_insert.
  void set_next(std::uint32_t item, std::int64_t next_at_ns, std::int64_t expires_ns) {
    if (item >= wanted_at_.size()) wanted_at_.resize(item + std::size_t{1}, 0);
    wanted_at_[item] = next_at_ns < expires_ns ? next_at_ns : INT64_MAX;
  }
  void on_hit(Nodes& nodes, std::uint32_t item) {
    heap_.emplace_back(wanted_at_[item], item);
    std::ranges::push_heap(heap_);
    if (heap_.size() > kLeastRebuilt && heap_.size() > kMostStale * live_) rebuild(nodes);
  }
  void on_insert(Nodes& nodes, std::uint32_t item) {
    ++live_;
    on_hit(nodes, item);
  }
  void on_remove(Nodes& /*nodes*/, std::uint32_t /*item*/) noexcept { --live_; }
  /// Places in memory: never more than a few for each that is in.
  [[nodiscard]] std::size_t places() const noexcept { return heap_.size(); }
  [[nodiscard]] std::uint32_t take_victim(Nodes& nodes) {
    for (;;) {
      const auto [at_ns, item] = heap_.front();
      std::ranges::pop_heap(heap_);
      heap_.pop_back();
      if (!nodes[item].is_in() || wanted_at_[item] != at_ns) continue;
      --live_;
      return item;
    }
  }

 private:
  static constexpr std::size_t kLeastRebuilt = 1'024;
  static constexpr std::size_t kMostStale = 4;
  using Wanted = std::pair<std::int64_t, std::uint32_t>;
  void rebuild(const Nodes& nodes) {
    std::erase_if(heap_,
                  [&](const Wanted& one) { return !nodes[one.second].is_in() || wanted_at_[one.second] != one.first; });
    std::ranges::sort(heap_, std::greater<>());  // which is a heap, too
    // Items that expire before their next use have an entry for each hit.
    heap_.erase(std::unique(heap_.begin(), heap_.end()), heap_.end());
  }

  std::vector<std::int64_t> wanted_at_;
  std::vector<Wanted> heap_;  // latest next use first; outdated entries are skipped
  std::size_t live_ = 0;
};

/// Never evicts.
struct InfiniteOrder {
  void on_hit(Nodes& /*nodes*/, std::uint32_t /*item*/) noexcept {}
  void on_insert(Nodes& /*nodes*/, std::uint32_t /*item*/) noexcept {}
  void on_remove(Nodes& /*nodes*/, std::uint32_t /*item*/) noexcept {}
  [[nodiscard]] std::uint32_t take_victim(Nodes& /*nodes*/) noexcept { return kNoItem; }
};

}  // namespace rig
