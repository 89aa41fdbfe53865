// SPDX-License-Identifier: Apache-2.0
/// @file block_settings.hpp – rules that block clients automatically, and networks that are never blocked.
///
/// Purpose    the rules of `blocks`: a rate, over how long, and what follows.
/// Threads    value types; control evaluates them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "policy/settings.hpp"
#include "topk/recorder.hpp"

namespace config {

/// What a rule counts together, and what it blocks.
enum class BlockPer : std::uint8_t {
  kClient,   // IPv4 /32, IPv6 /64
  kSlash24,  // IPv4 /24, IPv6 /56
  kSlash16,  // IPv4 /16, IPv6 /48
};

struct BlockRule {
  std::uint32_t rate_per_sec = 0;  // more than this, on average over the window
  topk::Measure what = topk::Measure::kMisses;
  std::chrono::seconds window{10};
  BlockPer per = BlockPer::kClient;
  std::string reason;
  policy::BlockAction action = policy::BlockAction::kCacheOnly;
  std::chrono::seconds duration{60};
};

struct BlockSettings {
  std::vector<BlockRule> rules;
  std::vector<net::Prefix> exclude;  // neither these nor what holds one of them
};

}  // namespace config
