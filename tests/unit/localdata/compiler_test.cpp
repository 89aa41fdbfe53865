// SPDX-License-Identifier: Apache-2.0
// The compiler of local data by itself; what a configuration file makes of it is tested in tests/unit/config/local_test.cpp.
#include "localdata/compiler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/local_answers.hpp"

namespace localdata::test {
namespace {

using ::test::LocalAnswers;
using ::testing::HasSubstr;

TEST(LocalCompiler, GoodLinesOfAHostsFileAreAddedAndBadOnesReturned) {
  Compiler compiler({.ttl_sec = 30, .plain = PlainNames::kAskUpstream, .forward = {}});
  const std::vector<HostsProblem> problems =
      compiler.add_hosts("192.0.2.1 a.example\n192.0.2.300 b.example\n192.0.2.2\n");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].mark.line, 2);
  EXPECT_EQ(problems[0].what, "\"192.0.2.300\" is not an address");
  EXPECT_EQ(problems[1].mark.line, 3);
  const std::shared_ptr<const Store> store = compiler.build({});
  const LocalAnswers answers(store->tables());
  EXPECT_EQ(answers.ask("a.example.", "A"), "NOERROR: a.example. 30 IN A 192.0.2.1");
  EXPECT_EQ(answers.ask("b.example.", "A"), "upstream");
}

TEST(LocalCompiler, ALoopOfAliasesIsNamedBeforeAnythingIsBuilt) {
  Compiler compiler({});
  EXPECT_EQ(compiler.add_record("a.example. CNAME b.example."), "");
  EXPECT_EQ(compiler.looping_name(), "");
  EXPECT_EQ(compiler.add_record("b.example. CNAME a.example."), "");
  EXPECT_THAT(compiler.looping_name(), HasSubstr(".example."));
}

TEST(LocalCompiler, AForwardedZoneTakesPrecedenceOverASpecialName) {
  const Wire test{std::byte{4}, std::byte{'t'}, std::byte{'e'}, std::byte{'s'}, std::byte{'t'}, std::byte{0}};
  Compiler compiler({.forward = {test}});
  compiler.add_special_name("test");
  compiler.add_special_name("invalid");
  const std::shared_ptr<const Store> store = compiler.build({});
  const LocalAnswers answers(store->tables());
  EXPECT_EQ(answers.ask("x.test.", "A"), "upstream");
  EXPECT_THAT(answers.ask("x.invalid.", "A"), HasSubstr("NXDOMAIN"));
}

}  // namespace
}  // namespace localdata::test
