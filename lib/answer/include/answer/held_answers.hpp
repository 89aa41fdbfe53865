// SPDX-License-Identifier: Apache-2.0
/// @file held_answers.hpp – answers that the cache does not keep, for clients that get them in a later burst.
///
/// Purpose    RFC 2181 §8: an answer with TTL 0 is for the transaction in progress, and a client that was held back is
///            part of that transaction.
/// Threads    those of its WaiterPath.
/// Cost       half a MiB. keep() and find() look at as many handles as were ever held at once; no allocation.
#pragma once

#include <array>
#include <cstddef>

#include "base/strong.hpp"
#include "cache/entry_copy.hpp"
#include "coalesce/inflight.hpp"

namespace answer {

/// A slot becomes free when its pending query is closed.
class HeldAnswers {
 public:
  static constexpr std::size_t kSlots = 256;

  /// False: no slot is free, or the answer is too large.
  [[nodiscard]] bool keep(base::Handle pending, const cache::Entry& answer,
                          const coalesce::InflightTable& inflight) noexcept {
    std::size_t slot = 0;
    while (slot < used_ && inflight.is_open(pending_[slot])) ++slot;
    if (slot == kSlots || !answers_[slot].assign(answer)) return false;
    pending_[slot] = pending;
    if (slot == used_) ++used_;
    return true;
  }
  /// nullptr: no answer is held for this pending query.
  [[nodiscard]] const cache::Entry* find(base::Handle pending) const noexcept {
    for (std::size_t slot = 0; slot < used_; ++slot) {
      if (pending_[slot] == pending) return &answers_[slot].entry();
    }
    return nullptr;
  }

 private:
  std::size_t used_ = 0;  // slots that were ever taken
  std::array<base::Handle, kSlots> pending_{};
  std::array<cache::EntryCopy, kSlots> answers_{};
};

}  // namespace answer
