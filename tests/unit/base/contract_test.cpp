// SPDX-License-Identifier: Apache-2.0
#include "base/contract.hpp"

#include <gtest/gtest.h>

namespace {

TEST(ContractDeathTest, ABrokenRequirementAbortsWithFileAndLine) {
  EXPECT_DEATH(SLUICE_REQUIRE(1 + 1 == 3), "contract broken: 1 \\+ 1 == 3 at .*contract_test.cpp");
}

TEST(Contract, ATrueRequirementEvaluatesItsConditionOnce) {
  int evaluated = 0;
  SLUICE_REQUIRE(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(Contract, ACheckReturnsItsConditionToTheCaller) {
  EXPECT_TRUE(SLUICE_CHECK(2 > 1));
  EXPECT_FALSE(SLUICE_CHECK(1 > 2));
}

}  // namespace
