// SPDX-License-Identifier: Apache-2.0
/// @file machine.hpp – CPUs, memory and hugepages of the machine, from which `auto` is resolved.
///
/// Purpose    configuration is a function of a file, a profile and a Machine, so a test can use any machine.
/// Threads    control, at start.
/// Ownership  value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/result.hpp"

namespace profile {

struct Machine {
  std::vector<std::uint32_t> cpus;        // CPUs that this process may run on, ascending, at least one
  std::uint64_t memory_bytes = 0;         // physical memory, or the cgroup's limit when that is less
  std::uint64_t free_hugepage_bytes = 0;  // of the default size, not yet taken
  std::string hostname = "localhost";
};

/// Asks the kernel: affinity mask, /proc/meminfo, the cgroup's memory.max, the host name.
[[nodiscard]] diag::Result<Machine> probe_machine();

}  // namespace profile
