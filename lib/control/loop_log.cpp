// SPDX-License-Identifier: Apache-2.0
// Comparing the servers that loop with those of the previous second.
#include "loop_log.hpp"

#include <algorithm>
#include <array>

#include "diag/log.hpp"
#include "net/text.hpp"

namespace control {

void LoopLog::look(const egress::Engine& engine) {
  std::array<egress::ServerStats, egress::kMaxUplinks * egress::kMaxServersPerUplink> servers;
  const std::size_t count = engine.server_stats(servers);
  for (std::size_t i = 0; i < count; ++i) {
    const net::IpAddress& address = servers[i].address;
    const auto known = std::find(known_.begin(), known_.end(), address);
    const bool loops = servers[i].loops != 0;
    if (loops == (known != known_.end())) continue;
    if (loops) {
      diag::log().warn(
          "upstream {}: forwarding loop, its queries come back to this appliance; not used until the loop has ended",
          net::to_text(address).view());
      known_.push_back(address);
    } else {
      diag::log().info("upstream {}: the forwarding loop has ended", net::to_text(address).view());
      known_.erase(known);
    }
  }
}

}  // namespace control
