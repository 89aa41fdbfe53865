// SPDX-License-Identifier: Apache-2.0
// How much memory the daemon needs and which kind. Private to this library.
#pragma once

#include "checked.hpp"

namespace config {

/// The size in the file, or a quarter of the machine's memory.
[[nodiscard]] std::uint64_t cache_bytes(const AutoNumber& size, const Machine& machine);

/// What EAL must find for `settings` (whose memory is not planned yet), and whether it lies in hugepages.
[[nodiscard]] MemorySettings plan_memory(const CheckedConfig& config, const Settings& settings, const Machine& machine,
                                         Problems& problems);

}  // namespace config
