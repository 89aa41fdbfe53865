// SPDX-License-Identifier: Apache-2.0
/// @file loop_log.hpp – logs when a forwarding loop through an upstream server is detected, and when it has ended.
///
/// Purpose    the egress core detects loops but cannot log.
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
