// SPDX-License-Identifier: Apache-2.0
// Finds the zone of a name: registrable domains, cloud suffixes, reverse names.
#include "dns/zone_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dns {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kMaxLabels = 128;
constexpr std::size_t kDefaultLabels = 2;

/// A zone has `more` labels in front of `name`.
struct Suffix {
  std::string_view name;  // wire form, with the root's NUL
  std::size_t more;
};

constexpr std::array kSuffixes{
    Suffix{"\x09"
           "amazonaws\x03"
           "com\0"sv,
           1},
    Suffix{"\x09"
           "amazonaws\x03"
           "com\x02"
           "cn\0"sv,
           1},
    Suffix{"\x07"
           "compute\x08"
           "internal\0"sv,
           1},
    Suffix{"\x03"
           "svc\x07"
           "cluster\x05"
           "local\0"sv,
           1},
    Suffix{"\x03"
           "pod\x07"
           "cluster\x05"
           "local\0"sv,
           1},
    Suffix{"\x07"
           "in-addr\x04"
           "arpa\0"sv,
           3},
    Suffix{"\x03"
           "ip6\x04"
           "arpa\0"sv,
           16},
};

// Second levels that registries of countries use as public suffixes.
constexpr std::array kSecondLevels{"ac"sv, "co"sv,  "com"sv, "edu"sv, "go"sv,  "gob"sv, "gov"sv, "gv"sv,
                                   "id"sv, "mil"sv, "ne"sv,  "net"sv, "nom"sv, "or"sv,  "org"sv};

/// Where the labels of a name begin.
struct Labels {
  explicit Labels(base::Bytes wire) noexcept : name(wire) {
    for (std::size_t at = 0; at < name.size() && name[at] != std::byte{0} && count < kMaxLabels;) {
      starts[count++] = static_cast<std::uint8_t>(at);
      at += std::to_integer<std::size_t>(name[at]) + 1;
    }
  }
  /// Counted from the end: 1 is the top level.
  [[nodiscard]] std::string_view from_end(std::size_t label) const noexcept {
    const std::size_t start = starts[count - label];
    // NOLINTNEXTLINE(sluice-tokens): octets as text
    return {reinterpret_cast<const char*>(name.data() + start + 1), std::to_integer<std::size_t>(name[start])};
  }
  /// Labels in front of `suffix` if the name ends with it, else kMaxLabels.
  [[nodiscard]] std::size_t in_front_of(const void* suffix, std::size_t bytes) const noexcept {
    if (bytes > name.size() || std::memcmp(name.data() + (name.size() - bytes), suffix, bytes) != 0) return kMaxLabels;
    const auto* const end = starts.data() + count;
    const auto* const found = std::find(starts.data(), end, static_cast<std::uint8_t>(name.size() - bytes));
    return found == end ? kMaxLabels : static_cast<std::size_t>(found - starts.data());
  }

  base::Bytes name;
  std::array<std::uint8_t, kMaxLabels> starts;  // the first `count`
  std::size_t count = 0;
};

std::size_t wire_bytes(base::Bytes names) noexcept {
  std::size_t at = 0;
  while (at < names.size() && names[at] != std::byte{0}) at += std::to_integer<std::size_t>(names[at]) + 1;
  return std::min(at + 1, names.size());
}

std::size_t default_labels(const Labels& labels) noexcept {
  if (labels.count < 3 || labels.from_end(1).size() != 2) return kDefaultLabels;
  const std::string_view second = labels.from_end(2);
  return std::find(kSecondLevels.begin(), kSecondLevels.end(), second) != kSecondLevels.end() ? kDefaultLabels + 1
                                                                                              : kDefaultLabels;
}

}  // namespace

base::Bytes zone_of(base::Bytes qname, base::Bytes suffixes) noexcept {
  const Labels labels(qname);
  std::size_t keep = default_labels(labels);
  const auto consider = [&](const void* suffix, std::size_t bytes, std::size_t more) {
    const std::size_t front = labels.in_front_of(suffix, bytes);
    if (front != kMaxLabels) keep = std::max(keep, labels.count - front + more);
  };
  for (const Suffix& suffix : kSuffixes) consider(suffix.name.data(), suffix.name.size(), suffix.more);
  while (!suffixes.empty()) {
    const std::size_t bytes = wire_bytes(suffixes);
    consider(suffixes.data(), bytes, 1);
    suffixes = suffixes.subspan(bytes);
  }
  keep = std::min(keep, labels.count);
  while (keep != 0 && qname.size() - labels.starts[labels.count - keep] > kMaxZoneBytes) --keep;
  return keep == 0 ? qname.last(qname.empty() ? 0 : 1) : qname.subspan(labels.starts[labels.count - keep]);
}

bool is_below(base::Bytes qname, base::Bytes suffix) noexcept {
  if (suffix.size() == 1) return true;  // the root
  return Labels(qname).in_front_of(suffix.data(), suffix.size()) != kMaxLabels;
}

}  // namespace dns
