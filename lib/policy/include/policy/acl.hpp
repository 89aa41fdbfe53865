// SPDX-License-Identifier: Apache-2.0
/// @file acl.hpp – the access list: which client addresses are answered.
///
/// Purpose    two lists of prefixes, allowed and refused: the longest prefix that contains the address decides. An address
///            in no prefix is refused.
/// Threads    immutable after construction, shared by all; control makes a new one for a new settings generation.
/// Ownership  holds its ranges by value: 512 of each family, 40 KiB.
/// Cost       allows(): a binary search of at most 9 steps, then one step for each prefix around the rule that was found.
/// RFC        5358 §4 (answer only known clients).
#pragma once

#include <cstdint>
#include <span>

#include "base/fixed_vector.hpp"
#include "net/address.hpp"
#include "policy/settings.hpp"

namespace policy {

class Acl {
 public:
  /// Host bits in a prefix do not count. A prefix that is in both lists is refused.
  explicit Acl(std::span<const net::Prefix> allow, std::span<const net::Prefix> refuse = {}) noexcept;
  explicit Acl(const Settings& settings) noexcept : Acl(settings.allow.span(), settings.refuse.span()) {}

  [[nodiscard]] bool allows(const net::IpAddress& client) const noexcept;

 private:
  /// An address as a number.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend auto operator<=>(const Key&, const Key&) noexcept = default;
  };
  struct Range {
    Key first;
    Key last;
  };
  enum class Verdict : std::uint8_t { kRefuse, kAllow };
  static constexpr std::uint16_t kNoRule = 0xffff;
  struct Rule {
    Range range;
    std::uint16_t around = kNoRule;  // the closest rule that contains this one
    Verdict verdict = Verdict::kRefuse;
  };
  using Rules = base::FixedVector<Rule, 2 * kMaxPrefixes>;

  [[nodiscard]] static Key key_of(const net::IpAddress& address) noexcept;
  [[nodiscard]] static Range range_of(const net::Prefix& prefix) noexcept;
  void add(std::span<const net::Prefix> prefixes, Verdict verdict) noexcept;
  static void nest(Rules& rules) noexcept;
  [[nodiscard]] static bool allows(const Rules& rules, Key key) noexcept;

  Rules v4_;  // by begin, wider first; two are disjoint or one contains the other
  Rules v6_;
};

}  // namespace policy
