// SPDX-License-Identifier: Apache-2.0
// Which packet a slot is about never changes: nothing is copied when a burst comes.
#include "worker/burst.hpp"

namespace worker {

Burst::Burst() noexcept {
  for (std::size_t i = 0; i < packet::kBurst; ++i) slots_[i].packet = &received_[i];
}

}  // namespace worker
