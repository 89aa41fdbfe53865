// SPDX-License-Identifier: Apache-2.0
// Client lists and forward zones against the plainest thing that could be right.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "policy/acl.hpp"
#include "policy/forward_table.hpp"
#include "support/zone_names.hpp"

namespace {

/// Addresses that differ in few places, so that prefixes nest and hit.
net::IpAddress any_address() {
  std::array<std::byte, 16> octets{};
  const bool v4 = *rc::gen::arbitrary<bool>();
  for (std::size_t i = v4 ? 12 : 0; i < octets.size(); ++i) {
    octets[i] = static_cast<std::byte>(*rc::gen::element<std::uint8_t>(0, 0, 0, 1, 0x7f, 0x80, 0xff));
  }
  return v4 ? net::IpAddress::v4(octets.data() + 12) : net::IpAddress::v6(octets.data());
}

net::Prefix any_prefix() {
  const net::IpAddress address = any_address();
  const int length = *rc::gen::inRange(address.is_v4() ? 96 : 0, 129);
  return {address, static_cast<std::uint8_t>(length)};
}

TEST(AclProperty, AllowsWhatAnyPrefixHolds) {
  EXPECT_TRUE(rc::check("acl", [] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    std::vector<net::Prefix> prefixes;
    for (std::size_t i = 0; i < count; ++i) prefixes.push_back(any_prefix());
    const policy::Acl acl(prefixes);
    for (int i = 0; i < 20; ++i) {
      const net::IpAddress address = any_address();
      bool expected = false;
      for (const net::Prefix& prefix : prefixes) expected = expected || prefix.contains(address);
      RC_ASSERT(acl.allows(address) == expected);
    }
    for (const net::Prefix& prefix : prefixes) RC_ASSERT(acl.allows(prefix.address));
  }));
}

TEST(AclProperty, TheLongestPrefixDecides) {
  EXPECT_TRUE(rc::check("acl with refusals", [] {
    std::vector<net::Prefix> lists[2];
    for (auto& list : lists) {
      const auto count = *rc::gen::inRange<std::size_t>(0, 20);
      for (std::size_t i = 0; i < count; ++i) list.push_back(any_prefix());
    }
    const policy::Acl acl(lists[1], lists[0]);
    for (int i = 0; i < 30; ++i) {
      const net::IpAddress address = any_address();
      int longest = -1;
      bool expected = false;
      for (const bool allow : {true, false}) {
        for (const net::Prefix& prefix : lists[allow ? 1 : 0]) {
          if (!prefix.contains(address) || prefix.length < longest) continue;
          expected = allow;  // of two equal ones the refusal, which is looked at last
          longest = prefix.length;
        }
      }
      RC_ASSERT(acl.allows(address) == expected);
    }
  }));
}

/// Names of few labels over a small alphabet; "" is the root.
std::string any_name(int max_labels) {
  std::string name;
  const int labels = *rc::gen::inRange(0, max_labels + 1);
  for (int i = 0; i < labels; ++i) {
    if (i != 0) name += '.';
    name += *rc::gen::element<std::string>("a", "b", "ab", "example");
  }
  return name;
}

bool is_within(const std::string& name, const std::string& zone) {
  if (zone.empty() || name == zone) return true;
  return name.size() > zone.size() && name.ends_with("." + zone);
}

TEST(ForwardProperty, RoutesToTheLongestZoneThatHoldsTheName) {
  EXPECT_TRUE(rc::check("forward", [] {
    std::vector<std::string> zone_names;
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = any_name(5);
      if (std::find(zone_names.begin(), zone_names.end(), name) == zone_names.end())
        zone_names.push_back(std::move(name));
    }
    std::vector<std::vector<std::byte>> wires;
    for (const std::string& name : zone_names) wires.push_back(test::wire_name(name));
    std::vector<policy::ForwardZone> zones;
    for (std::size_t i = 0; i < wires.size(); ++i)
      zones.push_back({wires[i], dns::UplinkId(static_cast<std::uint16_t>(i))});
    std::vector<policy::ForwardTable::Slot> slots(policy::ForwardTable::slots_for(zones.size()));
    const base::KeyedHash hash(base::KeyedHash::Secret{*rc::gen::cast<std::byte>(rc::gen::arbitrary<std::uint8_t>())});
    const auto table = policy::ForwardTable::create(zones, slots, hash);
    RC_ASSERT(table.has_value());

    for (int i = 0; i < 20; ++i) {
      const std::string name = any_name(8);
      const std::string* best = nullptr;
      for (const std::string& zone : zone_names) {
        if (is_within(name, zone) && (best == nullptr || zone.size() > best->size())) best = &zone;
      }
      const auto view = table->route(base::Bytes(test::wire_name(name)));
      RC_ASSERT(view.has_value() == (best != nullptr));
      if (best != nullptr) RC_ASSERT(&zone_names[view->value()] == best);
    }
  }));
}

}  // namespace
