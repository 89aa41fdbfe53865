// SPDX-License-Identifier: Apache-2.0
#include "dns/name.hpp"

#include <string>

#include <gtest/gtest.h>

#include "support/dns_wire.hpp"

namespace {

using dns::NameView;
using test::Wire;

NameView read(const Wire& wire) {
  base::ByteReader in(wire.view());
  return NameView::read_plain(in);
}

std::string folded(std::string_view text) {
  std::string out(text.size(), '?');
  dns::fold(base::as_bytes_of(text.data(), text.size()), std::as_writable_bytes(std::span(out)).data());
  return out;
}

// RFC 1035 §3.1: a name ends with the root label.
TEST(DnsName, EndsBehindTheRootLabel) {
  Wire wire = Wire().name("www.example").u16(1);
  base::ByteReader in(wire.view());
  EXPECT_EQ(NameView::read_plain(in).size(), 13U);
  EXPECT_EQ(in.offset(), 13U);
  EXPECT_TRUE(in.ok());
}

TEST(DnsName, OfOneZeroByteIsTheRoot) {
  EXPECT_TRUE(read(Wire().name("")).is_root());
  EXPECT_FALSE(read(Wire().name("a")).is_root());
}

TEST(DnsName, WithoutItsRootIsRefused) {
  const Wire wire = Wire().u8(3).raw("www");
  base::ByteReader in(wire.view());
  EXPECT_TRUE(NameView::read_plain(in).empty());
  EXPECT_FALSE(in.ok());
}

// RFC 1035 §2.3.4: labels of 63, names of 255 bytes.
TEST(DnsName, TakesALabelOf63BytesAndRefuses64) {
  EXPECT_EQ(read(Wire().name(std::string(63, 'x'))).size(), 65U);
  EXPECT_TRUE(read(Wire().u8(64).raw(std::string(64, 'x')).u8(0)).empty());
}

TEST(DnsName, Takes255BytesAndRefuses256) {
  const std::string l63(63, 'x');
  const std::string front = l63 + '.' + l63 + '.' + l63 + '.';
  EXPECT_EQ(read(Wire().name(front + std::string(61, 'y'))).size(), 255U);
  EXPECT_TRUE(read(Wire().name(front + std::string(62, 'y'))).empty());
}

TEST(DnsName, PlainTakesNoPointer) { EXPECT_TRUE(read(Wire().u8(1).raw("a").pointer(12)).empty()); }

// RFC 4343 §2: only the 26 ASCII letters have case.
TEST(DnsFolding, TouchesAsciiLettersAndNothingElse) {
  for (unsigned value = 0; value < 256; ++value) {
    for (const std::size_t size : {1U, 7U, 8U, 9U, 17U}) {
      const char c = static_cast<char>(value);
      const char lower = value >= 'A' && value <= 'Z' ? static_cast<char>(value + 32) : c;
      ASSERT_EQ(folded(std::string(size, c)), std::string(size, lower)) << value << " x " << size;
    }
  }
}

TEST(DnsFolding, WorksInPlace) {
  std::string text = "WwW.ExAmPlE.CoM and more";
  const auto bytes = std::as_writable_bytes(std::span(text));
  dns::fold(bytes, bytes.data());
  EXPECT_EQ(text, "www.example.com and more");
}

TEST(DnsFolding, CaseBitsBringTheLettersBack) {
  const std::string mixed = "\3WwW\7eXamPLE\3cOm" + std::string(200, 'Q') + "\xc1z";
  std::string again = folded(mixed);
  const dns::CaseBits bits = dns::case_of(base::as_bytes_of(mixed.data(), mixed.size()));
  dns::apply_case(std::as_writable_bytes(std::span(again)), bits);
  EXPECT_EQ(again, mixed);
  EXPECT_EQ(bits.words[0] & 0xfU, 0b1010U);
}

TEST(DnsFolding, CaseBitsOfNonLettersChangeNothing) {
  std::string text = "12-_\3\xe1{`";
  dns::CaseBits all;
  all.words.fill(~0ULL);
  dns::apply_case(std::as_writable_bytes(std::span(text)), all);
  EXPECT_EQ(text, "12-_\3\xe1{`");
}

TEST(DnsFolding, NamesEqualWhateverTheirCase) {
  const Wire a = Wire().name("a-LONG-name.Example");
  const Wire b = Wire().name("A-long-NAME.eXAMPLE");
  const Wire c = Wire().name("a-long-name.examplf");
  EXPECT_TRUE(dns::equal_names(a.view(), b.view()));
  EXPECT_FALSE(dns::equal_names(a.view(), c.view()));
  EXPECT_FALSE(dns::equal_names(a.view(), Wire().name("a").view()));
}

struct Compressed {
  std::size_t expanded = 0;
  std::size_t end = 0;
  bool ok = false;
};
Compressed skip(const Wire& wire, std::size_t at) {
  base::ByteReader in(wire.view());
  in.skip(at);
  Compressed result;
  result.expanded = dns::skip_compressed(in, wire.view());
  result.end = in.offset();
  result.ok = in.ok();
  return result;
}

// RFC 1035 §4.1.4.
TEST(DnsCompression, ContinuesAtThePointersTarget) {
  const Wire wire = Wire().zeros(12).name("example").u8(3).raw("WWW").pointer(12).u8(9);
  const Compressed found = skip(wire, 21);
  EXPECT_TRUE(found.ok);
  EXPECT_EQ(found.expanded, 13U);
  EXPECT_EQ(found.end, 27U);
  std::array<std::byte, dns::kMaxNameBytes> out{};
  ASSERT_EQ(dns::expand(wire.view(), 21, out.data()), 13U);
  EXPECT_EQ(test::text(base::Bytes(out).first(13)), test::text(Wire().name("WWW.example").view()));
}

TEST(DnsCompression, RefusesPointersThatDoNotGoBack) {
  EXPECT_FALSE(skip(Wire().zeros(12).pointer(12), 12).ok) << "to itself";
  EXPECT_FALSE(skip(Wire().zeros(12).u8(1).raw("a").pointer(12), 12).ok) << "to the start of its own name";
  EXPECT_FALSE(skip(Wire().zeros(12).pointer(14).name("a"), 12).ok) << "forwards";
  EXPECT_FALSE(skip(Wire().zeros(12).pointer(14).pointer(12), 14).ok) << "in a circle";
}

TEST(DnsCompression, RefusesATargetThatRunsIntoTheNameThatPointsToIt) {
  const Wire wire = Wire().zeros(12).u8(4).u8('x').pointer(12).u8('y').u8(0);
  EXPECT_FALSE(skip(wire, 14).ok);
}

TEST(DnsCompression, RefusesPointersIntoTheHeader) { EXPECT_FALSE(skip(Wire().zeros(20).pointer(11), 20).ok); }

TEST(DnsCompression, RefusesHalfAPointer) { EXPECT_FALSE(skip(Wire().zeros(13).u8(0xc0), 13).ok); }

TEST(DnsCompression, RefusesReservedLabelTypes) {
  EXPECT_FALSE(skip(Wire().zeros(12).u8(0x40).zeros(80), 12).ok);
  EXPECT_FALSE(skip(Wire().zeros(12).u8(0x80).zeros(200), 12).ok);
}

TEST(DnsCompression, Takes128PointersAndRefuses129) {
  Wire wire = Wire().zeros(12).name("a");
  std::size_t at = 12;
  for (unsigned i = 0; i < 128; ++i) {
    const std::size_t next = wire.size();
    wire.pointer(at);
    at = next;
  }
  EXPECT_TRUE(skip(wire, at).ok);
  const std::size_t last = wire.size();
  wire.pointer(at);
  EXPECT_FALSE(skip(wire, last).ok);
}

TEST(DnsCompression, RefusesAnExpandedNameAbove255Bytes) {
  const std::string l63(63, 'x');
  const std::string front = l63 + '.' + l63 + '.' + l63;  // 193 bytes with the root
  Wire wire = Wire().zeros(12).name(front);
  const std::size_t fits = wire.size();
  wire.u8(61).raw(std::string(61, 'y')).pointer(12);
  const std::size_t too_long = wire.size();
  wire.u8(62).raw(std::string(62, 'y')).pointer(12);
  EXPECT_EQ(skip(wire, fits).expanded, 255U);
  EXPECT_FALSE(skip(wire, too_long).ok);
}

}  // namespace
