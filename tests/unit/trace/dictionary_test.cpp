// SPDX-License-Identifier: Apache-2.0
// Questions and clients under numbers.
#include "trace/dictionary.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "dns/text.hpp"
#include "net/text.hpp"

namespace {

using trace::Dictionary;

class Name {
 public:
  explicit Name(std::string_view text) {
    base::ByteReader in(dns::name_from_text(text, room_));
    view_ = dns::NameView::read_plain(in);
  }
  operator dns::NameView() const { return view_; }  // NOLINT(google-explicit-constructor): reads as the name

 private:
  dns::NameWire room_;
  dns::NameView view_;
};

TEST(TraceDictionary, ASpellingWithCapitalsIsTheSameQuestion) {
  Dictionary dictionary;
  const auto first = dictionary.intern(Name("WWW.Example."), dns::QType::kA, dns::QClass::kIn);
  const auto again = dictionary.intern(Name("www.eXAMPLE."), dns::QType::kA, dns::QClass::kIn);
  EXPECT_EQ(first, 0U);
  EXPECT_EQ(again, first);
  dns::NameText room;
  EXPECT_EQ(dns::name_to_text(dictionary.question(0).qname, room), "www.example.");
}

TEST(TraceDictionary, TypeAndClassTellQuestionsApart) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.intern(Name("a."), dns::QType::kA, dns::QClass::kIn), 0U);
  EXPECT_EQ(dictionary.intern(Name("a."), dns::QType::kAaaa, dns::QClass::kIn), 1U);
  EXPECT_EQ(dictionary.intern(Name("a."), dns::QType::kA, dns::QClass::kCh), 2U);
  EXPECT_EQ(dictionary.question(1).qtype, dns::QType::kAaaa);
  EXPECT_EQ(dictionary.question(2).qclass, dns::QClass::kCh);
}

TEST(TraceDictionary, IndicesStayWhenItGrows) {
  constexpr std::uint32_t kMany = 200'000;  // several blocks of records, several sizes of the table
  Dictionary dictionary;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(dictionary.intern(Name(fmt::format("n{}.example.", i)), dns::QType::kA, dns::QClass::kIn), i);
  }
  const std::byte* const first = dictionary.question(0).qname.data();
  for (std::uint32_t i = 0; i < kMany; i += 997) {
    EXPECT_EQ(dictionary.intern(Name(fmt::format("N{}.example.", i)), dns::QType::kA, dns::QClass::kIn), i);
  }
  EXPECT_EQ(dictionary.questions(), kMany);
  EXPECT_EQ(dictionary.question(0).qname.data(), first);
}

TEST(TraceDictionary, AtTheLimitKnownQuestionsAreStillFound) {
  Dictionary dictionary({.questions = 1, .clients = 1});
  EXPECT_TRUE(dictionary.intern(Name("a."), dns::QType::kA, dns::QClass::kIn));
  EXPECT_FALSE(dictionary.intern(Name("b."), dns::QType::kA, dns::QClass::kIn));
  EXPECT_EQ(dictionary.intern(Name("a."), dns::QType::kA, dns::QClass::kIn), 0U);
  EXPECT_TRUE(dictionary.intern({*net::parse_address("10.0.0.1")}));
  EXPECT_FALSE(dictionary.intern({*net::parse_address("10.0.0.2")}));
}

}  // namespace
