// SPDX-License-Identifier: Apache-2.0
/// @file loop_log.hpp – says once when an upstream server turns out to be a loop, and once when it is none any more.
///
/// Purpose    the egress core finds loops and does not log.
/// Threads    control.
#pragma once

#include <vector>

#include "egress/engine.hpp"
#include "net/address.hpp"

namespace control {

class LoopLog {
 public:
  /// Once a second.
  void look(const egress::Engine& engine);

 private:
  std::vector<net::IpAddress> known_;
};

}  // namespace control
