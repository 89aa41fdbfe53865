// SPDX-License-Identifier: Apache-2.0
#include "question_table.hpp"

#include <algorithm>
#include <bit>

namespace egress {
namespace {

constexpr std::size_t kAskersPerQuestion = 2;  // on average; most questions have one

}  // namespace

QuestionTable::QuestionTable(base::Arena& arena, std::uint32_t max_questions) noexcept
    : questions_(arena.take<Question>(max_questions)),
      buckets_(arena.take<Index>(max_questions)),
      askers_(arena.take<Asker>(max_questions * kAskersPerQuestion)) {
  SLUICE_REQUIRE(std::has_single_bit(max_questions));
  std::fill(buckets_.begin(), buckets_.end(), kNoIndex);
  for (std::size_t i = questions_.size(); i-- > 0;) {
    questions_[i].chain = free_question_;
    free_question_ = static_cast<Index>(i);
  }
  for (std::size_t i = askers_.size(); i-- > 0;) {
    askers_[i].next = free_asker_;
    free_asker_ = static_cast<Index>(i);
  }
}

Index QuestionTable::find(std::uint64_t hash, dns::KeyView key) const noexcept {
  for (Index i = bucket_of(hash); i != kNoIndex; i = questions_[i].chain) {
    if (questions_[i].hash == hash && questions_[i].key.view() == key) return i;
  }
  return kNoIndex;
}

Index QuestionTable::open(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept {
  const Index index = free_question_;
  if (index == kNoIndex) return kNoIndex;
  Question& question = questions_[index];
  free_question_ = question.chain;
  question = Question{};
  question.key.assign(key);
  question.hash = hash;
  question.opened_at = now;
  Index& bucket = bucket_of(hash);
  question.chain = bucket;
  bucket = index;
  ++open_count_;
  return index;
}

void QuestionTable::close(Index index) noexcept {
  Question& question = questions_[index];
  SLUICE_REQUIRE(question.stage != Stage::kFree);
  free_askers(question);
  Index* link = &bucket_of(question.hash);
  while (*link != index) link = &questions_[*link].chain;
  *link = question.chain;
  question.stage = Stage::kFree;
  question.chain = free_question_;
  free_question_ = index;
  --open_count_;
}

void QuestionTable::free_askers(Question& question) noexcept {
  while (question.first_asker != kNoIndex) {
    const Index freed = question.first_asker;
    question.first_asker = askers_[freed].next;
    askers_[freed].next = free_asker_;
    free_asker_ = freed;
    --asker_count_;
  }
}

bool QuestionTable::add_asker(Index question, const Miss& miss, std::uint64_t who) noexcept {
  const Index index = free_asker_;
  if (index == kNoIndex) return false;
  Asker& asker = askers_[index];
  free_asker_ = asker.next;
  ++asker_count_;
  asker.interest = miss.interest;
  asker.handle = miss.handle;
  asker.nudges_seen = miss.interest->nudges.load(std::memory_order_relaxed);
  asker.who = who;
  asker.worker = miss.worker;
  asker.next = questions_[question].first_asker;
  questions_[question].first_asker = index;
  return true;
}

Asker* QuestionTable::asker_of(Index question, base::WorkerId worker) noexcept {
  for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) {
    if (askers_[i].worker == worker) return &askers_[i];
  }
  return nullptr;
}

Demand QuestionTable::demand_of(Index question, base::Instant now) const noexcept {
  Demand demand;
  for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) {
    const Asker& asker = askers_[i];
    if (!asker.is_waiting(now)) continue;
    demand.waiters += asker.interest->waiters.load(std::memory_order_relaxed);
    demand.others += asker.interest->others.load(std::memory_order_relaxed);
    if (asker.who != questions_[question].who) ++demand.others;
  }
  return demand;
}

bool QuestionTable::is_wanted(Index question, base::Instant now) const noexcept {
  for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) {
    if (askers_[i].is_waiting(now)) return true;
  }
  return now < questions_[question].wanted_until;
}

bool QuestionTable::was_nudged(Index question) const noexcept {
  for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) {
    if (askers_[i].interest->nudges.load(std::memory_order_relaxed) != askers_[i].nudges_seen) return true;
  }
  return false;
}

void QuestionTable::forget_nudges(Index question) noexcept {
  for (Index i = questions_[question].first_asker; i != kNoIndex; i = askers_[i].next) {
    askers_[i].nudges_seen = askers_[i].interest->nudges.load(std::memory_order_relaxed);
  }
}

}  // namespace egress
