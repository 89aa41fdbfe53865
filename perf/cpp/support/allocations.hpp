// SPDX-License-Identifier: Apache-2.0
/// @file allocations.hpp – counts the allocations of this process.
///
/// Purpose    measured code must not allocate: a program that links this counts every malloc and new.
/// Threads    counts the calls of all threads.
#pragma once

#include <cstdint>

namespace perf {

/// Calls of malloc, calloc, realloc, aligned_alloc and of every operator new since the start.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace perf
