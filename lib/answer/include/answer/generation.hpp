// SPDX-License-Identifier: Apache-2.0
/// @file generation.hpp – the settings a worker acts by, as one immutable value behind one pointer.
///
/// Purpose    what the data path must know of the configuration, in the form in which it asks.
/// Threads    built and published by control (control::Generations); each reader loads the pointer once per poll, by a
///            GenerationReader of its own.
/// Lifetime   a generation outlives every poll that may have loaded it: load() says that the poll before is over.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "answer/settings.hpp"
#include "base/fixed_vector.hpp"
#include "base/instant.hpp"
#include "base/qsbr.hpp"
#include "base/wall_clock.hpp"
#include "cache/settings.hpp"
#include "coalesce/settings.hpp"
#include "egress/settings.hpp"
#include "net/address.hpp"
#include "policy/acl.hpp"
#include "policy/block_table.hpp"
#include "policy/forward_table.hpp"
#include "policy/local_data.hpp"
#include "topk/settings.hpp"

namespace answer {

inline constexpr std::size_t kMaxOwnAddresses = 32;
inline constexpr std::size_t kMaxUpstreams = egress::kMaxUplinks * egress::kMaxServersPerUplink;

struct Generation {
  std::uint64_t number = 0;  // 1 is the boot's, each reload has one more
  base::FixedVector<net::IpAddress, kMaxOwnAddresses> own;
  base::FixedVector<net::IpAddress, kMaxUpstreams> upstreams;
  const policy::Acl* acl = nullptr;
  const policy::ForwardTable* forward = nullptr;
  const policy::LocalData* local = nullptr;  // may be null: nothing is ours to answer
  cache::Settings cache;
  egress::Settings egress;  // for the egress core; what it cannot change while it runs is as at boot
  const coalesce::Settings* waiting = nullptr;  // of what may change in a table; nullptr: as it was made
  ProtocolSettings protocol;
  topk::Settings watch;
  policy::AllowanceSettings allowance;
  /// Who is blocked changes more often than the settings do. What a poll loaded is freed as a generation is.
  const std::atomic<const policy::BlockTable*>* blocks = nullptr;  // may be null, and so may be what it holds
  const base::WallClock* wall = nullptr;                           // for cookies; may be missing without them

  // One or two as a rule: std::find() would look for four at a time first.
  [[nodiscard]] bool is_own(const net::IpAddress& address) const noexcept {
    return std::ranges::find(own, address) != own.end();
  }
  [[nodiscard]] bool is_upstream(const net::IpAddress& address) const noexcept {
    return std::ranges::find(upstreams, address) != upstreams.end();
  }
};

/// One thread's way to the generation in force.
class GenerationReader {
 public:
  GenerationReader() noexcept = default;
  /// To a pointer whose generations outlive the reader: nobody waits for it.
  GenerationReader(const std::atomic<const Generation*>* published) noexcept : published_(published) {}
  /// `slot` is the reader's own in `readers`, and online before the first load().
  GenerationReader(const std::atomic<const Generation*>& published, base::Qsbr& readers, std::size_t slot) noexcept
      : published_(&published), readers_(&readers), slot_(slot) {}

  [[nodiscard]] bool is_set() const noexcept { return published_ != nullptr; }
  /// Gives up what the last call returned, and returns the generation in force.
  [[nodiscard]] const Generation* load() const noexcept {
    if (readers_ != nullptr) readers_->report(slot_, readers_->token());
    return published_->load(std::memory_order_acquire);
  }

  // Instead of load(), for a reader that sleeps between its turns: nobody waits for it then.
  [[nodiscard]] const Generation* enter() const noexcept {
    if (readers_ != nullptr) readers_->online(slot_);
    return published_->load(std::memory_order_acquire);
  }
  void leave() const noexcept {
    if (readers_ != nullptr) readers_->offline(slot_);
  }

 private:
  const std::atomic<const Generation*>* published_ = nullptr;
  base::Qsbr* readers_ = nullptr;
  std::size_t slot_ = 0;
};

}  // namespace answer
