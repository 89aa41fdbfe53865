// SPDX-License-Identifier: Apache-2.0
/// @file held_answers.hpp – answers that the cache does not keep, for those who are told them in a later burst.
///
/// Purpose    RFC 2181 §8: TTL 0 is for the transaction under way, and a client that was held back is part of it.
/// Threads    the asker's.
/// Cost       half a MiB; a look at as many handles as ever were held at once, only for such answers; no allocation.
#pragma once

#include <array>
#include <cstddef>

#include "base/strong.hpp"
#include "cache/entry_copy.hpp"
#include "coalesce/inflight.hpp"

namespace answer {

/// A place is free again when its question is closed, by whomever.
class HeldAnswers {
 public:
  static constexpr std::size_t kPlaces = 256;

  /// False: no place is free, or the answer is too large.
  [[nodiscard]] bool keep(base::Handle question, const cache::Entry& answer,
                          const coalesce::InflightTable& inflight) noexcept {
    std::size_t place = 0;
    while (place < used_ && inflight.is_open(questions_[place])) ++place;
    if (place == kPlaces || !answers_[place].assign(answer)) return false;
    questions_[place] = question;
    if (place == used_) ++used_;
    return true;
  }
  /// nullptr: none is kept for this open question.
  [[nodiscard]] const cache::Entry* find(base::Handle question) const noexcept {
    for (std::size_t place = 0; place < used_; ++place) {
      if (questions_[place] == question) return &answers_[place].entry();
    }
    return nullptr;
  }

 private:
  std::size_t used_ = 0;  // places that ever were
  std::array<base::Handle, kPlaces> questions_{};
  std::array<cache::EntryCopy, kPlaces> answers_{};
};

}  // namespace answer
