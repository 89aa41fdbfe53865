// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"

#include <array>

#include <gtest/gtest.h>

namespace {

using base::ByteReader;
using base::Bytes;
using base::ByteWriter;

constexpr std::array<std::byte, 7> kSeven{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                          std::byte{5}, std::byte{6}, std::byte{7}};

TEST(ByteReader, ReadsBigEndianFrontToBack) {
  ByteReader in(kSeven);
  EXPECT_EQ(in.u8(), 0x01);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 0x04050607U);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0U);
  EXPECT_EQ(in.offset(), 7U);
}

TEST(ByteReader, AfterTheFirstOverrunEveryReadGivesZero) {
  ByteReader in(kSeven);
  in.skip(6);
  EXPECT_EQ(in.u16(), 0);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0) << "one byte remains, but the reader has failed";
  EXPECT_TRUE(in.bytes(1).empty());
  EXPECT_EQ(in.offset(), 6U);
}

// offset + count wraps around; only subtracting from the remaining length is safe.
TEST(ByteReader, ACountNearTheLargestNumberDoesNotWrapAround) {
  ByteReader in(kSeven);
  in.skip(3);
  EXPECT_TRUE(in.bytes(~std::size_t{0} - 1).empty());
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, ReadsToTheLastByteAndNothingFromAnEmptyRange) {
  ByteReader in(kSeven);
  EXPECT_EQ(in.bytes(7).size(), 7U);
  EXPECT_TRUE(in.bytes(0).empty());
  EXPECT_TRUE(in.ok());
  ByteReader nothing{Bytes{}};
  EXPECT_EQ(nothing.u8(), 0);
  EXPECT_FALSE(nothing.ok());
}

TEST(ByteReader, CanBeMarkedAsFailedByItsUser) {
  ByteReader in(kSeven);
  in.fail();
  EXPECT_EQ(in.u8(), 0);
  EXPECT_FALSE(in.ok());
}

TEST(ByteWriter, WritesBigEndianFrontToBack) {
  std::array<std::byte, 9> room{};
  ByteWriter out(room);
  out.u8(1);
  out.u16(0x0203);
  out.u32(0x04050607);
  out.bytes(Bytes(kSeven).first(2));
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(out.size(), 9U);
  EXPECT_EQ(base::load_be32(room.data() + 3), 0x04050607U);
  EXPECT_EQ(room[8], std::byte{2});
}

TEST(ByteWriter, NeverWritesPastItsBufferAndStaysFailed) {
  std::array<std::byte, 4> room{};
  ByteWriter out(base::MutableBytes(room).first(3));
  out.u16(0xaaaa);
  out.u16(0xbbbb);
  EXPECT_FALSE(out.ok());
  out.u8(0xcc);
  EXPECT_EQ(out.size(), 2U);
  EXPECT_EQ(room[2], std::byte{0});
  EXPECT_EQ(room[3], std::byte{0});
  EXPECT_EQ(out.written().size(), 2U);
}

TEST(BigEndian, LoadsTheStoredValueAtAnyAlignment) {
  std::array<std::byte, 8> room{};
  for (std::size_t at = 0; at < 4; ++at) {
    base::store_be32(room.data() + at, 0xdeadbeef);
    EXPECT_EQ(base::load_be32(room.data() + at), 0xdeadbeefU);
    EXPECT_EQ(base::load_be16(room.data() + at), 0xdeadU);
    base::store_be16(room.data() + at, 0x1234);
    EXPECT_EQ(room[at], std::byte{0x12});
  }
}

}  // namespace
