// SPDX-License-Identifier: Apache-2.0
// Prefixes as sorted ranges, nested or disjoint, one list for each family.
#include "policy/acl.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace policy {
namespace {

std::uint64_t load_be64(const std::byte* at) noexcept {
  return std::uint64_t{base::load_be32(at)} << 32U | base::load_be32(at + 4);
}

/// A mask of the lowest `count` bits.
constexpr std::uint64_t low_bits(unsigned count) noexcept {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

}  // namespace

Acl::Acl(std::span<const net::Prefix> allow, std::span<const net::Prefix> refuse) noexcept {
  add(allow, Verdict::kAllow);
  add(refuse, Verdict::kRefuse);
  nest(v4_);
  nest(v6_);
}

void Acl::add(std::span<const net::Prefix> prefixes, Verdict verdict) noexcept {
  SLUICE_REQUIRE(prefixes.size() <= kMaxPrefixes);
  for (const net::Prefix& prefix : prefixes) {
    SLUICE_REQUIRE(prefix.length <= 128);
    const bool is_v4 = prefix.length >= net::kV4PrefixBits && prefix.address.is_v4();
    SLUICE_REQUIRE((is_v4 ? v4_ : v6_).push_back({range_of(prefix), kNoRule, verdict}));
  }
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

/// Two prefixes are disjoint or one contains the other: sorted by begin, wider first, a nested prefix follows the one that
/// contains it. A prefix with the same verdict as its container is left out, and so is a refusal where nothing is allowed.
void Acl::nest(Rules& rules) noexcept {
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) {
    if (a.range.first != b.range.first) return a.range.first < b.range.first;
    if (a.range.last != b.range.last) return a.range.last > b.range.last;
    return a.verdict > b.verdict;  // of two equal prefixes the refusal comes last and decides
  });
  Rules kept;
  std::uint16_t around = kNoRule;
  for (Rule rule : rules) {
    while (around != kNoRule && kept[around].range.last < rule.range.first) around = kept[around].around;
    const Verdict otherwise = around == kNoRule ? Verdict::kRefuse : kept[around].verdict;
    if (rule.verdict == otherwise) continue;
    rule.around = around;
    around = static_cast<std::uint16_t>(kept.size());
    SLUICE_REQUIRE(kept.push_back(rule));
  }
  rules = kept;
}

/// Every rule that contains the key is, or contains, the last rule that begins at or before the key.
bool Acl::allows(const Rules& rules, Key key) noexcept {
  const Rule* begin = rules.begin();
  std::size_t count = rules.size();
  if (count == 0 || key < begin->range.first) return false;
  while (count > 1) {
    const std::size_t half = count / 2;
    if (begin[half].range.first <= key) begin += half;
    count -= half;
  }
  auto at = static_cast<std::uint16_t>(begin - rules.begin());
  while (at != kNoRule && rules[at].range.last < key) at = rules[at].around;
  return at != kNoRule && rules[at].verdict == Verdict::kAllow;
}

bool Acl::allows(const net::IpAddress& client) const noexcept {
  return allows(client.is_v4() ? v4_ : v6_, key_of(client));
}

}  // namespace policy
