// SPDX-License-Identifier: Apache-2.0
// Prefixes as sorted disjoint ranges, one set for each family.
#include "guard/acl.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace guard {
namespace {

std::uint64_t load_be64(const std::byte* at) noexcept {
  return std::uint64_t{base::load_be32(at)} << 32U | base::load_be32(at + 4);
}

/// The last `count` of 64 bits.
constexpr std::uint64_t low_bits(unsigned count) noexcept {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace

Acl::Acl(std::span<const net::Prefix> allow) noexcept {
  SLUICE_REQUIRE(allow.size() <= kMaxPrefixes);
  for (const net::Prefix& prefix : allow) {
    SLUICE_REQUIRE(prefix.length <= 128);
    const bool is_v4 = prefix.length >= net::kV4PrefixBits && prefix.address.is_v4();
    SLUICE_REQUIRE((is_v4 ? v4_ : v6_).push_back(range_of(prefix)));
  }
  merge_nested(v4_);
  merge_nested(v6_);
}

Acl::Key Acl::key_of(const net::IpAddress& address) noexcept {
  return {load_be64(address.octets().data()), load_be64(address.octets().data() + 8)};
}

Acl::Range Acl::range_of(const net::Prefix& prefix) noexcept {
  const unsigned host_bits = 128U - prefix.length;
  const std::uint64_t high_mask = host_bits > 64 ? low_bits(host_bits - 64) : 0;
  const std::uint64_t low_mask = low_bits(host_bits);
  const Key key = key_of(prefix.address);
  return {{key.high & ~high_mask, key.low & ~low_mask}, {key.high | high_mask, key.low | low_mask}};
}

/// Two prefixes are disjoint or one holds the other: after sorting by begin, wider first, what is nested follows its
/// holder.
void Acl::merge_nested(Ranges& ranges) noexcept {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first != b.first ? a.first < b.first : a.last > b.last; });
  Ranges kept;
  for (const Range& range : ranges) {
    if (!kept.empty() && range.last <= kept[kept.size() - 1].last) continue;
    SLUICE_REQUIRE(kept.push_back(range));
  }
  ranges = kept;
}

bool Acl::holds(const Ranges& ranges, Key key) noexcept {
  const Range* begin = ranges.begin();
  std::size_t count = ranges.size();
  if (count == 0) return false;
  while (count > 1) {  // begin stays the last range known to start at or below the key, if there is one
    const std::size_t half = count / 2;
    if (begin[half].first <= key) begin += half;
    count -= half;
  }
  return begin->first <= key && key <= begin->last;
}

bool Acl::allows(const net::IpAddress& client) const noexcept {
  return holds(client.is_v4() ? v4_ : v6_, key_of(client));
}

}  // namespace guard
