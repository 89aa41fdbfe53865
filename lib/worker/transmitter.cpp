// SPDX-License-Identifier: Apache-2.0
// Transmitting in bursts, with one retry.
#include "worker/transmitter.hpp"

#include <span>

namespace worker {

using answer::Counter;
using packet::Packet;

void Transmitter::flush() noexcept {
  if (size_ == 0) return;
  const std::span<const Packet> pending(pending_.data(), size_);
  std::size_t sent = port_->transmit(pending);
  if (sent < size_) sent += port_->transmit(pending.subspan(sent));
  counters_->add(Counter::kTxPkts, sent);
  if (sent < size_) {
    port_->release(pending.subspan(sent));
    counters_->add(Counter::kTxFull, size_ - sent);
  }
  size_ = 0;
}

}  // namespace worker
