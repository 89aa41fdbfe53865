// SPDX-License-Identifier: Apache-2.0
// The plan of one worker, and the egress core's side of its rings.
#include "support/one_worker.hpp"

#include "base/contract.hpp"

namespace perf {

appliance::Plan OneWorker::plan_of(const Spec& spec) {
  appliance::Plan plan;
  plan.coalesce = spec.coalesce;
  plan.cache = spec.cache;
  plan.egress.max_fetches = 16;
  egress::UplinkSettings uplink;
  SLUICE_REQUIRE(uplink.servers.push_back(client_address(1U << 20U)));
  SLUICE_REQUIRE(plan.egress.uplinks.push_back(uplink));
  return plan;
}

appliance::Dependencies OneWorker::dependencies() {
  appliance::Dependencies with;
  with.table_memory = table_memory_.bytes();
  with.cache_memory = cache_memory_.bytes();
  with.worker_ports = {spec_.port};
  with.egress_port = spec_.port;
  with.clock = spec_.clock;
  with.hash = spec_.hash;
  with.entropy = &entropy_;
  with.generation = [this](std::size_t /*reader*/) { return spec_.generation; };
  return with;
}

OneWorker::OneWorker(const Spec& spec)
    : spec_(spec),
      cache_memory_(spec.cache.size_bytes),
      table_memory_(appliance::DataPlane::bytes_needed(plan_of(spec))),
      plane_(plan_of(spec), dependencies()) {
  plane_.online();
}

answer::Answerer::Spec OneWorker::answerer_spec() noexcept {
  const worker::Worker::Spec& spec = plane_.worker_spec(0);
  return {.id = spec.id,
          .hash = spec.hash,
          .cache = spec.cache,
          .inflight = spec.inflight,
          .misses = spec.links.misses,
          .completions = spec.links.completions,
          .recorder = spec.recorder,
          .allowance = spec.allowance};
}

void OneWorker::fill(std::uint64_t first, std::uint64_t count, const Answer& answer) {
  for (std::uint64_t number = first; number < first + count; ++number) {
    const dns::QuestionKey asked = key(number);
    SLUICE_REQUIRE(cache().insert(answer.entry(asked, (*spec_.hash)(asked.view().bytes())), spec_.clock->now()) !=
                   nullptr);
    if (number % 64 == 0) {
      report_quiescent();
      cache().reclaim();
    }
  }
}

std::size_t OneWorker::take_misses(std::vector<base::Handle>& opened) {
  opened.clear();
  egress::MissRing& misses = *plane_.misses().front();
  for (const egress::Miss* miss = misses.front(); miss != nullptr; miss = misses.front()) {
    if (miss->kind == egress::MissKind::kAsk) opened.push_back(miss->handle);
    misses.pop();
  }
  return opened.size();
}

void OneWorker::fail(const std::vector<base::Handle>& opened) {
  for (const base::Handle handle : opened) {
    SLUICE_REQUIRE(plane_.completions().front()->push({.handle = handle, .failure = egress::Failure::kTimeout}));
  }
}

std::string OneWorker::outcomes() const {
  std::string text;
  for (std::uint16_t i = 0; i < static_cast<std::uint16_t>(answer::Counter::kCount); ++i) {
    const auto which = static_cast<answer::Counter>(i);
    if (count(which) == 0) continue;
    text.append(text.empty() ? "" : ", ").append(counter_info(which).name);
    text.append(" ").append(std::to_string(count(which)));
  }
  return text;
}

}  // namespace perf
