// SPDX-License-Identifier: Apache-2.0
// Numbers, durations and texts.
#include "keyfile/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

#include <fmt/core.h>

namespace keyfile {
namespace {

constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::uint64_t>::max();

tl::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  constexpr std::size_t kMaxShown = 60;
  const bool cut = text.size() > kMaxShown;
  return tl::unexpected<std::string>(fmt::format("\"{}{}\" {}", text.substr(0, kMaxShown), cut ? "…" : "", why));
}

/// Removes the digits at the beginning of `text`; nullopt if there are none or the number does not fit.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

Parsed<std::uint64_t> in_range(const KeySpec& spec, std::string_view text, std::uint64_t value) {
  if (value < spec.min) return wrong(text, "is too small");
  if (value > spec.max) return wrong(text, "is too large");
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kByteUnits{
    Unit{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}};
constexpr std::array<Unit, 6> kTimeUnits{Unit{"us", 1'000},     {"ms", 1'000'000},        {"s", 1'000'000'000},
                                         {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}};

Parsed<std::uint64_t> parse_bytes(const KeySpec& spec, std::string_view text) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = take_digits(rest);
  if (!number) return wrong(text, "is not a size");
  if (rest.empty()) return wrong(text, "has no unit");
  for (const Unit& unit : kByteUnits) {
    if (unit.name != rest) continue;
    if (*number > kMaxNumber / unit.factor) return wrong(text, "is too large");
    return in_range(spec, text, *number * unit.factor);
  }
  return wrong(text, "has an unknown unit");
}

Parsed<std::uint64_t> parse_integer(const KeySpec& spec, std::string_view text) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = take_digits(rest);
  const bool percent = spec.type == Type::kPercent;
  if (!number || rest != (percent ? "%" : "")) {
    return wrong(text, percent ? "is not a percentage" : "is not a whole number");
  }
  return in_range(spec, text, *number);
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_printable(char c) { return c >= 0x20 && c != 0x7f; }

bool has_right_chars(Type type, std::string_view text) {
  const auto all = [&](auto&& right) { return std::all_of(text.begin(), text.end(), right); };
  switch (type) {
    case Type::kName:
      return all(is_name_char) && text.front() != '.' && text.front() != '-';
    case Type::kInterface:
      return all([](char c) { return is_name_char(c) || c == '@'; }) && text != "." && text != "..";
    case Type::kDevice:
      return all([](char c) { return c > 0x20 && c != 0x7f && c != ',' && c != '{' && c != '}'; });
    case Type::kSecret:
      return all([](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
    case Type::kPath:
      return all(is_printable) && text.front() == '/';
    default:
      // Free text may contain tabs and non-ASCII characters, but no other control characters.
      return all([](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; });
  }
}

}  // namespace

Parsed<std::uint64_t> parse_as(const KeySpec& spec, std::string_view text, const std::uint64_t* /*type*/) {
  return spec.type == Type::kBytes ? parse_bytes(spec, text) : parse_integer(spec, text);
}

Parsed<std::chrono::nanoseconds> parse_as(const KeySpec& spec, std::string_view text,
                                          const std::chrono::nanoseconds* /*type*/) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = take_digits(rest);
  if (!number) return wrong(text, "is not a duration");
  if (rest.empty()) return wrong(text, "has no unit");
  for (const Unit& unit : kTimeUnits) {
    if (unit.name != rest) continue;
    if (*number > spec.max / unit.factor) return wrong(text, "is too large");
    const std::uint64_t ns = *number * unit.factor;
    if (ns % spec.step != 0) return wrong(text, fmt::format("is no multiple of {}", show_duration(spec.step)));
    return in_range(spec, text, ns).map([](std::uint64_t value) {
      return std::chrono::nanoseconds(static_cast<std::int64_t>(value));
    });
  }
  return wrong(text, "is not a duration; write a whole number and one of us, ms, s, m, h, d");
}

Parsed<double> parse_as(const KeySpec& /*spec*/, std::string_view text, const double* /*type*/) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return wrong(text, "is not a number");
  if (!(value >= 0.0 && value <= 1.0)) return wrong(text, "is not between 0 and 1");
  return value;
}

Parsed<std::string> parse_as(const KeySpec& spec, std::string_view text, const std::string* /*type*/) {
  if (spec.type == Type::kChoice) {
    if (is_word(spec, text)) return std::string(text);
    return wrong(text, "is not a choice" + did_you_mean(text, words_of(spec)));
  }
  if (text.size() < spec.min) return wrong(text, text.empty() ? "is empty" : "is too short");
  if (text.size() > spec.max) return wrong(text, "is too long");
  if (!has_right_chars(spec.type, text)) return wrong(text, "is not valid");
  return std::string(text);
}

}  // namespace keyfile
