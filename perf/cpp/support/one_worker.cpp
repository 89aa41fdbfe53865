// SPDX-License-Identifier: Apache-2.0
// Assembling one worker.
#include "support/one_worker.hpp"

#include <bit>

#include "base/contract.hpp"

namespace perf {

OneWorker::OneWorker(const Spec& spec)
    : spec_(spec),
      cache_memory_(spec.cache.size_bytes),
      cache_(cache_memory_.bytes(), spec.cache, qsbr_),
      table_memory_(coalesce::InflightTable::bytes_needed(spec.coalesce)),
      table_(table_memory_.bytes(), spec.coalesce, *spec.hash),
      recorder_memory_(topk::Recorder::bytes_needed(topk::Recorder::Place::kAsker)),
      recorder_(recorder_memory_.bytes(), topk::Recorder::Place::kAsker, *spec.hash),
      allowance_memory_(policy::MissAllowance::bytes_needed()),
      allowance_(allowance_memory_.bytes(), *spec.hash),
      miss_slots_(kRingSlots),
      completion_slots_(std::bit_ceil(std::size_t{spec.coalesce.max_questions} + 1)),
      response_slots_(kRingSlots),
      misses_(std::span(miss_slots_)),
      completions_(std::span(completion_slots_)),
      responses_(std::span(response_slots_)),
      worker_({.id = base::WorkerId(0),
               .port = spec.port,
               .clock = spec.clock,
               .hash = spec.hash,
               .cache = &cache_,
               .qsbr = &qsbr_,
               .inflight = &table_,
               .recorder = &recorder_,
               .allowance = &allowance_,
               .generation = spec.generation,
               .links = {.misses = &misses_, .completions = &completions_, .responses = &responses_}}) {
  qsbr_.online(0);
}

worker::Answerer::Spec OneWorker::answerer_spec() noexcept {
  return {.id = base::WorkerId(0),
          .hash = spec_.hash,
          .cache = &cache_,
          .inflight = &table_,
          .misses = &misses_,
          .completions = &completions_,
          .recorder = &recorder_,
          .allowance = &allowance_};
}

void OneWorker::fill(std::uint64_t first, std::uint64_t count, const Answer& answer) {
  for (std::uint64_t number = first; number < first + count; ++number) {
    const dns::QuestionKey asked = key(number);
    SLUICE_REQUIRE(cache_.insert(answer.entry(asked, (*spec_.hash)(asked.view().bytes())), spec_.clock->now()) !=
                   nullptr);
    if (number % 64 == 0) {
      report_quiescent();
      cache_.reclaim();
    }
  }
}

std::size_t OneWorker::take_misses(std::vector<base::Handle>& opened) {
  opened.clear();
  for (const egress::Miss* miss = misses_.front(); miss != nullptr; miss = misses_.front()) {
    if (miss->kind == egress::MissKind::kAsk) opened.push_back(miss->handle);
    misses_.pop();
  }
  return opened.size();
}

void OneWorker::fail(const std::vector<base::Handle>& opened) {
  for (const base::Handle handle : opened) {
    SLUICE_REQUIRE(completions_.push({.handle = handle, .failure = egress::Failure::kTimeout}));
  }
}

std::string OneWorker::fates() const {
  std::string text;
  for (std::uint16_t i = 0; i < static_cast<std::uint16_t>(worker::Counter::kCount); ++i) {
    const auto which = static_cast<worker::Counter>(i);
    if (count(which) == 0) continue;
    text.append(text.empty() ? "" : ", ").append(counter_info(which).name);
    text.append(" ").append(std::to_string(count(which)));
  }
  return text;
}

}  // namespace perf
