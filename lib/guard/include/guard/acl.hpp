// SPDX-License-Identifier: Apache-2.0
/// @file acl.hpp – may this address ask?
///
/// Purpose    membership of an address in a set of prefixes.
/// Threads    immutable after construction, shared by all; control makes a new one for a new settings generation.
/// Ownership  holds its ranges by value: 256 of each family, 16 KiB.
/// Cost       allows: binary search over what is left after nested prefixes are merged, at most 8 steps.
/// RFC        5358 §4 (answer only those whom you know).
#pragma once

#include <cstdint>
#include <span>

#include "base/fixed_vector.hpp"
#include "guard/settings.hpp"
#include "net/address.hpp"

namespace guard {

class Acl {
 public:
  /// Host bits in a prefix do not count.
  explicit Acl(std::span<const net::Prefix> allow) noexcept;
  explicit Acl(const Settings& settings) noexcept : Acl(settings.allow.span()) {}

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
  using Ranges = base::FixedVector<Range, kMaxPrefixes>;

  [[nodiscard]] static Key key_of(const net::IpAddress& address) noexcept;
  [[nodiscard]] static Range range_of(const net::Prefix& prefix) noexcept;
  static void merge_nested(Ranges& ranges) noexcept;
  [[nodiscard]] static bool holds(const Ranges& ranges, Key key) noexcept;

  Ranges v4_;  // sorted, disjoint
  Ranges v6_;
};

}  // namespace guard
