// SPDX-License-Identifier: Apache-2.0
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
      diag::log().warn("upstream {} sends its questions to us: it is not asked until that is over",
                       net::to_text(address).view());
      known_.push_back(address);
    } else {
      diag::log().info("upstream {} does not send its questions to us any more", net::to_text(address).view());
      known_.erase(known);
    }
  }
}

}  // namespace control
