// SPDX-License-Identifier: Apache-2.0
/// @file keys.hpp – tables of keys: what may be written in a file.
///
/// Purpose    one row for each key drives the check of unknown keys, did-you-mean, types, ranges, defaults, the generated
///            reference and the JSON Schema.
/// Threads    control; values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "keyfile/key_value.hpp"

namespace keyfile {

enum class Type : std::uint8_t {
  kMap,
  kList,
  kInteger,
  kFraction,          // 0 to 1
  kBytes,             // 256MiB
  kDuration,          // 30s
  kPercent,           // 10%
  kAddress,           // 10.77.0.2
  kInterfaceAddress,  // 10.77.0.53/24
  kPrefix,            // 10.0.0.0/8
  kZone,              // corp.example
  kName,              // letters, digits, '-', '_', '.'
  kInterface,         // name of a network interface
  kDevice,            // interface, PCI address or path
  kPath,              // absolute
  kText,
  kSecret,  // hexadecimal digits
  kChoice,  // one of `words`
};

/// Identifies an enumeration by its address.
template <class E>
inline constexpr char kEnumTag = 0;

/// A word that may be written: an enumerator of a kChoice, or a word instead of a value ("auto", "none").
struct Word {
  constexpr Word() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): rows read as lists of words
  constexpr Word(const char* word) noexcept : text(word) {}
  template <class E>
  requires std::is_enum_v<E>
  constexpr Word(const char* word, E enumerator) noexcept
      : text(word), value(static_cast<std::uint8_t>(enumerator)), type(&kEnumTag<E>) {}

  std::string_view text;
  std::uint8_t value = 0;      // the enumerator
  const char* type = nullptr;  // its enumeration; nullptr: a word without one
};

class Words {
 public:
  constexpr Words() = default;
  constexpr Words(std::initializer_list<Word> words) noexcept {
    for (const Word& word : words) words_[size_++] = word;
  }
  [[nodiscard]] constexpr const Word* begin() const noexcept { return words_.data(); }
  [[nodiscard]] constexpr const Word* end() const noexcept { return words_.data() + size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<Word, 8> words_{};  // a longer list does not compile
  std::size_t size_ = 0;
};

/// Where a value goes. The owner of a table defines what this is; keyfile only carries the pointer.
struct Binding;

/// One key. Paths name lists as "uplinks[]", so "uplinks[].budget.limit" is the limit of any uplink.
struct KeySpec {
  std::string_view path{};
  Type type = Type::kText;
  std::string_view fallback{};  // the default as it is written in a file; empty: the key is required
  std::uint64_t min = 0;        // numbers: value; texts: bytes; lists: elements; durations: nanoseconds
  std::uint64_t max = 0;
  std::uint64_t step = 1;          // durations: what a value must be a multiple of
  Words words{};                   // what may be written instead of the type, or the choices of kChoice
  std::string_view doc{};          // one line for docs/configuration.md
  Reload reload = Reload::kUnset;  // what a reload does with a change; unset in tables that are not reloaded
  const Binding* to = nullptr;     // nullptr: code of its own settles the value
};

using Table = std::span<const KeySpec>;

/// A renamed key. A file with the old name is rejected, and the message gives the new name.
struct RenamedKey {
  std::string_view before;  // path
  std::string_view now;
};

[[nodiscard]] const KeySpec* find_key(Table table, std::string_view path);
/// Last names of the keys directly below `path` ("" for the top).
[[nodiscard]] std::vector<std::string_view> children_of(Table table, std::string_view path);
[[nodiscard]] std::vector<std::string_view> words_of(const KeySpec& spec);
[[nodiscard]] const Word* find_word(const KeySpec& spec, std::string_view text);
[[nodiscard]] bool is_word(const KeySpec& spec, std::string_view text);

/// What is allowed, to complete "allowed: …".
[[nodiscard]] std::string allowed(const KeySpec& spec);
/// The last name of a path: "limit" of "uplinks[].budget.limit".
[[nodiscard]] std::string_view last_name(std::string_view path);

[[nodiscard]] std::string show_bytes(std::uint64_t bytes);
[[nodiscard]] std::string show_duration(std::uint64_t ns);

/// The candidate closest to `text`, or empty when none is close.
[[nodiscard]] std::string_view closest(std::string_view text, std::span<const std::string_view> candidates);
/// `, did you mean "x"` or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace keyfile
