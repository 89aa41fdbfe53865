// SPDX-License-Identifier: Apache-2.0
/// @file wide.hpp – letter case of sixteen bytes at once; private to this library.
///
/// Purpose    the same as swar.hpp with SSE2, which every x86-64 has: a third of the instructions for typical names.
/// RFC        4343 §2: only A-Z and a-z have case; bytes of 0x80 and more, which are negative here, stay.
#pragma once

#include <cstddef>
#include <cstdint>

#include <emmintrin.h>

namespace dns::wide {

inline constexpr std::size_t kBytes = sizeof(__m128i);

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): what the unaligned loads and stores of SSE2 ask for
[[nodiscard]] inline __m128i load(const std::byte* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline void store(std::byte* at, __m128i bytes) noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bytes); }
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

/// All bits of the bytes that are A-Z.
[[nodiscard]] inline __m128i upper(__m128i bytes) noexcept {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
}
[[nodiscard]] inline __m128i fold(__m128i bytes) noexcept {
  return _mm_or_si128(bytes, _mm_and_si128(upper(bytes), _mm_set1_epi8(0x20)));
}
/// Bit i for byte i.
[[nodiscard]] inline std::uint64_t upper_mask(__m128i bytes) noexcept {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(upper(bytes)));
}

}  // namespace dns::wide
