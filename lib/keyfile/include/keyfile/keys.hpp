// SPDX-License-Identifier: Apache-2.0
/// @file keys.hpp – tables of keys: what may be written in a file.
///
/// Purpose    one row for each key drives the check of unknown keys, did-you-mean, types, ranges, defaults, the generated
///            reference and the JSON Schema.
/// Threads    control; values and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
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

/// One key. Paths name lists as "uplinks[]", so "uplinks[].budget.limit" is the limit of any uplink.
struct KeySpec {
  std::string_view path;
  Type type = Type::kText;
  std::string_view fallback;  // the default as it would stand in the file; empty: the key is required
  std::uint64_t min = 0;      // numbers: value; texts: bytes; lists: elements; durations: nanoseconds
  std::uint64_t max = 0;
  std::uint64_t step = 1;          // durations: what a value must be a multiple of
  std::string_view words;          // "none" or "off|core|global": words that may stand instead of the type
  std::string_view doc;            // one line for docs/configuration.md
  Reload reload = Reload::kUnset;  // what a reload does with a change; unset in tables that are not reloaded
};

using Table = std::span<const KeySpec>;

[[nodiscard]] const KeySpec* find_key(Table table, std::string_view path);
/// Last names of the keys directly below `path` ("" for the top).
[[nodiscard]] std::vector<std::string_view> children_of(Table table, std::string_view path);
[[nodiscard]] std::vector<std::string_view> words_of(const KeySpec& spec);
[[nodiscard]] bool is_word(const KeySpec& spec, std::string_view text);

/// What may stand there, as a sentence completes "allowed: …".
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
