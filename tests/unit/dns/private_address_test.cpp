// SPDX-License-Identifier: Apache-2.0
#include "dns/private_address.hpp"

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

namespace {

std::vector<std::byte> octets_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> octets;
  for (const unsigned value : values) octets.push_back(static_cast<std::byte>(value));
  return octets;
}

bool is_private(std::initializer_list<unsigned> values) { return dns::is_private_address(octets_of(values)); }

// RFC 1918, 6598, 3927, 1122 §3.2.1.3.
TEST(PrivateAddress, OfIpv4AreThoseThatTheInternetDoesNotRoute) {
  for (const auto& octets : {octets_of({10, 0, 0, 0}), octets_of({10, 255, 255, 255}), octets_of({172, 16, 0, 1}),
                             octets_of({172, 31, 255, 255}), octets_of({192, 168, 0, 1}), octets_of({127, 0, 0, 1}),
                             octets_of({169, 254, 169, 254}), octets_of({100, 64, 0, 1}),
                             octets_of({100, 127, 255, 255}), octets_of({0, 0, 0, 0})}) {
    EXPECT_TRUE(dns::is_private_address(octets));
  }
  for (const auto& octets : {octets_of({9, 255, 255, 255}), octets_of({11, 0, 0, 0}), octets_of({172, 15, 255, 255}),
                             octets_of({172, 32, 0, 0}), octets_of({192, 167, 255, 255}), octets_of({192, 169, 0, 0}),
                             octets_of({126, 255, 255, 255}), octets_of({128, 0, 0, 0}), octets_of({169, 253, 0, 1}),
                             octets_of({100, 63, 255, 255}), octets_of({100, 128, 0, 0}), octets_of({1, 0, 0, 0})}) {
    EXPECT_FALSE(dns::is_private_address(octets));
  }
}

// RFC 4193 §3.1, 4291 §2.5.2, §2.5.3, §2.5.5.2, §2.5.6.
TEST(PrivateAddress, OfIpv6AreLocalOnesAndThoseThatStandForIpv4) {
  EXPECT_TRUE(is_private({0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(is_private({0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(is_private({0xfe, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(is_private({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(is_private({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(is_private({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}));
  EXPECT_FALSE(is_private({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8}));
  EXPECT_FALSE(is_private({0x20, 0x01, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(is_private({0xfe, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(is_private({10, 0, 0}));
}

/// Records with owner 0xc00c, as an image.
class Image {
 public:
  Image& record(unsigned type, std::initializer_list<unsigned> rdata) {
    for (const unsigned value : {0xc0U, 0x0cU, type >> 8U, type & 0xffU, 0U, 1U}) add(value);
    offsets_.push_back(static_cast<std::uint16_t>(bytes_.size()));
    for (const unsigned value : {0U, 0U, 0U, 60U, 0U, static_cast<unsigned>(rdata.size())}) add(value);
    for (const unsigned value : rdata) add(value);
    return *this;
  }
  [[nodiscard]] bool holds() const {
    dns::AnswerImage image;
    image.records = bytes_;
    image.ttl_offsets = offsets_;
    return dns::holds_private_address(image);
  }

 private:
  void add(unsigned value) { bytes_.push_back(static_cast<std::byte>(value)); }
  std::vector<std::byte> bytes_;
  std::vector<std::uint16_t> offsets_;
};

TEST(PrivateAddress, IsSeenInAnyRecordOfAnAnswer) {
  EXPECT_FALSE(Image().holds());
  EXPECT_FALSE(Image().record(1, {192, 0, 2, 1}).record(16, {3, 10, 0, 0}).holds());
  EXPECT_TRUE(Image().record(1, {192, 0, 2, 1}).record(1, {10, 0, 0, 1}).holds());
  EXPECT_TRUE(Image().record(28, {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}).holds());
  EXPECT_FALSE(Image().record(16, {10, 0, 0, 1}).holds());
}

// RFC 9460 §7.3.
TEST(PrivateAddress, IsSeenInAddressHints) {
  EXPECT_TRUE(Image().record(65, {0, 1, 0, 0, 4, 0, 8, 192, 0, 2, 1, 10, 0, 0, 1}).holds());
  EXPECT_FALSE(Image().record(65, {0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1}).holds());
  EXPECT_FALSE(Image().record(64, {0, 1, 0, 0, 1, 0, 4, 10, 0, 0, 1}).holds());
  EXPECT_FALSE(Image().record(64, {0, 1, 63, 0}).holds());
}

}  // namespace
