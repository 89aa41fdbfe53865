// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "net/frame.hpp"
#include "support/raw_frame.hpp"

namespace {

using test::ExactBuffer;
using test::RawBytes;

// RFC 1071 §3: the worked example sums to ddf2.
TEST(Checksum, OfTheRfcsExampleIsTheComplementOfItsSum) {
  const ExactBuffer bytes(RawBytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  EXPECT_EQ(net::checksum(bytes.span()), 0xffff ^ 0xddf2);
}

TEST(Checksum, OfNothingIsTheComplementOfZero) { EXPECT_EQ(net::checksum({}), 0xffff); }

TEST(Checksum, AgreesWithThePlainWayForEverySizeAndAlignment) {
  for (std::size_t size = 0; size < 130; ++size) {
    RawBytes raw;
    for (std::size_t i = 0; i < size; ++i) raw.push_back(static_cast<std::uint8_t>(0xf1 * (i + size) + 7));
    const ExactBuffer bytes(raw);
    EXPECT_EQ(net::checksum(bytes.span()), test::plain_checksum(raw)) << size;
    if (size < 2) continue;
    const RawBytes tail(raw.begin() + 1, raw.end());
    EXPECT_EQ(net::checksum(bytes.span().subspan(1)), test::plain_checksum(tail)) << size;
  }
}

TEST(Checksum, CarriesOfALargeRangeOfOnesAreNotLost) {
  const RawBytes raw(65'535, 0xff);
  EXPECT_EQ(net::checksum(ExactBuffer(raw).span()), test::plain_checksum(raw));
}

TEST(Checksum, CountsTheSumThatComesBefore) {
  const RawBytes head{0x12, 0x34, 0xab, 0xcd};
  const RawBytes tail{0x55, 0xaa, 0x01};
  RawBytes whole = head;
  test::put(whole, tail);
  EXPECT_EQ(net::checksum(ExactBuffer(tail).span(), 0x1234 + 0xabcd), test::plain_checksum(whole));
}

// RFC 1071 §1: over a range that holds its right checksum the result is zero.
TEST(Checksum, OverARightHeaderIsZero) {
  const RawBytes header = test::RawUdp{}.ip(0);
  EXPECT_EQ(net::checksum(ExactBuffer(header).span()), 0);
}

}  // namespace
