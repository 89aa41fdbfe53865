// SPDX-License-Identifier: Apache-2.0
/// @file generation.hpp – the settings of the data path as one immutable value behind one pointer.
///
/// Purpose    what workers and the egress core need of the configuration, in the form in which they use it.
/// Threads    built and published by control (control::Generations); each reader loads the pointer once per poll, by a
///            GenerationReader of its own.
/// Lifetime   a generation outlives every poll that may have loaded it: load() reports that the previous poll has ended.
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
  std::uint64_t number = 0;  // 1 at boot, incremented by each reload
  base::FixedVector<net::IpAddress, kMaxOwnAddresses> own;
  base::FixedVector<net::IpAddress, kMaxUpstreams> upstreams;
  const policy::Acl* acl = nullptr;
  const policy::ForwardTable* forward = nullptr;
  const policy::LocalData* local = nullptr;  // may be null: there is no local data
  cache::Settings cache;
  egress::Settings egress;                      // keys that need a restart keep their values of boot
  const coalesce::Settings* waiting = nullptr;  // for in-flight tables; nullptr: they keep theirs
  ProtocolSettings protocol;
  topk::Settings watch;
  policy::AllowanceSettings allowance;
  /// Client blocks change more often than the settings. A table is freed by the same rule as a generation.
  const std::atomic<const policy::BlockTable*>* blocks = nullptr;  // may be null, or hold null: no client is blocked
  const base::WallClock* wall = nullptr;                           // for cookies; may be null without them

  // Mostly one or two elements: std::find() unrolls by four, which is slower here.
  [[nodiscard]] bool is_own(const net::IpAddress& address) const noexcept {
    return std::ranges::find(own, address) != own.end();
  }
  [[nodiscard]] bool is_upstream(const net::IpAddress& address) const noexcept {
    return std::ranges::find(upstreams, address) != upstreams.end();
  }
};

/// How one thread gets the generation in force.
class GenerationReader {
 public:
  GenerationReader() noexcept = default;
  /// For generations that outlive the reader: reclamation does not wait for it.
  GenerationReader(const std::atomic<const Generation*>* published) noexcept : published_(published) {}
  /// `slot` of `readers` belongs to this reader and is online before the first load().
  GenerationReader(const std::atomic<const Generation*>& published, base::Qsbr& readers, std::size_t slot) noexcept
      : published_(&published), readers_(&readers), slot_(slot) {}

  [[nodiscard]] bool is_set() const noexcept { return published_ != nullptr; }
  /// Returns the generation in force. The one that the last call returned may be freed.
  [[nodiscard]] const Generation* load() const noexcept {
    if (readers_ != nullptr) readers_->report(slot_, readers_->token());
    return published_->load(std::memory_order_acquire);
  }

  // Instead of load(), for a reader that sleeps between its turns: reclamation does not wait for it meanwhile.
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
