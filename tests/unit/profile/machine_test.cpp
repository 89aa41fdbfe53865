// SPDX-License-Identifier: Apache-2.0
// The machine that the tests run on.
#include "profile/machine.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace profile::test {
namespace {

TEST(Machine, HasCpusInOrderAndMemory) {
  const auto machine = probe_machine();
  ASSERT_TRUE(machine) << machine.error().sentence();
  ASSERT_FALSE(machine->cpus.empty());
  EXPECT_TRUE(std::is_sorted(machine->cpus.begin(), machine->cpus.end()));
  EXPECT_GT(machine->memory_bytes, 64U << 20);
}

}  // namespace
}  // namespace profile::test
