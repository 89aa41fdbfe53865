// SPDX-License-Identifier: Apache-2.0
// Receiving a burst.
#include "worker/burst.hpp"

namespace worker {

std::size_t Burst::receive(PacketPort& port) noexcept {
  size_ = port.receive(received_);
  for (std::size_t i = 0; i < size_; ++i) {
    slots_[i].packet = received_[i];
    slots_[i].verdict = Verdict::kQuery;
  }
  return size_;
}

}  // namespace worker
