// SPDX-License-Identifier: Apache-2.0
/// @file raw.hpp – YAML text as a tree of maps, lists and scalars; every node knows its line and column.
///
/// Purpose    keeps duplicate keys and marks, which YAML::Node loses, and limits depth.
/// Threads    control; values and pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keyfile/problems.hpp"

namespace keyfile {

inline constexpr std::size_t kMaxDepth = 16;

struct RawKey {
  std::string name;
  Mark mark;
};

struct RawNode {
  enum class Kind : std::uint8_t { kNull, kText, kList, kMap };

  Kind kind = Kind::kNull;
  Mark mark;
  std::string text;          // kText
  std::vector<RawKey> keys;  // kMap: keys[i] names children[i]; duplicates are still there
  std::vector<RawNode> children;

  /// The value of the first key of that name, or nullptr.
  [[nodiscard]] const RawNode* find(std::string_view name) const noexcept;
};

/// A file's text: syntax is YAML 1.2, everything else is still unchecked.
using RawConfig = RawNode;

/// Parses one YAML document without anchors, aliases, tags and further documents. On a syntax error the problem is
/// noted and nothing is returned.
[[nodiscard]] std::optional<RawConfig> parse_yaml(std::string_view text, Problems& problems);

}  // namespace keyfile
