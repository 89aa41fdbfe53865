// SPDX-License-Identifier: Apache-2.0
// What may be written but is not done yet: one row a feature. When a feature comes, its row goes.
#include <array>

#include "checked.hpp"

namespace config {
namespace {

struct Missing {
  std::string_view key;
  /// Where the feature is asked for, or 0:0.
  Mark (*wanted)(const CheckedConfig& config);
  std::string_view allowed;
};

template <class T>
Mark if_not(const Marked<T>& value, const T& only) {
  return value.usable() && value.value != only ? value.mark : Mark{};
}

const std::array kMissing{
    Missing{"egress.fetches_per_zone",
            [](const CheckedConfig& c) { return if_not<std::uint64_t>(c.egress.fetches_per_zone, 0); }, "0"},
};

}  // namespace

void check_support(const CheckedConfig& config, Problems& problems) {
  for (const Missing& missing : kMissing) {
    const Mark mark = missing.wanted(config);
    if (mark != Mark{}) problems.add(mark, missing.key, "is not supported by this version", missing.allowed);
  }
}

std::vector<std::string_view> unsupported_keys() {
  std::vector<std::string_view> keys;
  for (const Missing& missing : kMissing) keys.push_back(missing.key);
  return keys;
}

}  // namespace config
