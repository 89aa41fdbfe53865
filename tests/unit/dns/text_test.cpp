// SPDX-License-Identifier: Apache-2.0
#include "dns/text.hpp"

#include <gtest/gtest.h>

#include "support/dns_wire.hpp"

namespace {

using test::Wire;

std::string to_text(const Wire& wire) {
  dns::NameText room;
  return std::string(dns::name_to_text(wire.view(), room));
}
std::string to_wire(std::string_view text) {
  dns::NameWire room;
  return test::text(dns::name_from_text(text, room));
}
std::string type_text(unsigned type) {
  dns::TypeText room;
  return std::string(dns::type_to_text(dns::QType{static_cast<std::uint16_t>(type)}, room));
}

TEST(DnsNameText, EndsWithADot) {
  EXPECT_EQ(to_text(Wire().name("www.Example")), "www.Example.");
  EXPECT_EQ(to_text(Wire().name("")), ".");
}

TEST(DnsNameText, IsReadWithAndWithoutTheLastDot) {
  EXPECT_EQ(to_wire("www.Example."), test::text(Wire().name("www.Example").view()));
  EXPECT_EQ(to_wire("www.Example"), test::text(Wire().name("www.Example").view()));
  EXPECT_EQ(to_wire("."), std::string(1, '\0'));
}

// RFC 1035 §5.1.
TEST(DnsNameText, EscapesWhatWouldMeanSomethingElse) {
  EXPECT_EQ(to_text(Wire().u8(5).raw("a.b\\\"").u8(3).raw("\x01 \xff").u8(0)), "a\\.b\\\\\\\".\\001\\032\\255.");
  EXPECT_EQ(to_wire("a\\.b.\\001\\255"), test::text(Wire().u8(3).raw("a.b").u8(2).raw("\x01\xff").u8(0).view()));
}

TEST(DnsNameText, EveryByteComesBack) {
  for (unsigned value = 0; value < 256; ++value) {
    const Wire wire = Wire().u8(2).u8(value).raw("x").u8(0);
    EXPECT_EQ(to_wire(to_text(wire)), test::text(wire.view())) << value;
  }
}

TEST(DnsNameText, ThatIsNoNameIsRefused) {
  for (const char* text : {"", "..", ".a", "a..b", "a\\", "a\\25", "a\\256", "a\\2x5"})
    EXPECT_EQ(to_wire(text), "") << text;
  EXPECT_NE(to_wire(std::string(63, 'a')), "");
  EXPECT_EQ(to_wire(std::string(64, 'a')), "");
}

TEST(DnsNameText, OfTheLongestNameFits) {
  const Wire longest = Wire()
                           .u8(63)
                           .raw(std::string(63, '\1'))
                           .u8(63)
                           .raw(std::string(63, '\2'))
                           .u8(63)
                           .raw(std::string(63, '\3'))
                           .u8(61)
                           .raw(std::string(61, '\4'))
                           .u8(0);
  const std::string text = to_text(longest);
  EXPECT_EQ(text.size(), dns::kMaxNameTextBytes);
  EXPECT_EQ(to_wire(text), test::text(longest.view()));
  EXPECT_EQ(to_wire(text.substr(0, text.size() - 1) + "a"), "") << "256 bytes";
}

TEST(DnsNameText, OfNoNameIsEmpty) {
  EXPECT_EQ(to_text({}), "");
  EXPECT_EQ(to_text(Wire().u8(3).raw("ab")), "");
  EXPECT_EQ(to_text(Wire().name("a").u8(0)), "");
  EXPECT_EQ(to_text(Wire().pointer(12)), "");
}

// RFC 3597 §5.
TEST(DnsTypeText, KnowsMnemonicsAndNumbers) {
  EXPECT_EQ(type_text(1), "A");
  EXPECT_EQ(type_text(65), "HTTPS");
  EXPECT_EQ(type_text(65'535), "TYPE65535");
  EXPECT_EQ(dns::type_from_text("aaaa"), dns::QType::kAaaa);
  EXPECT_EQ(dns::type_from_text("type123"), dns::QType{123});
  for (const char* text : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "AAAAA"}) {
    EXPECT_FALSE(dns::type_from_text(text).has_value()) << text;
  }
}

TEST(DnsTypeText, EveryTypeComesBack) {
  for (unsigned type = 0; type <= 0xffff; ++type) {
    ASSERT_EQ(dns::type_from_text(type_text(type)), dns::QType{static_cast<std::uint16_t>(type)});
  }
}

TEST(DnsTypeText, KnowsClassesAndRcodes) {
  dns::TypeText room;
  EXPECT_EQ(dns::class_to_text(dns::QClass::kCh, room), "CH");
  EXPECT_EQ(dns::class_to_text(dns::QClass{65'535}, room), "CLASS65535");
  EXPECT_EQ(dns::class_from_text("in"), dns::QClass::kIn);
  EXPECT_EQ(dns::class_from_text("CLASS32"), dns::QClass{32});
  EXPECT_EQ(dns::rcode_to_text(dns::Rcode::kNxDomain, room), "NXDOMAIN");
  EXPECT_EQ(dns::rcode_to_text(dns::Rcode{4095}, room), "RCODE4095");
}

}  // namespace
