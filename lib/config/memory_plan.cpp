// SPDX-License-Identifier: Apache-2.0
// Sums up memory before anything is reserved, so that a shortage is a sentence and not a crash.
#include "memory_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace config {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kHugepageBytes = 2 * kMiB;
constexpr std::uint64_t kFixedBytes = 64 * kMiB;   // rings, the egress table, EAL's own
constexpr std::uint64_t kMbufOverheadBytes = 512;  // struct rte_mbuf, headroom, mempool header
constexpr std::uint64_t kSpareMbufs = 4'096;       // of each worker: bursts, rings, per-lcore caches
constexpr std::uint64_t kWaiterBytes = 128;
constexpr std::uint64_t kQuestionBytes = 512;
constexpr std::uint64_t kMinAutoBytes = 64 * kMiB;
constexpr std::uint64_t kSystemBytes = 128 * kMiB;  // left to the kernel and everything else

/// A frame lies in one mbuf, whatever the MTU.
std::uint16_t mbuf_data_bytes(const Settings& settings) {
  constexpr unsigned kFrameOverheadBytes = 14 + 2 * 4 + 4;  // Ethernet, two 802.1Q tags, checksum
  const unsigned frame_bytes = settings.port.mtu_bytes + kFrameOverheadBytes;
  const unsigned rounded = (frame_bytes + 63U) / 64U * 64U;
  return std::max(settings.profile.mbuf_data_bytes, static_cast<std::uint16_t>(rounded));
}

std::uint64_t worker_bytes(const Settings& settings) {
  const Profile& profile = settings.profile;
  const std::uint64_t mbufs = std::uint64_t{profile.rx_descriptors} + profile.tx_descriptors + kSpareMbufs;
  return mbufs * (mbuf_data_bytes(settings) + kMbufOverheadBytes) + settings.coalesce.max_waiting * kWaiterBytes +
         settings.coalesce.max_questions * kQuestionBytes;
}

std::uint64_t rounded_up(std::uint64_t bytes) { return (bytes + kHugepageBytes - 1) / kHugepageBytes * kHugepageBytes; }

std::string in_mib(std::uint64_t bytes) { return fmt::format("{}MiB", bytes / kMiB); }

void check_total(const CheckedConfig& config, const Settings& settings, std::uint64_t eal_bytes, const Machine& machine,
                 Problems& problems) {
  const std::uint64_t rest = eal_bytes - settings.cache.size_bytes + kSystemBytes;
  if (!config.cache.size_bytes.usable() || settings.cache.size_bytes + rest <= machine.memory_bytes) return;
  const std::uint64_t most = machine.memory_bytes > rest ? machine.memory_bytes - rest : 0;
  problems.add(config.cache.size_bytes.mark, config.cache.size_bytes.key,
               fmt::format("{} is more than there is: {} in all, {} of it needed for packets and system",
                           show_bytes(settings.cache.size_bytes), in_mib(machine.memory_bytes), in_mib(rest)),
               fmt::format("up to {}", in_mib(most)));
}

}  // namespace

std::uint64_t cache_bytes(const AutoNumber& size, const Machine& machine) {
  if (size.value) return *size.value;
  constexpr std::uint64_t kShare = 4;
  return std::max(kMinAutoBytes, machine.memory_bytes / kShare / kHugepageBytes * kHugepageBytes);
}

MemorySettings plan_memory(const CheckedConfig& config, const Settings& settings, const Machine& machine,
                           Problems& problems) {
  MemorySettings memory;
  memory.mbuf_data_bytes = mbuf_data_bytes(settings);
  memory.eal_bytes = rounded_up(settings.cache.size_bytes + kFixedBytes + settings.workers() * worker_bytes(settings));
  check_total(config, settings, memory.eal_bytes, machine, problems);
  if (!config.hugepages.usable()) return memory;

  const bool enough = machine.free_hugepage_bytes >= memory.eal_bytes;
  memory.hugepages = enough && config.hugepages.value != Hugepages::kOff;
  const bool wanted = config.hugepages.value == Hugepages::kRequired || settings.profile.needs_hugepages;
  if (memory.hugepages || !wanted) return memory;
  if (config.hugepages.value == Hugepages::kOff) {
    problems.add(config.hugepages.mark, config.hugepages.key,
                 fmt::format("profile {} cannot work without hugepages", settings.profile.name), "auto or required");
  } else {
    problems.add(
        config.hugepages.mark, config.hugepages.key,
        fmt::format("{} of hugepages are needed, {} are free; get them with \"sysctl vm.nr_hugepages={}\"",
                    in_mib(memory.eal_bytes), in_mib(machine.free_hugepage_bytes), memory.eal_bytes / kHugepageBytes),
        settings.profile.needs_hugepages ? "enough hugepages, or a smaller cache.size"
                                         : "enough hugepages, a smaller cache.size, or auto");
  }
  return memory;
}

}  // namespace config
