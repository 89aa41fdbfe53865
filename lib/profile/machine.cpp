// SPDX-License-Identifier: Apache-2.0
// Asks the kernel what this process may use.
#include "profile/machine.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fstream>
#include <string>

#include <sched.h>
#include <unistd.h>

namespace profile {
namespace {

/// "Name:   123 kB" of /proc/meminfo; 0 when it is not there.
std::uint64_t meminfo(std::string_view name) {
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
    return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10);
  }
  return 0;
}

/// The limit of our control group (version 2), or all ones.
std::uint64_t cgroup_limit_bytes() {
  std::ifstream membership("/proc/self/cgroup");
  std::uint64_t least = ~std::uint64_t{0};
  for (std::string line; std::getline(membership, line);) {
    if (!line.starts_with("0::")) continue;
    std::ifstream limit("/sys/fs/cgroup" + line.substr(3) + "/memory.max");
    std::uint64_t bytes = 0;
    if (limit >> bytes) least = std::min(least, bytes);
  }
  return least;
}

}  // namespace

diag::Result<Machine> probe_machine() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return diag::fail(diag::Error::from_errno(errno, "CPU affinity"));
  Machine machine;
  for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) machine.cpus.push_back(cpu);
  }
  constexpr std::uint64_t kKiB = 1'024;
  machine.memory_bytes = std::min(meminfo("MemTotal") * kKiB, cgroup_limit_bytes());
  machine.free_hugepage_bytes = meminfo("HugePages_Free") * meminfo("Hugepagesize") * kKiB;
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) == 0 && name[0] != 0) machine.hostname = name.data();
  return machine;
}

}  // namespace profile
