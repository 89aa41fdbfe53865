// SPDX-License-Identifier: Apache-2.0
// Lookups in a table of keys, and how its limits read in a sentence.
#include "keyfile/keys.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace keyfile {
namespace {

/// "a, b or c".
std::string listed(const std::vector<std::string_view>& words) {
  if (words.empty()) return {};
  if (words.size() == 1) return std::string(words.front());
  const auto last = words.end() - 1;
  return fmt::format("{} or {}", fmt::join(words.begin(), last, ", "), *last);
}

std::string range_of(const KeySpec& spec) {
  switch (spec.type) {
    case Type::kInteger:
      return fmt::format("{} to {}", spec.min, spec.max);
    case Type::kFraction:
      return "0 to 1, like 0.25";
    case Type::kBytes:
      return fmt::format("{} to {}, with KiB, MiB, GiB or TiB", show_bytes(spec.min), show_bytes(spec.max));
    case Type::kDuration:
      return fmt::format("{} to {}, in steps of {}", spec.min == 0 ? "0s" : show_duration(spec.min),
                         show_duration(spec.max), show_duration(spec.step));
    case Type::kPercent:
      return fmt::format("{}% to {}%", spec.min, spec.max);
    case Type::kAddress:
      return "an IPv4 or IPv6 address, like 10.77.0.2 or \"fd77::2\"";
    case Type::kInterfaceAddress:
      return "an address with its prefix length, like 10.77.0.53/24 or \"fd77::53/64\"";
    case Type::kPrefix:
      return "a network with its prefix length, like 10.0.0.0/8 or \"fd00::/8\"";
    case Type::kZone:
      return "a domain name, like corp.example, or \".\"";
    case Type::kName:
      return fmt::format("{} to {} letters, digits, '-', '_' or '.'", spec.min, spec.max);
    case Type::kInterface:
      return "an interface name of 1 to 15 letters, digits, '-', '_', '.' or '@'";
    case Type::kDevice:
      return "an interface name, a PCI address or a path, without blanks, ',', '{' or '}'";
    case Type::kPath:
      return fmt::format("an absolute path of at most {} bytes", spec.max);
    case Type::kText:
      return fmt::format("text of {} to {} bytes", spec.min, spec.max);
    case Type::kSecret:
      return fmt::format("{} hexadecimal digits", spec.max);
    case Type::kList:
      return fmt::format("a list of {} to {} elements", spec.min, spec.max);
    case Type::kMap:
    case Type::kChoice:
      break;
  }
  return {};
}

/// Edits (insert, delete, replace, swap neighbours) between two short words.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMaxWord = 32;
  if (a.size() > kMaxWord || b.size() > kMaxWord) return kMaxWord;
  std::array<std::array<std::size_t, kMaxWord + 1>, kMaxWord + 1> edits{};
  for (std::size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) edits[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

const KeySpec* find_key(Table table, std::string_view path) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const KeySpec& key) { return key.path == path; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string_view> children_of(Table table, std::string_view path) {
  std::vector<std::string_view> names;
  for (const KeySpec& key : table) {
    std::string_view rest = key.path;
    if (!path.empty()) {
      if (!rest.starts_with(path) || rest.size() <= path.size() || rest[path.size()] != '.') continue;
      rest.remove_prefix(path.size() + 1);
    }
    if (rest.find_first_of(".[") == std::string_view::npos) names.push_back(rest);
  }
  return names;
}

std::vector<std::string_view> words_of(const KeySpec& spec) {
  std::vector<std::string_view> words;
  for (const Word& word : spec.words) words.push_back(word.text);
  return words;
}

const Word* find_word(const KeySpec& spec, std::string_view text) {
  for (const Word& word : spec.words) {
    if (word.text == text) return &word;
  }
  return nullptr;
}

bool is_word(const KeySpec& spec, std::string_view text) { return find_word(spec, text) != nullptr; }

std::string allowed(const KeySpec& spec) {
  const std::string range = range_of(spec);
  const std::string words = listed(words_of(spec));
  if (range.empty()) return words;
  return words.empty() ? range : fmt::format("{}, or {}", range, words);
}

std::string_view last_name(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string show_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes != 0 && bytes % 1'024 == 0) {
    bytes /= 1'024;
    ++unit;
  }
  return fmt::format("{}{}", bytes, kUnits[unit]);
}

std::string show_duration(std::uint64_t ns) {
  struct Unit {
    std::uint64_t ns;
    std::string_view name;
  };
  constexpr std::array<Unit, 6> kUnits{Unit{86'400'000'000'000, "d"}, Unit{3'600'000'000'000, "h"},
                                       Unit{60'000'000'000, "m"},     Unit{1'000'000'000, "s"},
                                       Unit{1'000'000, "ms"},         Unit{1'000, "us"}};
  for (const Unit& unit : kUnits) {
    if (ns != 0 && ns % unit.ns == 0) return fmt::format("{}{}", ns / unit.ns, unit.name);
  }
  return ns == 0 ? "0s" : fmt::format("{}ns", ns);
}

std::string_view closest(std::string_view text, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = text.size() <= 3 ? 2 : 1 + std::max<std::size_t>(2, text.size() / 3);
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = distance(text, candidate);
    if (edits < best_distance && edits < candidate.size()) {
      best = candidate;
      best_distance = edits;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates) {
  const std::string_view best = closest(text, candidates);
  return best.empty() ? std::string() : fmt::format(", did you mean \"{}\"?", best);
}

}  // namespace keyfile
