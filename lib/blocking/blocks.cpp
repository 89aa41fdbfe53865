// SPDX-License-Identifier: Apache-2.0
// Rules over the last seconds, and the list of blocks.
#include "blocking/blocks.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "diag/log.hpp"
#include "net/text.hpp"

namespace blocking {
namespace {

constexpr std::uint8_t kV4 = net::kV4PrefixBits;

/// The prefix under which a rule counts this client; a prefix that is already wider stays unchanged.
net::Prefix counted_as(const net::Prefix& client, config::BlockPer per) noexcept {
  const bool is_v4 = client.length >= kV4 && client.address.is_v4();
  std::uint8_t length = client.length;
  switch (per) {
    case config::BlockPer::kClient:
      break;
    case config::BlockPer::kSlash24:
      length = is_v4 ? std::uint8_t{kV4 + 24} : std::uint8_t{56};
      break;
    case config::BlockPer::kSlash16:
      length = is_v4 ? std::uint8_t{kV4 + 16} : std::uint8_t{48};
      break;
  }
  return policy::prefix_of(client.address, std::min(length, client.length));
}

bool overlap(const net::Prefix& a, const net::Prefix& b) noexcept {
  const bool a_is_v4 = a.length >= kV4 && a.address.is_v4();
  const bool b_is_v4 = b.length >= kV4 && b.address.is_v4();
  if (a_is_v4 != b_is_v4) return false;
  return a.length <= b.length ? a.contains(b.address) : b.contains(a.address);
}

std::string text_of(const net::Prefix& prefix) { return std::string(net::to_text(prefix).view()); }

std::int64_t seconds_left(base::Instant until, base::Instant now) {
  if (until <= now) return 0;
  return std::chrono::ceil<std::chrono::seconds>(until - now).count();
}

}  // namespace

void Blocks::configure(const config::BlockSettings& settings) {
  settings_ = settings;
  for (auto at = list_.begin(); at != list_.end();) {
    at = is_excluded(at->first) ? end(at, BlockCounter::kCleared) : std::next(at);
  }
  publish();
}

diag::Status Blocks::add(const NewBlock& block, base::Instant now) {
  if (is_excluded(block.prefix)) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{} overlaps blocks.exclude, whose addresses are never blocked",
                                                        text_of(block.prefix)));
  }
  insert(block.prefix, {block.action, now + block.duration, block.reason, Origin::kOperator});
  diag::log().warn("{}: blocked for {} s by an operator ({}): {}", text_of(block.prefix), block.duration.count(),
                   base::word_of(policy::kBlockActionWords, block.action), block.reason);
  publish();
  return {};
}

std::size_t Blocks::clear(const std::optional<net::Prefix>& prefix) {
  std::size_t cleared = 0;
  for (auto at = list_.begin(); at != list_.end();) {
    if (prefix && at->first != *prefix) {
      ++at;
      continue;
    }
    diag::log().info("{}: block removed by an operator", text_of(at->first));
    at = end(at, BlockCounter::kCleared);
    ++cleared;
  }
  publish();
  return cleared;
}

void Blocks::judge(const WatchedSecond& second, base::Instant now) {
  if (settings_.rules.empty()) return seconds_.clear();
  remember(second);
  for (const config::BlockRule& rule : settings_.rules) apply(rule, second.second, now);
  publish();
}

void Blocks::remember(const WatchedSecond& second) {
  Second& newest = seconds_.emplace_front();
  newest.number = second.second;
  for (const auto& [tag, key] : second.of(topk::Subject::kClient)) {
    newest.clients.push_back({client_of(key), key.at_least});
  }
  std::chrono::seconds longest{0};
  for (const config::BlockRule& rule : settings_.rules) longest = std::max(longest, rule.window);
  while (seconds_.size() > static_cast<std::size_t>(longest.count())) seconds_.pop_back();
}

void Blocks::apply(const config::BlockRule& rule, std::uint32_t second, base::Instant now) {
  std::map<net::Prefix, std::uint64_t, Before> sums;
  const auto window = static_cast<std::uint32_t>(rule.window.count());
  for (const Second& one : seconds_) {
    if (second - one.number >= window) break;
    for (const Client& client : one.clients) {
      const std::uint64_t weight = client.weights[static_cast<std::size_t>(rule.what)];
      if (weight != 0) sums[counted_as(client.prefix, rule.per)] += weight;
    }
  }
  for (const auto& [prefix, sum] : sums) {
    if (sum > std::uint64_t{rule.rate_per_sec} * window) block_by(rule, prefix, now);
  }
}

void Blocks::block_by(const config::BlockRule& rule, const net::Prefix& prefix, base::Instant now) {
  if (is_excluded(prefix)) return counters_.add(BlockCounter::kExcluded);
  const base::Instant until = now + rule.duration;
  if (const auto found = list_.find(prefix); found != list_.end()) {  // a block by an operator keeps its duration
    if (found->second.origin == Origin::kRule) found->second.until = std::max(found->second.until, until);
    return;
  }
  insert(prefix, {rule.action, until, rule.reason, Origin::kRule});
  diag::log().warn("{}: blocked for {} s ({}): {}: more than {} {} per second over {} s", text_of(prefix),
                   rule.duration.count(), base::word_of(policy::kBlockActionWords, rule.action), rule.reason,
                   rule.rate_per_sec, base::word_of(topk::kMeasureWords, rule.what), rule.window.count());
}

void Blocks::insert(const net::Prefix& prefix, Block block) {
  if (!list_.contains(prefix) && list_.size() >= policy::kMaxBlocks) {
    const auto soonest = std::min_element(list_.begin(), list_.end(),
                                          [](const auto& a, const auto& b) { return a.second.until < b.second.until; });
    end(soonest, BlockCounter::kReplaced);
  }
  counters_.add(BlockCounter::kAdded);
  list_.insert_or_assign(prefix, std::move(block));
  changed_ = true;
}

bool Blocks::is_excluded(const net::Prefix& prefix) const {
  return std::any_of(settings_.exclude.begin(), settings_.exclude.end(),
                     [&](const net::Prefix& excluded) { return overlap(excluded, prefix); });
}

Blocks::List::iterator Blocks::end(List::iterator at, BlockCounter why) {
  counters_.add(why);
  changed_ = true;
  return list_.erase(at);
}

void Blocks::expire(base::Instant now) {
  for (auto at = list_.begin(); at != list_.end();) {
    if (at->second.until > now) {
      ++at;
      continue;
    }
    diag::log().info("{}: block expired", text_of(at->first));
    at = end(at, BlockCounter::kExpired);
  }
  publish();
}

void Blocks::publish() {
  if (!changed_) return;
  changed_ = false;
  std::vector<policy::BlockedPrefix> blocked;
  for (const auto& [prefix, block] : list_) blocked.push_back({prefix, block.action});
  active_.set(list_.size());
  publish_(blocked);
}

Json Blocks::report(base::Instant now) const {
  std::vector<const List::value_type*> sorted;
  for (const auto& block : list_) sorted.push_back(&block);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto* a, const auto* b) { return a->second.until > b->second.until; });
  Json rows = Json::array();
  for (const auto* block : sorted) {
    rows.push_back({{"prefix", text_of(block->first)},
                    {"action", base::word_of(policy::kBlockActionWords, block->second.action)},
                    {"reason", block->second.reason},
                    {"by", block->second.origin == Origin::kRule ? "rule" : "operator"},
                    {"left_sec", seconds_left(block->second.until, now)}});
  }
  return {{"blocks", std::move(rows)}};
}

}  // namespace blocking
