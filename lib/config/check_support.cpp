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

Mark first_of(std::initializer_list<Mark> marks) {
  for (const Mark& mark : marks) {
    if (mark != Mark{}) return mark;
  }
  return {};
}

const std::array kMissing{
    Missing{"egress.fetches_per_server",
            [](const CheckedConfig& c) { return if_not<std::uint64_t>(c.egress.fetches_per_server, 0); }, "0"},
    Missing{"egress.fetches_per_zone",
            [](const CheckedConfig& c) { return if_not<std::uint64_t>(c.egress.fetches_per_zone, 0); }, "0"},
    Missing{"egress.fetch_quota",
            [](const CheckedConfig& c) {
              return first_of({if_not<std::uint64_t>(c.egress.quota_freq, 100), if_not(c.egress.quota_low, 0.1),
                               if_not(c.egress.quota_high, 0.3), if_not(c.egress.quota_discount, 0.7)});
            },
            "{freq: 100, low: 0.1, high: 0.3, discount: 0.7}"},
    Missing{"clients.drop_policy",
            [](const CheckedConfig& c) {
              return first_of({if_not<std::uint64_t>(c.clients.drop_newest, 0),
                               if_not<std::uint64_t>(c.clients.drop_random, 50),
                               if_not<std::uint64_t>(c.clients.drop_oldest, 50)});
            },
            "{newest: 0, random: 50, oldest: 50}"},
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
