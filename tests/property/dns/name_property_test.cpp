// SPDX-License-Identifier: Apache-2.0
// Names of any bytes: folding, letter case, comparison and text, against plain code and ldns.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "dns/name.hpp"
#include "dns/text.hpp"
#include "generators.hpp"
#include "support/dns_reference.hpp"

namespace {

using test::lower;
using test::Wire;

base::Bytes bytes_of(const std::string& text) { return base::as_bytes_of(text.data(), text.size()); }

std::string any_bytes() {
  std::string text = *rc::gen::string<std::string>();
  if (gen::one_in(2)) text += gen::any_name();
  return text.substr(0, 255);
}

TEST(DnsNameProperty, FoldingLowersAsciiAndNothingElse) {
  EXPECT_TRUE(rc::check([] {
    const std::string name = any_bytes();
    std::string folded(name.size(), '\0');
    dns::fold(bytes_of(name), std::as_writable_bytes(std::span(folded)).data());
    RC_ASSERT(folded == lower(name));
  }));
}

TEST(DnsNameProperty, CaseBitsRestoreWhatFoldingTook) {
  EXPECT_TRUE(rc::check([] {
    const std::string name = any_bytes();
    std::string again = lower(name);
    dns::apply_case(std::as_writable_bytes(std::span(again)), dns::case_of(bytes_of(name)));
    RC_ASSERT(again == name);
  }));
}

TEST(DnsNameProperty, AnyCaseBitsLeaveTheFoldedNameAsItIs) {
  EXPECT_TRUE(rc::check([] {
    const std::string name = lower(any_bytes());
    dns::CaseBits bits;
    for (std::uint64_t& word : bits.words) word = *rc::gen::arbitrary<std::uint64_t>();
    std::string mixed = name;
    dns::apply_case(std::as_writable_bytes(std::span(mixed)), bits);
    RC_ASSERT(lower(mixed) == name);
    RC_ASSERT(dns::equal_names(bytes_of(mixed), bytes_of(name)));
    for (std::size_t i = 0; i < name.size(); ++i) {
      const bool marked = (bits.words[i / 64] >> (i % 64) & 1U) != 0;
      const bool is_letter = name[i] >= 'a' && name[i] <= 'z';
      RC_ASSERT((mixed[i] != name[i]) == (marked && is_letter));
    }
  }));
}

TEST(DnsNameProperty, EqualityIsThatOfFoldedBytes) {
  EXPECT_TRUE(rc::check([] {
    const std::string a = gen::any_name();
    std::string b = gen::one_in(2) ? gen::any_name() : a;
    if (gen::one_in(2)) b[gen::below(b.size())] ^= 0x20;
    RC_ASSERT(dns::equal_names(bytes_of(a), bytes_of(b)) == (lower(a) == lower(b)));
  }));
}

TEST(DnsNameProperty, PlainAndCompressedReadersAgreeOnPlainNames) {
  EXPECT_TRUE(rc::check([] {
    const Wire wire = gen::mutated(Wire().zeros(12).raw(gen::any_name()).raw("tail"));
    base::ByteReader plain(wire.view());
    base::ByteReader compressed(wire.view());
    plain.skip(12);
    compressed.skip(12);
    const dns::NameView name = dns::NameView::read_plain(plain);
    const std::size_t expanded = dns::skip_compressed(compressed, wire.view());
    if (!name.empty()) RC_ASSERT(expanded == name.size() && compressed.offset() == plain.offset());
    std::array<std::byte, dns::kMaxNameBytes> out{};
    RC_ASSERT(dns::expand(wire.view(), 12, out.data()) == expanded);
    if (!name.empty()) RC_ASSERT(test::text(base::Bytes(out).first(expanded)) == test::text(name.wire()));
  }));
}

TEST(DnsTextProperty, NamesComeBackFromTheirText) {
  EXPECT_TRUE(rc::check([] {
    const std::string name = gen::any_name();
    dns::NameText text;
    dns::NameWire wire;
    RC_ASSERT(test::text(dns::name_from_text(dns::name_to_text(bytes_of(name), text), wire)) == name);
  }));
}

TEST(DnsTextProperty, LdnsReadsOurTextAsTheSameName) {
  EXPECT_TRUE(rc::check([] {
    const std::string name = gen::any_name();
    dns::NameText room;
    const std::string text(dns::name_to_text(bytes_of(name), room));
    RC_ASSERT(test::ldns_name_from_text(text) == name);
  }));
}

}  // namespace
