// SPDX-License-Identifier: Apache-2.0
// Names: their distribution, their form, and that a draw always gives the same one.
#include "loadgen/name_source.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/text.hpp"

namespace {

using loadgen::NameKind;
using loadgen::NameSource;
using loadgen::NameSpec;

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const NameSource& source, std::uint64_t draw) {
  dns::NameWire wire;
  const std::size_t size = source.write(draw, wire.data());
  dns::NameText room;
  return std::string(dns::name_to_text(base::Bytes(wire).first(size), room));
}

std::vector<std::string> first_names(const NameSpec& spec, int count, std::uint64_t seed = 1) {
  auto source = NameSource::create(spec, seed);
  base::Random random(seed);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(text_of(*source, source->draw(random)));
  return names;
}

class ZipfDistribution : public testing::TestWithParam<double> {};

TEST_P(ZipfDistribution, RanksComeAsOftenAsTheirWeightSays) {
  constexpr std::uint32_t kRanks = 200;
  constexpr int kDraws = 1'000'000;
  const loadgen::Zipf zipf(GetParam(), kRanks);
  base::Random random(11);
  std::vector<double> seen(kRanks, 0);
  for (int i = 0; i < kDraws; ++i) seen[zipf.draw(random)] += 1;
  double weights = 0;
  for (std::uint32_t i = 1; i <= kRanks; ++i) weights += std::pow(i, -GetParam());
  double chi_square = 0;
  for (std::uint32_t i = 0; i < kRanks; ++i) {
    const double expected = kDraws * std::pow(i + 1, -GetParam()) / weights;
    chi_square += (seen[i] - expected) * (seen[i] - expected) / expected;
  }
  EXPECT_LT(chi_square, 290);  // 199 degrees of freedom; a true sampler exceeds it once in 30,000 times
}

INSTANTIATE_TEST_SUITE_P(Exponents, ZipfDistribution, testing::Values(0.0, 0.8, 0.95, 1.0, 1.4));

TEST(NumberedNames, ComeInTurnWithoutAnExponent) {
  EXPECT_THAT(first_names({.zone = "mix.example", .names = 3}, 4),
              ElementsAre("n0.mix.example.", "n1.mix.example.", "n2.mix.example.", "n0.mix.example."));
}

TEST(NumberedNames, AreSpreadOverTheZonesByTheirNumber) {
  EXPECT_THAT(first_names({.zone = "shops", .names = 3, .zones = 2}, 3),
              ElementsAre("n0.z0.shops.", "n1.z1.shops.", "n2.z0.shops."));
}

TEST(RandomNames, StandInTheZonesOfNumberedOnesWhateverTheSeed) {
  const auto names = first_names({.kind = NameKind::kRandom, .zone = "shops", .zones = 2}, 1'000, 77);
  for (const std::string& name : names) {
    ASSERT_TRUE(name.ends_with(".z0.shops.") || name.ends_with(".z1.shops.")) << name;
  }
}

TEST(RandomNames, NeverRepeatAndStandUnderTheZone) {
  const auto names = first_names({.kind = NameKind::kRandom, .zone = "flood.example"}, 100'000);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  for (const std::string& name : names) ASSERT_TRUE(name.ends_with(".flood.example.")) << name;
}

TEST(RandomNames, SpreadEvenlyOverAsManyZonesAsAsked) {
  const auto names = first_names({.kind = NameKind::kRandom, .zone = "flood.example", .zones = 20}, 20'000);
  std::map<std::string, int> zones;
  for (const std::string& name : names) ++zones[name.substr(name.find('.') + 1)];
  EXPECT_EQ(zones.size(), 20U);
  for (const auto& [zone, count] : zones) EXPECT_NEAR(count, 1'000, 200) << zone;
}

TEST(RandomNames, TheSameSeedGivesTheSameNamesAndAnotherSeedGivesOthers) {
  const NameSpec spec{.kind = NameKind::kRandom, .zone = "flood.example"};
  EXPECT_EQ(first_names(spec, 100, 3), first_names(spec, 100, 3));
  const auto one = first_names(spec, 1'000, 3);
  const auto other = first_names(spec, 1'000, 4);
  std::set<std::string> all(one.begin(), one.end());
  all.insert(other.begin(), other.end());
  EXPECT_EQ(all.size(), 2'000U);
}

TEST(ADraw, GivesTheSameNameWheneverItIsWritten) {
  auto source = NameSource::create({.kind = NameKind::kRandom, .zone = "a.example", .zones = 7}, 5);
  base::Random random(5);
  const std::uint64_t draw = source->draw(random);
  const std::string before = text_of(*source, draw);
  for (int i = 0; i < 100; ++i) static_cast<void>(source->draw(random));
  EXPECT_EQ(text_of(*source, draw), before);
}

class NameFile : public testing::Test {
 protected:
  ~NameFile() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_) << text; }
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "blast-names";
};

TEST_F(NameFile, IsReadAsDnsperfReadsIt) {
  write("; comment\nwww.Example.com A\n\nmail.example.com\tMX \r\nplain.example\n");
  auto source = NameSource::create({.kind = NameKind::kList, .file = path_}, 1);
  ASSERT_TRUE(source) << source.error().sentence();
  EXPECT_EQ(text_of(*source, 0), "www.Example.com.");
  EXPECT_EQ(source->type_of(0), dns::QType::kA);
  EXPECT_EQ(source->type_of(1), dns::QType::kMx);
  EXPECT_EQ(source->type_of(2), std::nullopt);
}

TEST_F(NameFile, AWrongLineIsNamedWithItsNumber) {
  write("www.example.com A\nwww.example.com ABC\n");
  const auto source = NameSource::create({.kind = NameKind::kList, .file = path_}, 1);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().sentence(), HasSubstr("blast-names:2: 'ABC' is no record type"));
}

TEST_F(NameFile, OneThatIsNotThereIsNamed) {
  const auto source = NameSource::create({.kind = NameKind::kList, .file = "/nonexistent/names"}, 1);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().sentence(), HasSubstr("'/nonexistent/names' cannot be read"));
}

TEST(NameSpecs, AZoneThatLeavesNoRoomForLabelsIsRefused) {
  const std::string label(60, 'a');
  const NameSpec spec{.kind = NameKind::kRandom, .zone = label + "." + label + "." + label + "." + label};
  EXPECT_FALSE(NameSource::create(spec, 1));
}

}  // namespace
