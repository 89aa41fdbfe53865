// SPDX-License-Identifier: Apache-2.0
#include "diag/result.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace {

using diag::Code;

diag::Result<int> positive(int number) {
  if (number <= 0) return diag::fail(Code::kInvalid, "the number is not positive; write one above 0");
  return number;
}

TEST(Error, ExitStatusesDifferForInputMachineAndBug) {
  EXPECT_EQ(diag::Error(Code::kInvalid, "").exit_status(), 1);
  EXPECT_EQ(diag::Error(Code::kUnavailable, "").exit_status(), 2);
  EXPECT_EQ(diag::Error(Code::kExhausted, "").exit_status(), 2);
  EXPECT_EQ(diag::Error(Code::kInternal, "").exit_status(), 3);
}

TEST(Error, FromErrnoNamesTheFailedCallAndTheReason) {
  const diag::Error error = diag::Error::from_errno(ENOENT, "open /etc/sluice.yaml");
  EXPECT_EQ(error.sentence(), "open /etc/sluice.yaml: No such file or directory");
  EXPECT_EQ(error.code(), Code::kUnavailable);
}

TEST(Error, AtPrefixesThePlaceAndKeepsTheCode) {
  const diag::Error error = diag::Error(Code::kInvalid, "unknown key").at("sluice.yaml:4:3").at("load");
  EXPECT_EQ(error.sentence(), "load: sluice.yaml:4:3: unknown key");
  EXPECT_EQ(error.code(), Code::kInvalid);
}

TEST(Result, ComposesUntilTheFirstFailure) {
  const auto add_ten = [](int number) -> diag::Result<int> { return number + 10; };
  EXPECT_EQ(positive(5).and_then(add_ten).value(), 15);
  const auto failed = positive(-1).and_then(add_ten);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().sentence(), "the number is not positive; write one above 0");
}

}  // namespace
