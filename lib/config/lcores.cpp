// SPDX-License-Identifier: Apache-2.0
// Roles to CPUs, CPUs to polling threads.
#include "lcores.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace config {
namespace {

using Cpus = std::vector<std::uint32_t>;

bool has(const Cpus& cpus, std::uint32_t cpu) { return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end(); }

std::optional<std::uint32_t> given(const AutoNumber& cpu) {
  if (!cpu.value) return std::nullopt;
  return static_cast<std::uint32_t>(*cpu.value);
}

/// The machine's CPUs without some; in ascending order.
Cpus without(const Cpus& all, const Cpus& taken) {
  Cpus rest;
  std::copy_if(all.begin(), all.end(), std::back_inserter(rest), [&](std::uint32_t cpu) { return !has(taken, cpu); });
  return rest;
}

void check_cpu(std::uint64_t cpu, Mark mark, const std::string& key, const Machine& machine, Problems& problems) {
  if (has(machine.cpus, static_cast<std::uint32_t>(cpu))) return;
  problems.add(mark, key, fmt::format("CPU {} is not in the affinity mask of this process", cpu),
               fmt::format("CPUs {}", fmt::join(machine.cpus, ", ")));
}

void check_cpus(const CheckedLcores& config, const Machine& machine, Problems& problems) {
  for (const Marked<std::uint64_t>& cpu : config.workers.items) {
    if (cpu.usable()) check_cpu(cpu.value, cpu.mark, cpu.key, machine, problems);
  }
  for (const AutoNumber* cpu : {&config.egress, &config.control}) {
    if (cpu->usable() && cpu->value) check_cpu(*cpu->value, cpu->mark, cpu->key, machine, problems);
  }
}

/// The file names the workers' CPUs: egress gets one of its own when another is left for control.
void fill_around_workers(LcoreSettings& settings, std::optional<std::uint32_t> egress,
                         std::optional<std::uint32_t> control, const Machine& machine) {
  Cpus taken = settings.worker_cpus;
  if (control) taken.push_back(*control);
  const Cpus rest = without(machine.cpus, taken);
  const std::size_t needed = control ? 1 : 2;
  settings.egress_cpu = egress.value_or(rest.size() >= needed ? rest.front() : settings.worker_cpus.back());
  taken.push_back(settings.egress_cpu);
  const Cpus unpolled = without(machine.cpus, taken);
  settings.control_cpu = control.value_or(unpolled.empty() ? machine.cpus.front() : unpolled.front());
}

void place_all(LcoreSettings& settings, std::optional<std::uint32_t> egress, std::optional<std::uint32_t> control,
               const Machine& machine, const Profile& profile) {
  const Cpus for_control = egress ? without(machine.cpus, {*egress}) : machine.cpus;
  settings.control_cpu = control.value_or(for_control.empty() ? machine.cpus.front() : for_control.front());
  const Cpus for_egress = without(machine.cpus, {settings.control_cpu});
  settings.egress_cpu = egress.value_or(for_egress.empty() ? settings.control_cpu : for_egress.front());
  settings.worker_cpus = without(machine.cpus, {settings.control_cpu, settings.egress_cpu});
  if (settings.worker_cpus.empty()) settings.worker_cpus.push_back(settings.egress_cpu);
  constexpr std::size_t kMaxWorkers = 32;  // as the table says for lcores.workers
  const std::size_t most = std::min<std::size_t>(profile.max_queues, kMaxWorkers);
  if (settings.worker_cpus.size() > most) settings.worker_cpus.resize(most);
}

std::vector<PollThread> threads_of(const LcoreSettings& settings) {
  std::vector<PollThread> threads;
  const auto thread_on = [&](std::uint32_t cpu) -> PollThread& {
    for (PollThread& thread : threads) {
      if (thread.cpu == cpu) return thread;
    }
    threads.push_back({base::LcoreId(static_cast<std::uint32_t>(threads.size())), cpu, {}, false});
    return threads.back();
  };
  for (std::size_t i = 0; i < settings.worker_cpus.size(); ++i) {
    thread_on(settings.worker_cpus[i]).workers.emplace_back(static_cast<std::uint16_t>(i));
  }
  thread_on(settings.egress_cpu).egress = true;
  return threads;
}

worker::IdleSettings settle_idle(const CheckedLcores& config, const Profile& profile) {
  worker::IdleSettings idle = profile.idle;
  if (const auto polls = config.pause_after_polls.value) idle.polls_before_pause = static_cast<std::uint32_t>(*polls);
  if (const auto polls = config.sleep_after_polls.value) idle.polls_before_sleep = static_cast<std::uint32_t>(*polls);
  if (const auto sleep = config.sleep.value) idle.sleep = std::chrono::duration_cast<std::chrono::microseconds>(*sleep);
  return idle;
}

}  // namespace

LcoreSettings settle_lcores(const CheckedLcores& config, const Machine& machine, const Profile& profile,
                            Problems& problems) {
  check_cpus(config, machine, problems);
  LcoreSettings settings;
  settings.idle = settle_idle(config, profile);
  if (config.workers.is_word || config.workers.items.empty()) {
    place_all(settings, given(config.egress), given(config.control), machine, profile);
  } else {
    for (const Marked<std::uint64_t>& cpu : config.workers.items) {
      settings.worker_cpus.push_back(static_cast<std::uint32_t>(cpu.value));
    }
    fill_around_workers(settings, given(config.egress), given(config.control), machine);
    if (settings.worker_cpus.size() > profile.max_queues) {
      problems.add(config.workers.mark, config.workers.key,
                   fmt::format("{} workers, but profile {} has queues for {}", settings.worker_cpus.size(),
                               profile.name, profile.max_queues),
                   fmt::format("1 to {} workers", profile.max_queues));
    }
  }
  settings.threads = threads_of(settings);
  return settings;
}

}  // namespace config
