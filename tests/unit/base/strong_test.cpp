// SPDX-License-Identifier: Apache-2.0
#include "base/strong.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace {

using base::PortId;
using base::QueueId;

TEST(Strong, HoldsItsNumberAndCompares) {
  EXPECT_EQ(PortId(7).value(), 7);
  EXPECT_EQ(PortId(), PortId(0));
  EXPECT_LT(PortId(1), PortId(2));
}

TEST(Strong, TwoKindsOfNumberDoNotConvert) {
  static_assert(!std::is_convertible_v<PortId, QueueId>);
  static_assert(!std::is_constructible_v<QueueId, PortId>);
  static_assert(!std::is_convertible_v<std::uint16_t, PortId>);
  static_assert(!std::is_convertible_v<PortId, std::uint16_t>);
}

TEST(Strong, IsAsLargeAsItsNumber) {
  static_assert(sizeof(PortId) == sizeof(std::uint16_t));
  static_assert(std::is_trivially_copyable_v<PortId>);
}

}  // namespace
