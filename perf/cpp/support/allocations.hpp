// SPDX-License-Identifier: Apache-2.0
/// @file allocations.hpp – how often this process has asked for memory.
///
/// Purpose    a measurement that allocates measures the wrong thing: who links this counts every malloc and new.
/// Threads    counts those of all threads.
#pragma once

#include <cstdint>

namespace perf {

/// Calls of malloc, calloc, realloc, aligned_alloc and of every operator new since the start.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace perf
