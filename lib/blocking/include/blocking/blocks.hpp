// SPDX-License-Identifier: Apache-2.0
/// @file blocks.hpp – client blocks: made by rules or by an operator, each for a limited time.
///
/// Purpose    applies the rules of `blocks` to each second's heavy clients, takes blocks from an operator, expires blocks,
///            and publishes the table that workers read. A rule uses the lower bound of a client's weight, so the error of
///            a sketch never blocks a client. Blocks survive a reload, except those that a new `blocks.exclude` covers.
/// Threads    control; counters() and active() may be read by any.
/// Ownership  owns the list; the Publish function copies its argument.
/// Cost       once a second, a pass over some hundred clients for each second of the longest window.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "blocking/watcher.hpp"
#include "config/block_settings.hpp"
#include "diag/result.hpp"
#include "policy/block_table.hpp"
#include "stats/counter_block.hpp"
#include "verbs/request.hpp"

namespace blocking {

using verbs::Json;
using verbs::NewBlock;

// clang-format off
#define SLUICE_BLOCK_COUNTERS(X)                                                                  \
  X(kAdded,    "added",    "blocks made by a rule or by an operator")                           \
  X(kExpired,  "expired",  "blocks that expired")                       \
  X(kCleared,  "cleared",  "blocks that an operator or a new blocks.exclude ended")               \
  X(kReplaced, "replaced", "blocks that ended early to make room for another one: at most 4096")  \
  X(kExcluded, "excluded", "times that a rule matched a client in blocks.exclude")
// clang-format on
SLUICE_COUNTERS(BlockCounter, SLUICE_BLOCK_COUNTERS)

class Blocks {
 public:
  /// Publishes a new table to the workers; empty: no client is blocked.
  using Publish = std::function<void(std::span<const policy::BlockedPrefix>)>;
  explicit Blocks(Publish publish) : publish_(std::move(publish)) {}

  /// At the start and after each reload.
  void configure(const config::BlockSettings& settings);
  /// By an operator; replaces a block of the same prefix. Fails for an excluded prefix.
  [[nodiscard]] diag::Status add(const NewBlock& block, base::Instant now);
  /// Removes one block, or all; returns how many.
  std::size_t clear(const std::optional<net::Prefix>& prefix);
  /// Applies the rules after each second.
  void judge(const WatchedSecond& second, base::Instant now);
  /// Removes expired blocks; several times a second.
  void expire(base::Instant now);

  /// {"blocks": [{"prefix", "action", "reason", "by", "left_sec"}]}, soonest to end last.
  [[nodiscard]] Json report(base::Instant now) const;
  [[nodiscard]] const stats::CounterBlock<BlockCounter>& counters() const noexcept { return counters_; }
  [[nodiscard]] std::uint64_t active() const noexcept { return active_.read(); }

 private:
  enum class Origin : std::uint8_t { kRule, kOperator };
  struct Before {
    bool operator()(const net::Prefix& a, const net::Prefix& b) const noexcept {
      return a.address != b.address ? a.address < b.address : a.length < b.length;
    }
  };
  struct Block {
    policy::BlockAction action{};
    base::Instant until;
    std::string reason;
    Origin origin{};
  };
  struct Client {
    net::Prefix prefix;
    std::array<std::uint64_t, topk::kMeasures> weights{};
  };
  struct Second {
    std::uint32_t number = 0;
    std::vector<Client> clients;
  };
  using List = std::map<net::Prefix, Block, Before>;

  void remember(const WatchedSecond& second);
  void apply(const config::BlockRule& rule, std::uint32_t second, base::Instant now);
  void block_by(const config::BlockRule& rule, const net::Prefix& prefix, base::Instant now);
  void insert(const net::Prefix& prefix, Block block);
  [[nodiscard]] bool is_excluded(const net::Prefix& prefix) const;
  List::iterator end(List::iterator at, BlockCounter why);
  void publish();

  Publish publish_;
  config::BlockSettings settings_;
  List list_;
  std::deque<Second> seconds_;  // newest first, as long as the longest window
  stats::CounterBlock<BlockCounter> counters_;
  stats::Gauge active_;
  bool changed_ = false;
};

}  // namespace blocking
