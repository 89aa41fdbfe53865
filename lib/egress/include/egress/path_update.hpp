// SPDX-License-Identifier: Apache-2.0
/// @file path_update.hpp – the path to an upstream server, as the slow path reports it to the egress core.
///
/// Purpose    the record of the ring from the slow path, which learns routes and neighbours from the kernel.
/// Threads    slow path: producer, egress core: consumer.
#pragma once

#include <cstdint>

#include "base/spsc_ring.hpp"
#include "egress/wire.hpp"

namespace egress {

struct PathUpdate {
  std::uint16_t uplink = 0;
  std::uint16_t server = 0;
  Path path;
};
using PathRing = base::SpscRing<PathUpdate>;

}  // namespace egress
