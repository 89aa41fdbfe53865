// SPDX-License-Identifier: Apache-2.0
// Generated documents are up to date, and every example in them loads.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reference.hpp"
#include "support.hpp"

namespace config::test {
namespace {

constexpr const char* kHint = "run scripts/gen-docs";

std::string stored(const char* path) {
  std::ifstream stream(source_dir() / path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Everything between "```yaml" and "```".
std::vector<std::string> yaml_blocks(const std::string& markdown) {
  std::vector<std::string> blocks;
  std::istringstream lines(markdown);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```yaml") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + '\n';
    }
  }
  return blocks;
}

TEST(ConfigDocuments, ConfigurationIsUpToDate) {
  EXPECT_EQ(stored("docs/configuration.md"), configuration_markdown()) << kHint;
}

TEST(ConfigDocuments, ProfilesAreUpToDate) {
  std::vector<profile::Profile> profiles;
  for (const std::string& name : profile::profile_names(tree_profiles())) {
    profiles.push_back(*profile::load_profile(name, tree_profiles()));
  }
  EXPECT_EQ(stored("docs/reference/profiles.md"), profiles_markdown(profiles)) << kHint;
}

TEST(ConfigDocuments, SchemaIsUpToDate) {
  EXPECT_EQ(stored("share/sluice.schema.json"), configuration_schema()) << kHint;
}

TEST(ConfigDocuments, EveryExampleLoads) {
  profile::Machine machine = machine_with(4);
  machine.free_hugepage_bytes = 8ULL << 30;
  const std::vector<std::string> blocks = yaml_blocks(stored("docs/configuration.md"));
  EXPECT_EQ(blocks.size(), 3U);
  for (const std::string& block : blocks) {
    const auto settings = load_on(machine, block);
    EXPECT_TRUE(settings) << settings.error().sentence();
  }
}

TEST(ConfigDocuments, TheErrorInTheTextIsTheOneThatIsGiven) {
  const std::string text = minimal(std::string(8, '\n')) + "cache:\n  max_ttl: 1h30\n";
  const std::string sentence = load_text(text, "sluice.yaml", machine_with(1), tree_profiles()).error().sentence();
  EXPECT_THAT(stored("docs/configuration.md"), testing::HasSubstr(sentence));
}

TEST(ConfigDocuments, SchemaIsJsonThatKnowsEveryTopKey) {
  const auto schema = nlohmann::json::parse(configuration_schema());
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_TRUE(schema["properties"]["uplinks"]["items"]["properties"].contains("servers"));
  EXPECT_EQ(schema["properties"]["cache"]["properties"]["coalesce"]["enum"].size(), 3U);
  EXPECT_EQ(schema["required"].size(), 2U);
}

}  // namespace
}  // namespace config::test
