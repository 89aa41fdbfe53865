// SPDX-License-Identifier: Apache-2.0
// Syntax, unknown and duplicate keys, wrong kinds: everything that is wrong before a value is looked at.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.hpp"
#include "support.hpp"

namespace config::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ConfigShape, TheLeastFileLoads) { EXPECT_EQ(error_of(minimal()), "no error"); }

TEST(ConfigShape, AnEmptyFileIsAnError) {
  EXPECT_EQ(error_of(""), "t.yaml:1:1: the file is empty");
  EXPECT_THAT(error_of("# only a comment\n"), HasSubstr("t.yaml:"));
}

TEST(ConfigShape, AFileThatIsNoMapIsAnError) {
  EXPECT_THAT(error_of("[1, 2]"), StartsWith("t.yaml:1:1: expected a map, got a list; allowed: a map of port, "));
}

TEST(ConfigShape, SyntaxErrorsCarryTheirPlace) {
  EXPECT_THAT(error_of("port: [1, 2\nuplinks: 3\n"), StartsWith("t.yaml:2:"));
  EXPECT_THAT(error_of("a: \"unfinished\n"), StartsWith("t.yaml:"));
}

TEST(ConfigShape, MissingRequiredKeysAreNamed) {
  EXPECT_EQ(error_of("log: {level: info}\n"),
            "t.yaml:1:1: port: is missing\n"
            "t.yaml:1:1: uplinks: is missing; allowed: a list of 1 to 16 elements");
  EXPECT_THAT(error_of("port: {device: e0, addresses: [10.0.0.1/24]}\n" + std::string(kUplinks)),
              StartsWith("t.yaml:1:7: port.profile: is missing; allowed: 1 to 31 letters"));
}

TEST(ConfigShape, AnUnknownKeyGivesTheClosestOne) {
  EXPECT_THAT(error_of(minimal("cache:\n  max_tll: 1h\n")),
              StartsWith("t.yaml:4:3: cache.max_tll: is not a known key, did you mean \"max_ttl\"?; allowed: size, "));
  EXPECT_THAT(error_of(minimal("caache: {}\n")),
              StartsWith("t.yaml:3:1: caache: is not a known key, did you mean \"cache\"?; allowed: port, lcores, "));
}

TEST(ConfigShape, AnUnknownKeyThatExistsElsewhereIsPointedTo) {
  EXPECT_THAT(error_of(minimal("max_ttl: 1h\n")),
              HasSubstr("max_ttl: is not a known key, did you mean \"cache.max_ttl\"?"));
}

TEST(ConfigShape, AnUnknownKeyWithoutLikenessGetsNoGuess) {
  EXPECT_THAT(error_of(minimal("xyzzyplugh: 1\n")), HasSubstr("xyzzyplugh: is not a known key; allowed: port, "));
}

TEST(ConfigShape, AKeyWithDotsIsNoPath) {
  EXPECT_THAT(error_of(minimal("cache.size: 64MiB\n")), HasSubstr("t.yaml:3:1: cache.size: is not a known key"));
  EXPECT_THAT(error_of(minimal("uplinks[]: {}\n")), HasSubstr("t.yaml:3:1: uplinks[]: is not a known key"));
}

TEST(ConfigShape, ADuplicateKeyIsAnErrorAtItsSecondPlace) {
  EXPECT_EQ(error_of(minimal("cache:\n  size: 64MiB\n  max_ttl: 1h\n  size: 32MiB\n")),
            "t.yaml:6:3: cache.size: is given twice, first in line 4; allowed: each key once");
  EXPECT_THAT(error_of(minimal("log: {}\nlog: {}\n")), HasSubstr("t.yaml:4:1: log: is given twice, first in line 3"));
}

TEST(ConfigShape, WrongKindsAreNamed) {
  EXPECT_THAT(error_of(minimal("cache: [1]\n")),
              StartsWith("t.yaml:3:8: cache: expected a map, got a list; allowed: a map of size, "));
  EXPECT_THAT(error_of(minimal("eal: --no-huge\n")),
              StartsWith("t.yaml:3:6: eal: expected a list, got a single value; allowed: a list of 0 to 64"));
  EXPECT_THAT(error_of(minimal("log: {level: [info]}\n")),
              StartsWith("t.yaml:3:14: log.level: expected a single value, got a list; allowed: debug, info, "));
  EXPECT_THAT(error_of(minimal("cache:\n  size:\n")), HasSubstr("cache.size: expected a single value, got nothing"));
}

