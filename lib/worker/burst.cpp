// SPDX-License-Identifier: Apache-2.0
// Each slot keeps its packet: receiving a burst copies nothing.
#include "worker/burst.hpp"

namespace worker {

Burst::Burst() noexcept {
  for (std::size_t i = 0; i < packet::kBurst; ++i) slots_[i].packet = &received_[i];
}

}  // namespace worker
