// SPDX-License-Identifier: Apache-2.0
// Names as labels, and which numbers of labels a table of names knows. Private to this library.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace policy {

/// Where each label of a name starts, left to right; the root label is not counted.
struct Labels {
  std::array<std::uint8_t, 128> starts;  // only the first `count` hold values
  std::size_t count = 0;

  /// The last `depth` labels of `name`, root included; depth is 1 or more.
  [[nodiscard]] base::Bytes suffix(base::Bytes name, std::size_t depth) const noexcept {
    return name.subspan(starts[count - depth]);
  }
};

/// False when the bytes are not one plain name.
[[nodiscard]] inline bool split(base::Bytes name, Labels& labels) noexcept {
  if (name.empty() || name.size() > dns::kMaxNameBytes) return false;
  std::size_t at = 0;
  while (name[at] != std::byte{0}) {
    const auto length = std::to_integer<std::size_t>(name[at]);
    if (length > dns::kMaxLabelBytes || length + 1 >= name.size() - at) return false;
    labels.starts[labels.count++] = static_cast<std::uint8_t>(at);
    at += length + 1;
  }
  return at + 1 == name.size();
}

struct LastLabel {
  std::size_t at = 0;     // where the last label but the root begins
  std::size_t count = 0;  // labels, the root not counted; 0 also when the bytes are not one plain name
};

/// One walk that notes nothing down: most names are done with after it.
[[nodiscard]] inline LastLabel last_label(base::Bytes name) noexcept {
  LastLabel last;
  std::size_t at = 0;
  while (at < name.size()) {
    const auto length = std::to_integer<std::size_t>(name[at]);
    if (length == 0) return at + 1 == name.size() ? last : LastLabel{};
    last.at = at;
    ++last.count;
    at += length + 1;
  }
  return {};
}

/// Bit i of `depths`: some name of the table has i labels, root not counted. 127 labels are the most a name can have.
using Depths = std::array<std::uint64_t, 2>;

/// The largest depth in `depths` that is at most `limit`.
[[nodiscard]] inline std::optional<std::size_t> deepest(const Depths& depths, std::size_t limit) noexcept {
  for (std::size_t word = depths.size(); word-- > 0;) {
    const std::size_t first = word * 64;
    if (limit < first) continue;
    std::uint64_t left = depths[word];
    if (limit - first < 63) left &= (std::uint64_t{2} << (limit - first)) - 1;
    if (left != 0) return first + static_cast<std::size_t>(63 - std::countl_zero(left));
  }
  return std::nullopt;
}

inline void mark(Depths& depths, std::size_t depth) noexcept { depths[depth / 64] |= std::uint64_t{1} << (depth % 64); }

}  // namespace policy
