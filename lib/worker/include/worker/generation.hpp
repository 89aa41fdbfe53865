// SPDX-License-Identifier: Apache-2.0
/// @file generation.hpp – the settings a worker acts by, as one immutable value behind one pointer.
///
/// Purpose    what the data path must know of the configuration, in the form in which it asks.
/// Threads    built and published by control; workers load the pointer once per poll.
/// Lifetime   a generation outlives every poll that may have loaded it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/fixed_vector.hpp"
#include "base/wall_clock.hpp"
#include "cache/settings.hpp"
#include "egress/settings.hpp"
#include "guard/acl.hpp"
#include "guard/forward_table.hpp"
#include "guard/local_data.hpp"
#include "net/address.hpp"
#include "worker/settings.hpp"

namespace worker {

inline constexpr std::size_t kMaxOwnAddresses = 32;
inline constexpr std::size_t kMaxUpstreams = egress::kMaxUplinks * egress::kMaxServersPerUplink;

struct Generation {
  base::FixedVector<net::IpAddress, kMaxOwnAddresses> own;
  base::FixedVector<net::IpAddress, kMaxUpstreams> upstreams;
  const guard::Acl* acl = nullptr;
  const guard::ForwardTable* forward = nullptr;
  const guard::LocalData* local = nullptr;  // may be null: nothing is ours to answer
  cache::Settings cache;
  ProtocolSettings protocol;
  const base::WallClock* wall = nullptr;  // for cookies; may be missing without them

  [[nodiscard]] bool is_own(const net::IpAddress& address) const noexcept {
    return std::find(own.begin(), own.end(), address) != own.end();
  }
  [[nodiscard]] bool is_upstream(const net::IpAddress& address) const noexcept {
    return std::find(upstreams.begin(), upstreams.end(), address) != upstreams.end();
  }
};

}  // namespace worker