TEST(ConfigShape, ListsHaveALeastAndAMostNumberOfElements) {
  EXPECT_THAT(error_of(std::string(kPort) + "uplinks: []\n"),
              HasSubstr("t.yaml:2:10: uplinks: 0 elements are too few; allowed: a list of 1 to 16 elements"));
  EXPECT_THAT(
      error_of(std::string(kPort) + "uplinks: [{name: a, servers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5, "
                                    "1.1.1.6, 1.1.1.7, 1.1.1.8, 1.1.1.9]}]\n"),
      HasSubstr("uplinks[0].servers: 9 elements are too many; allowed: a list of 1 to 8 elements"));
}

TEST(ConfigShape, AllProblemsAreReportedInTheOrderOfTheFile) {
  EXPECT_EQ(
      error_of(minimal("cache:\n  max_ttl: 1h30\n  size: 64\nlog: {level: loud}\n")),
      "t.yaml:4:12: cache.max_ttl: \"1h30\" is not a duration; write a whole number and one of us, ms, s, m, h, d; "
      "allowed: 1s to 7d, in steps of 1s\n"
      "t.yaml:5:9: cache.size: \"64\" has no unit; allowed: 1MiB to 256GiB, with KiB, MiB, GiB or TiB, or auto\n"
      "t.yaml:6:14: log.level: \"loud\" is not a choice; allowed: debug, info, warn or error");
}

TEST(ConfigShape, AMountainOfProblemsIsCut) {
  std::string text = minimal("eal:\n");
  for (int i = 0; i < 60; ++i) text += "  - [x]\n";
  EXPECT_THAT(error_of(text), testing::EndsWith("t.yaml: 10 more problems are not shown"));
}

TEST(ConfigShape, AnchorsAliasesTagsAndFurtherDocumentsAreRefused) {
  EXPECT_THAT(error_of("a: &x 1\nb: *x\n"), HasSubstr("t.yaml:1:"));
  EXPECT_THAT(error_of("a: &x 1\nb: *x\n"), HasSubstr("anchors are not supported"));
  EXPECT_THAT(error_of("a: !!int 1\n"), HasSubstr("tags are not supported"));
  EXPECT_THAT(error_of(minimal("---\nport: {}\n")), HasSubstr("a second document"));
  EXPECT_THAT(error_of("[a]: 1\n"), HasSubstr("a key must be plain text"));
}

TEST(ConfigShape, DepthIsLimited) {
  const std::string deep = "a: " + std::string(400, '[') + std::string(400, ']') + "\n";
  EXPECT_THAT(error_of(deep), HasSubstr("deeper than 16 levels"));
}

TEST(ConfigShape, AQuotedNumberIsStillANumber) {
  EXPECT_EQ(error_of(minimal("egress: {max_sends: \"2\"}\n")), "no error");
}

TEST(ConfigShape, AnOldKeyIsRefusedWithTheNameThatItHasNow) {
  EXPECT_EQ(error_of(minimal("clients: {patience: 4s}\n")),
            "t.yaml:3:11: clients.patience: is now called clients.timeout");
  EXPECT_EQ(error_of(minimal("clients:\n  watch_prefix: host\n")),
            "t.yaml:4:3: clients.watch_prefix: is now called clients.topk_prefix");
  EXPECT_EQ(error_of(minimal("watch: on\n")), "t.yaml:3:1: watch: is now called topk");
}

TEST(ConfigShape, EveryNewNameOfAnOldKeyIsAKeyAndNoOldNameIs) {
  for (const keyfile::RenamedKey& renamed : renamed_keys()) {
    EXPECT_NE(keyfile::find_key(config_keys(), renamed.now), nullptr) << renamed.now;
    EXPECT_EQ(keyfile::find_key(config_keys(), renamed.before), nullptr) << renamed.before;
  }
}

}  // namespace
}  // namespace config::test
