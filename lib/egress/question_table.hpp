// SPDX-License-Identifier: Apache-2.0
/// @file question_table.hpp – all questions in flight or queued, found by key, with their askers.
///
/// Purpose    one slot per question; hashes locate, equality is by bytes.
/// Threads    egress only.
/// Ownership  fixed tables in the engine's memory.
/// Cost       find, open, close: O(1) expected.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "egress/miss.hpp"
#include "flows.hpp"
#include "question.hpp"

namespace egress {

class QuestionTable {
 public:
  QuestionTable(base::Arena& arena, std::uint32_t max_questions) noexcept;

  [[nodiscard]] Index find(std::uint64_t hash, dns::KeyView key) const noexcept;
  /// A new question without askers, or kNoIndex when all slots are taken.
  [[nodiscard]] Index open(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept;
  /// Its askers go with it.
  void close(Index question) noexcept;

  [[nodiscard]] Question& operator[](Index question) noexcept { return questions_[question]; }
  [[nodiscard]] const Question& operator[](Index question) const noexcept { return questions_[question]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(questions_.size()); }
  [[nodiscard]] std::uint32_t open_count() const noexcept { return open_count_; }

  [[nodiscard]] std::uint32_t asker_capacity() const noexcept { return static_cast<std::uint32_t>(askers_.size()); }
  [[nodiscard]] std::uint32_t asker_count() const noexcept { return asker_count_; }

  [[nodiscard]] bool has_asker_room() const noexcept { return free_asker_ != kNoIndex; }
  /// False when the askers' pool is dry.
  [[nodiscard]] bool add_asker(Index question, const Miss& miss, std::uint64_t who) noexcept;
  [[nodiscard]] Asker* asker_of(Index question, base::WorkerId worker) noexcept;
  /// They have been answered; the question stays.
  void release_askers(Index question) noexcept { free_askers(questions_[question]); }
  /// How many want it, and how many of them are others than its first asker.
  [[nodiscard]] Demand demand_of(Index question, base::Instant now) const noexcept;
  [[nodiscard]] bool is_wanted(Index question, base::Instant now) const noexcept;
  /// Did a client retransmit since forget_nudges()?
  [[nodiscard]] bool was_nudged(Index question) const noexcept;
  void forget_nudges(Index question) noexcept;

  template <class Visit>
  void for_each_asker(Index question, Visit&& visit) const noexcept {
    for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) visit(askers_[i]);
  }

 private:
  [[nodiscard]] Index& bucket_of(std::uint64_t hash) const noexcept { return buckets_[hash & (buckets_.size() - 1)]; }
  void free_askers(Question& question) noexcept;

  std::span<Question> questions_;
  std::span<Index> buckets_;
  std::span<Asker> askers_;
  Index free_question_ = kNoIndex;
  Index free_asker_ = kNoIndex;
  std::uint32_t open_count_ = 0;
  std::uint32_t asker_count_ = 0;
};

}  // namespace egress
