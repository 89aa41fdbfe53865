// SPDX-License-Identifier: Apache-2.0
/// @file contract.hpp – the three contracts that replace assert().
///
/// Purpose    SLUICE_REQUIRE(c)  always on; aborts with file and line: boot and memory safety.
///            SLUICE_CHECK(c)    evaluates to the truth of c; the caller must handle false and count it.
///            SLUICE_ASSUME(c)   checked in debug builds, an optimiser hint in release builds.
/// Threads    any.
#pragma once

namespace base {

/// Prints the condition and its place to stderr and aborts. Never returns.
[[noreturn]] void contract_broken(const char* condition, const char* file, int line) noexcept;

/// Keeps SLUICE_CHECK's result from being ignored.
[[nodiscard]] constexpr bool checked(bool truth) noexcept { return truth; }

}  // namespace base

#define SLUICE_REQUIRE(condition)                                           \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::base::contract_broken(#condition, __FILE__, __LINE__))

#define SLUICE_CHECK(condition) (::base::checked(__builtin_expect(static_cast<bool>(condition), 1)))

#ifdef NDEBUG
#define SLUICE_ASSUME(condition) (static_cast<bool>(condition) ? static_cast<void>(0) : __builtin_unreachable())
#else
#define SLUICE_ASSUME(condition) SLUICE_REQUIRE(condition)
#endif
