// SPDX-License-Identifier: Apache-2.0
// Rounds of batches: frames go into the RX ring first, and the readings enclose only the polls.
#include "bench.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "stages.hpp"
#include "support/allocations.hpp"
#include "swap.hpp"

namespace perf {
namespace {

constexpr std::size_t kPollsPerBatch = kBatch / packet::kBurst;

/// With room for all batches.
cache::Settings cache_for(std::uint64_t entries) {
  constexpr std::size_t kBytesAnEntry = 190;
  cache::Settings settings;
  settings.size_bytes = std::max<std::size_t>(settings.size_bytes, entries * kBytesAnEntry);
  return settings;
}

[[noreturn]] void give_up(const std::string& what) {
  fmt::print(stderr, "pipeline: {}\n", what);
  std::exit(2);
}

}  // namespace

Bench::Bench(const Spec& spec) : spec_(spec), hash_(fixed_secret()), generation_(hash_) {
  world_ = std::make_unique<OneWorker>(OneWorker::Spec{.port = &port_.queue(),
                                                       .clock = &clock_,
                                                       .hash = &hash_,
                                                       .generation = generation_.reader(),
                                                       .cache = cache_for(spec.entries),
                                                       .coalesce = {}});
  world_->fill(0, spec_.entries, Answer());
  stages_ = std::make_unique<Stages>(*world_, port_.queue(), generation_.reader());
}

Bench::~Bench() = default;

bool Bench::is_kept(std::uint64_t name) const {
  const dns::QuestionKey asked = key(name);
  return world_->cache().find(hash_(asked.view().bytes()), asked.view()) != nullptr;
}

void Bench::offer(const Scenario& scenario, std::size_t batch) {
  std::array<const Frame*, kBatch> frames;
  const std::size_t begin = batch * kBatch % scenario.frames.size();
  for (std::size_t i = 0; i < kBatch; ++i) frames[i] = &scenario.frames[begin + i];
  port_.offer(frames);
}

// Cleans up after a batch: answers in the TX ring, questions that wait for the egress core.
void Bench::settle(const Scenario& scenario) {
  const std::size_t sent = port_.collect();
  if (scenario.is_replied && sent != kBatch) give_up(fmt::format("{}: {} of {} replied", scenario.name, sent, kBatch));
  if (!scenario.opens) return;
  world_->take_misses(opened_);
  world_->fail(opened_);
  clock_.advance(
      std::chrono::milliseconds(10));  // 25,600 misses a second: a flood, but within the allowance of its network
  while (world_->poll() != 0) port_.collect();
}

// The question that the batch's clients join.
void Bench::open_joined(const Scenario& scenario) {
  if (scenario.opener.empty()) return;
  const std::array<const Frame*, 1> frames{&scenario.opener};
  port_.offer(frames);
  static_cast<void>(world_->poll());
}

double Bench::round_of_worker(const Scenario& scenario) {
  batches_.clear();
  const std::uint64_t before = world_->count(scenario.outcome);
  for (std::size_t batch = 0; batch < spec_.batches; ++batch) {
    open_joined(scenario);
    offer(scenario, batch);
    const std::uint64_t begin = ticks();
    for (std::size_t i = 0; i < kPollsPerBatch; ++i) static_cast<void>(world_->poll());
    batches_.push_back(ticks() - begin);
    settle(scenario);
  }
  const std::uint64_t met = world_->count(scenario.outcome) - before;
  if (met != spec_.batches * kBatch) {
    give_up(fmt::format("{}: {} of {} packets had the expected outcome; {}", scenario.name, met, spec_.batches * kBatch,
                        world_->outcomes()));
  }
  return typical_batch();
}

double Bench::round_of_swap(const Scenario& scenario) {
  batches_.clear();
  for (std::size_t batch = 0; batch < spec_.batches; ++batch) {
    offer(scenario, batch);
    const std::uint64_t begin = ticks();
    for (std::size_t i = 0; i < kPollsPerBatch; ++i) static_cast<void>(swap_burst(port_.id()));
    batches_.push_back(ticks() - begin);
    if (port_.collect() != kBatch) give_up("plain forwarding lost packets");
  }
  return typical_batch();
}

// The median of the batches: a batch that the kernel or the host interrupts takes a hundred times as long.
double Bench::typical_batch() noexcept {
  const auto middle = batches_.begin() + static_cast<std::ptrdiff_t>(batches_.size() / 2);
  std::nth_element(batches_.begin(), middle, batches_.end());
  return static_cast<double>(*middle) / static_cast<double>(kBatch);
}

void Bench::round_of_stages(const Scenario& scenario, std::array<double, kStages.size()>& sums) {
  for (std::vector<double>& list : stage_batches_) list.clear();
  for (std::size_t batch = 0; batch < spec_.batches; ++batch) {
    open_joined(scenario);
    offer(scenario, batch);
    sums.fill(0);
    for (std::size_t i = 0; i < kPollsPerBatch; ++i) stages_->poll(clock_.now(), sums);
    for (std::size_t i = 0; i < sums.size(); ++i) stage_batches_[i].push_back(sums[i]);
    settle(scenario);
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    std::vector<double>& list = stage_batches_[i];
    const auto middle = list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2);
    std::nth_element(list.begin(), middle, list.end());
    sums[i] = *middle / static_cast<double>(kBatch);
  }
}

Measured Bench::measure(const Scenario& scenario) {
  std::vector<double> cycles;
  std::vector<double> swap;
  std::vector<double> added;
  std::array<std::vector<double>, kStages.size()> stages;
  for (auto* list : {&cycles, &swap, &added}) list->reserve(spec_.rounds);
  for (auto& list : stages) list.reserve(spec_.rounds);
  opened_.reserve(kBatch);
  batches_.reserve(spec_.batches);
  for (auto& list : stage_batches_) list.reserve(spec_.batches);
  if (scenario.fill.count != 0) world_->fill(scenario.fill.first, scenario.fill.count, Answer(scenario.fill.records));
  static_cast<void>(round_of_worker(scenario));  // warms up
  const std::uint64_t before = allocations();
  for (std::size_t round = 0; round < spec_.rounds; ++round) {
    swap.push_back(round_of_swap(scenario));
    cycles.push_back(round_of_worker(scenario));
    added.push_back(cycles.back() - swap.back());
    std::array<double, kStages.size()> sums;
    round_of_stages(scenario, sums);
    for (std::size_t i = 0; i < sums.size(); ++i) stages[i].push_back(sums[i]);
  }
  const std::uint64_t allocated = allocations() - before;
  if (allocated != 0) give_up(fmt::format("{}: {} allocations in the data path", scenario.name, allocated));
  Measured measured{.name = scenario.name,
                    .what = scenario.what,
                    .cycles = spread_of(cycles),
                    .swap = spread_of(swap),
                    .added = spread_of(added),
                    .allocations = allocated};
  for (std::size_t i = 0; i < stages.size(); ++i) measured.stages[i] = median_of(stages[i]);
  return measured;
}

}  // namespace perf
