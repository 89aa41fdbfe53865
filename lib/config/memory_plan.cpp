// SPDX-License-Identifier: Apache-2.0
// Sums up memory before anything is reserved, so that a shortage is a sentence and not a crash.
#include "memory_plan.hpp"

#include <algorithm>
#include <bit>

#include <fmt/core.h>

#include "appliance/data_plane.hpp"
#include "config/plan.hpp"

namespace config {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kHugepageBytes = 2 * kMiB;
constexpr std::uint64_t kEalBytes = 64 * kMiB;      // rings and EAL's own
constexpr std::uint64_t kSystemBytes = 128 * kMiB;  // left to the kernel and everything else
constexpr std::uint64_t kConnectionBytes = 512;     // of an idle client
constexpr std::uint64_t kMinAutoBytes = 64 * kMiB;
constexpr std::uint32_t kSpareMbufs = 4'096;       // of each worker: bursts, rings between cores, per-lcore caches
constexpr std::uint64_t kMbufOverheadBytes = 512;  // struct rte_mbuf, headroom, mempool header

/// A frame lies in one mbuf, whatever the MTU.
std::uint16_t mbuf_data_bytes(const Settings& settings) {
  constexpr unsigned kFrameOverheadBytes = 14 + 2 * 4 + 4;  // Ethernet, two 802.1Q tags, checksum
  const unsigned frame_bytes = settings.port.mtu_bytes + kFrameOverheadBytes;
  const unsigned rounded = (frame_bytes + 63U) / 64U * 64U;
  return std::max(settings.profile.mbuf_data_bytes, static_cast<std::uint16_t>(rounded));
}

std::uint32_t mbufs_per_worker(const Profile& profile) {
  return std::bit_ceil(std::uint32_t{profile.rx_descriptors} + profile.tx_descriptors + kSpareMbufs) - 1;
}

std::uint64_t rounded_up(std::uint64_t bytes) { return (bytes + kHugepageBytes - 1) / kHugepageBytes * kHugepageBytes; }

std::string in_mib(std::uint64_t bytes) { return fmt::format("{}MiB", bytes / kMiB); }

/// What connections take in this process at most; without the kernel's own buffers.
std::uint64_t tcp_bytes(const answer::TcpSettings& tcp) {
  return tcp.max_buffered_bytes + tcp.max_connections * kConnectionBytes;
}

void check_total(const CheckedConfig& config, const Settings& settings, const MemorySettings& memory,
                 const Machine& machine, Problems& problems) {
  const std::uint64_t needed = memory.total_bytes + tcp_bytes(settings.tcp) + kSystemBytes;
  if (!config.cache.size_bytes.usable() || needed <= machine.memory_bytes) return;
  const std::uint64_t rest = needed - settings.cache.size_bytes;
  const std::uint64_t most = machine.memory_bytes > rest ? machine.memory_bytes - rest : 0;
  problems.add(config.cache.size_bytes.mark, config.cache.size_bytes.key,
               fmt::format("{} does not fit: the machine has {}, of which packets, tables and the system need {}",
                           keyfile::show_bytes(settings.cache.size_bytes), in_mib(machine.memory_bytes), in_mib(rest)),
               fmt::format("up to {}", in_mib(most)));
}

/// Hugepages that must be there and are not.
void report_shortage(const CheckedConfig& config, const Settings& settings, std::uint64_t needed_bytes,
                     const Machine& machine, Problems& problems) {
  const bool needs_them = settings.profile.needs_hugepages;
  if (config.hugepages.value == Hugepages::kOff) {
    problems.add(config.hugepages.mark, config.hugepages.key,
                 fmt::format("profile {} requires hugepages", settings.profile.name), "auto or required");
    return;
  }
  problems.add(
      config.hugepages.mark, config.hugepages.key,
      fmt::format("{} of hugepages are needed, {} are free; get them with \"sysctl vm.nr_hugepages={}\"",
                  in_mib(needed_bytes), in_mib(machine.free_hugepage_bytes), needed_bytes / kHugepageBytes),
      needs_them ? "enough hugepages, or a smaller cache.size" : "enough hugepages, a smaller cache.size, or auto");
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
  memory.mbufs_per_worker = mbufs_per_worker(settings.profile);
  const std::uint64_t pool_bytes = (memory.mbufs_per_worker + 1ULL) * (memory.mbuf_data_bytes + kMbufOverheadBytes);
  memory.eal_bytes = rounded_up(kEalBytes + settings.workers() * pool_bytes);
  memory.total_bytes = memory.eal_bytes + rounded_up(settings.cache.size_bytes) +
                       rounded_up(appliance::DataPlane::bytes_needed(plan_of(settings)));
  check_total(config, settings, memory, machine, problems);
  if (!config.hugepages.usable()) return memory;

  const bool enough = machine.free_hugepage_bytes >= memory.total_bytes;
  memory.hugepages = enough && config.hugepages.value != Hugepages::kOff;
  const bool must = config.hugepages.value == Hugepages::kRequired || settings.profile.needs_hugepages;
  if (must && !memory.hugepages) report_shortage(config, settings, memory.total_bytes, machine, problems);
  return memory;
}

}  // namespace config
