// SPDX-License-Identifier: Apache-2.0
#include "policy/forward_table.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/zone_names.hpp"

namespace {

using policy::ForwardReject;
using policy::ForwardTable;
using policy::ForwardZone;

/// A table together with all that it borrows.
class Zones {
 public:
  void add(std::string_view name, std::uint16_t uplink) { add_wire(test::wire_name(name), uplink); }
  void add_wire(std::vector<std::byte> name, std::uint16_t uplink) {
    names_.push_back(std::move(name));
    zones_.push_back({names_.back(), dns::UplinkId(uplink)});
  }
  [[nodiscard]] base::Outcome<ForwardTable, ForwardReject> create() {
    slots_.resize(ForwardTable::slots_for(zones_.size()));
    return ForwardTable::create(zones_, slots_, hash_);
  }
  [[nodiscard]] int route(std::string_view name, dns::QType qtype) {
    const std::vector<std::byte> wire = test::wire_name(name);
    const auto uplink = create()->route(wire, qtype);
    return uplink ? int{uplink->value()} : -1;
  }
  /// The uplink of a name, -1 for none.
  [[nodiscard]] int route(std::string_view name) {
    const auto uplink = create()->route(base::Bytes(test::wire_name(name)));
    return uplink ? int{uplink->value()} : -1;
  }

 private:
  base::KeyedHash hash_{base::KeyedHash::Secret{std::byte{7}}};
  std::deque<std::vector<std::byte>> names_;
  std::vector<ForwardZone> zones_;
  std::vector<ForwardTable::Slot> slots_;
};

Zones zones(std::initializer_list<std::pair<const char*, std::uint16_t>> list) {
  Zones made;
  for (const auto& [name, uplink] : list) made.add(name, uplink);
  return made;
}

TEST(ForwardTable, WithoutZonesRoutesNothing) {
  Zones none;
  EXPECT_EQ(none.route("www.example"), -1);
  EXPECT_EQ(none.route("."), -1);
}

TEST(ForwardTable, TheRootHoldsEveryName) {
  Zones root = zones({{".", 3}});
  EXPECT_EQ(root.route("."), 3);
  EXPECT_EQ(root.route("a.b.c.example"), 3);
}

TEST(ForwardTable, TheLongestZoneWins) {
  Zones nested = zones({{".", 0}, {"example", 1}, {"b.example", 2}, {"x.a.b.example", 3}});
  EXPECT_EQ(nested.route("www.example"), 1);
  EXPECT_EQ(nested.route("b.example"), 2);
  EXPECT_EQ(nested.route("a.b.example"), 2);
  EXPECT_EQ(nested.route("x.a.b.example"), 3);
  EXPECT_EQ(nested.route("deep.er.x.a.b.example"), 3);
  EXPECT_EQ(nested.route("x.c.b.example"), 2);
  EXPECT_EQ(nested.route("example.org"), 0);
}

// RFC 1034 §3.1: zones end between labels, not within one.
TEST(ForwardTable, AZoneIsNoSuffixOfLetters) {
  Zones one = zones({{"example.com", 1}});
  EXPECT_EQ(one.route("badexample.com"), -1);
  EXPECT_EQ(one.route("example.com"), 1);
  EXPECT_EQ(one.route("com"), -1);
}

TEST(ForwardTable, ANameOutsideEveryZoneHasNoView) {
  Zones two = zones({{"corp.example", 1}, {"10.in-addr.arpa", 2}});
  EXPECT_EQ(two.route("corp"), -1);
  EXPECT_EQ(two.route("."), -1);
  EXPECT_EQ(two.route("7.0.77.10.in-addr.arpa"), 2);
  EXPECT_EQ(two.route("11.in-addr.arpa"), -1);
}

TEST(ForwardTable, ZonesAsDeepAsNamesCanBeAreFound) {
  std::string deepest = "a";
  for (int i = 1; i < 127; ++i) deepest += ".a";
  const std::string half = deepest.substr(0, 2 * 64 - 1);
  const std::string below_half = deepest.substr(0, 2 * 63 - 1);
  Zones deep = zones({{deepest.c_str(), 1}, {half.c_str(), 2}, {below_half.c_str(), 3}});
  EXPECT_EQ(deep.route(deepest), 1);
  EXPECT_EQ(deep.route(deepest.substr(2)), 2);
  EXPECT_EQ(deep.route(half), 2);
  EXPECT_EQ(deep.route(below_half), 3);
  EXPECT_EQ(deep.route(below_half.substr(2)), -1);
}

TEST(ForwardTable, RefusesAZoneNamedTwice) {
  EXPECT_EQ(zones({{"example", 1}, {"org", 2}, {"example", 1}}).create().error(), ForwardReject::kDuplicateZone);
  EXPECT_EQ(zones({{".", 1}, {".", 2}}).create().error(), ForwardReject::kDuplicateZone);
}

TEST(ForwardTable, RefusesWhatIsNoName) {
  const std::byte letter{'a'};
  for (const std::vector<std::byte>& bad : {std::vector<std::byte>{},
                                            {std::byte{1}, letter},
                                            {std::byte{2}, letter, std::byte{0}},
                                            {std::byte{1}, letter, std::byte{0}, std::byte{0}},
                                            {std::byte{0xc0}, std::byte{12}, std::byte{0}},
                                            std::vector<std::byte>(256, std::byte{0})}) {
    Zones wrong;
    wrong.add_wire(bad, 1);
    EXPECT_EQ(wrong.create().error(), ForwardReject::kBadName) << bad.size();
  }
}

TEST(ForwardTable, TakesExactlyTheZonesThatItPromises) {
  Zones many;
  for (std::size_t i = 0; i < policy::kMaxForwardZones; ++i)
    many.add(std::string("z").append(std::to_string(i)).append(".example"), 1);
  ASSERT_TRUE(many.create().has_value());
  EXPECT_EQ(many.route("www.z1023.example"), 1);
  EXPECT_EQ(many.route("www.z1024.example"), -1);
  many.add("one.more", 1);
  EXPECT_EQ(many.create().error(), ForwardReject::kTooManyZones);
}

// RFC 4035 §3.1.4.1: DS stands on the parent's side of a zone cut.
TEST(ForwardTable, DsOfAZonesApexIsAskedOfTheGroupAroundIt) {
  Zones two = zones({{".", 0}, {"corp.example", 1}});
  EXPECT_EQ(two.route("corp.example", dns::QType::kDs), 0);
  EXPECT_EQ(two.route("corp.example", dns::QType::kNs), 1);
  EXPECT_EQ(two.route("www.corp.example", dns::QType::kDs), 1);
  EXPECT_EQ(two.route(".", dns::QType::kDs), 0);
}

}  // namespace
