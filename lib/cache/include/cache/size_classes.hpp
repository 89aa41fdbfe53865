// SPDX-License-Identifier: Apache-2.0
/// @file size_classes.hpp – the sizes of chunks and pages.
///
/// Purpose    what an entry of a given size costs: the smallest chunk that holds it.
/// Threads    constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cache {

inline constexpr std::size_t kChunkUnitBytes = 64;  // chunks begin on multiples of it

/// The last class holds any DNS message: 65,535 bytes, with a TTL offset for each of its records.
inline constexpr std::array<std::uint32_t, 11> kClassBytes{128,  192,  256,  384,  512,   768,
                                                           1024, 1536, 2048, 4096, 74'752};
inline constexpr std::size_t kClasses = kClassBytes.size();
inline constexpr std::size_t kLargeClass = kClasses - 1;
inline constexpr std::size_t kSpareClass = kLargeClass - 1;  // the largest class of the 64 KiB pages
inline constexpr std::size_t kPageBytes = 64U << 10U;
inline constexpr std::size_t kLargePageBytes = kChunkUnitBytes + kClassBytes[kLargeClass];  // its note and one chunk
inline constexpr std::size_t kChunkNoteBytes = 24;  // what the writer keeps for each chunk, in its page
inline constexpr std::size_t kBucketBytes = 64;

/// The first class whose chunks hold `bytes`, or kClasses.
[[nodiscard]] std::size_t class_for(std::size_t bytes) noexcept;

}  // namespace cache
