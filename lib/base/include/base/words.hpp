// SPDX-License-Identifier: Apache-2.0
/// @file words.hpp – enumerators and the words that configuration, control protocol and reports write for them.
///
/// Purpose    an enumeration that users see has one table of words, beside its definition.
///              inline constexpr std::array kColorWords{base::Word{"red", Color::kRed}, base::Word{"blue", Color::kBlue}};
///              base::word_of(kColorWords, Color::kRed)  →  "red"
/// Threads    pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace base {

template <class E>
struct Word {
  std::string_view text;
  E value;
};
template <class E>
Word(const char*, E) -> Word<E>;

/// Empty when the table lacks the enumerator.
template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(const std::array<Word<E>, N>& words, E value) noexcept {
  for (const Word<E>& word : words) {
    if (word.value == value) return word.text;
  }
  return {};
}

template <class E, std::size_t N>
[[nodiscard]] constexpr std::optional<E> value_of(const std::array<Word<E>, N>& words, std::string_view text) noexcept {
  for (const Word<E>& word : words) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

/// The words alone, in the order of the table.
template <class E, std::size_t N>
[[nodiscard]] constexpr std::array<std::string_view, N> texts_of(const std::array<Word<E>, N>& words) noexcept {
  std::array<std::string_view, N> texts{};
  for (std::size_t i = 0; i < N; ++i) texts[i] = words[i].text;
  return texts;
}

}  // namespace base
