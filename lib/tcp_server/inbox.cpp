// SPDX-License-Identifier: Apache-2.0
// Assembles messages from kept and fresh octets.
#include "inbox.hpp"

#include <algorithm>

namespace tcp_server {
namespace {

/// Size of the first message with its length field; of the length field alone while that is incomplete.
std::size_t first_bytes(base::Bytes stream) noexcept {
  if (stream.size() < dns::kStreamLengthBytes) return dns::kStreamLengthBytes;
  return dns::kStreamLengthBytes + base::load_be16(stream.data());
}

}  // namespace

dns::StreamStep Inbox::next(base::Bytes& fresh, dns::StreamFramer& framer) {
  if (empty()) {
    if (fresh.size() < first_bytes(fresh)) return {};
    return framer.next(fresh);
  }
  top_up(fresh, first_bytes(kept()));
  top_up(fresh, first_bytes(kept()));  // again: the length may be complete now
  const std::size_t wanted = first_bytes(kept());
  if (kept().size() < wanted) return {};
  base::Bytes message = kept().first(wanted);
  const dns::StreamStep step = framer.next(message);
  at_ += wanted;
  if (empty()) clear();
  return step;
}

void Inbox::top_up(base::Bytes& fresh, std::size_t wanted) {
  const std::size_t have = kept().size();
  if (have >= wanted) return;
  const base::Bytes front = fresh.first(std::min(wanted - have, fresh.size()));
  kept_.insert(kept_.end(), front.begin(), front.end());
  fresh = fresh.subspan(front.size());
}

void Inbox::keep(base::Bytes rest) {
  if (at_ > kept_.size() / 2) {  // so rarely that moving costs no more than receiving
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  kept_.insert(kept_.end(), rest.begin(), rest.end());
}

void Inbox::clear() noexcept {
  kept_ = {};
  at_ = 0;
}

}  // namespace tcp_server
