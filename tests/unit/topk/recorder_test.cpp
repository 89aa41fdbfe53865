// SPDX-License-Identifier: Apache-2.0
#include "topk/recorder.hpp"

#include <map>

#include <gtest/gtest.h>

#include "support/sketch_texts.hpp"

namespace {

using topk::Measure;
using topk::Recorder;
using topk::Subject;

net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  const std::array octets{static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                          static_cast<std::byte>(d)};
  return net::IpAddress::v4(octets.data());
}

const std::string kWww("\3www\7example\3com\0", 17);
const std::string kZone("\7example\3com\0", 13);

struct Recording {
  explicit Recording(Recorder::Place place = Recorder::Place::kAsker)
      : memory(test::cache_aligned(Recorder::bytes_needed(place))),
        recorder({memory.get(), Recorder::bytes_needed(place)}, place, hash) {
    begin(10);
  }
  void begin(std::uint64_t sec, topk::Settings settings = {}) {
    recorder.begin(base::Instant(sec * 1'000'000'000), settings);
  }
  [[nodiscard]] static topk::Asked asked(unsigned host) {
    return {v4(10, 0, 0, host), test::bytes_of(kWww), dns::QType::kA};
  }
  [[nodiscard]] std::map<std::string, std::uint64_t> rows(Subject subject, Measure measure,
                                                          std::uint32_t sec = 10) const {
    std::map<std::string, std::uint64_t> found;
    recorder.sketch(subject, measure).read(sec, [&](const topk::Row& row) {
      std::string text(row.key_bytes, '\0');
      std::memcpy(text.data(), row.key().data(), row.key_bytes);
      found[text] = row.count;
    });
    return found;
  }
  base::KeyedHash hash = test::any_hash();
  std::unique_ptr<std::byte, test::FreeMemory> memory;
  Recorder recorder;
};

TEST(Recorder, AMissIsCountedForItsClientNameZoneAndType) {
  Recording recording;
  for (int i = 0; i < 3; ++i) recording.recorder.miss(Recording::asked(1), 1);
  EXPECT_EQ(recording.rows(Subject::kName, Measure::kMisses), (std::map<std::string, std::uint64_t>{{kWww, 3}}));
  EXPECT_EQ(recording.rows(Subject::kZone, Measure::kMisses), (std::map<std::string, std::uint64_t>{{kZone, 3}}));
  EXPECT_EQ(recording.rows(Subject::kType, Measure::kMisses),
            (std::map<std::string, std::uint64_t>{{std::string("\0\1", 2), 3}}));
  const auto clients = recording.rows(Subject::kClient, Measure::kMisses);
  ASSERT_EQ(clients.size(), 1U);
  EXPECT_EQ(static_cast<unsigned char>(clients.begin()->first.back()), 128U);
  EXPECT_EQ(clients.begin()->second, 3U);
  EXPECT_TRUE(recording.rows(Subject::kName, Measure::kQueries).empty());
}

// Clients that ask in turn, `count` times in all; each must have its share of the `total`.
void expect_equal_shares(const std::map<std::string, std::uint64_t>& clients, double total, double tolerance) {
  ASSERT_EQ(clients.size(), 16U) << "a stride would show fewer clients";
  double sum = 0;
  for (const auto& [text, count] : clients) {
    EXPECT_NEAR(static_cast<double>(count), total / 16.0, tolerance * total / 16.0);
    sum += static_cast<double>(count);
  }
  EXPECT_NEAR(sum, total, tolerance * total / 2);
}

TEST(Recorder, OneQueryInSixteenStandsForAllAndClientsInTurnGetEqualShares) {
  Recording recording;
  constexpr unsigned kQueries = 64'000;
  for (unsigned i = 0; i < kQueries; ++i) {
    const std::uint32_t weight = recording.recorder.samples_query();
    ASSERT_TRUE(weight == 0 || weight == topk::kSampleOneIn);
    if (weight != 0) recording.recorder.query(Recording::asked(i % 16), topk::NxDomain::kOther, weight);
  }
  expect_equal_shares(recording.rows(Subject::kClient, Measure::kQueries), kQueries, 0.25);
  EXPECT_NEAR(static_cast<double>(recording.rows(Subject::kName, Measure::kQueries).at(kWww)), kQueries, 4'000);
}

TEST(Recorder, ABusySecondIsSampledMoreThinlyAndClientsInTurnStillGetEqualShares) {
  Recording recording;
  constexpr unsigned kQueries = 2'000'000;
  std::uint64_t samples = 0;
  for (unsigned i = 0; i < kQueries; ++i) {
    const std::uint32_t weight = recording.recorder.samples_query();
    if (weight == 0) continue;
    ++samples;
    recording.recorder.query(Recording::asked(i % 16), topk::NxDomain::kOther, weight);
  }
  expect_equal_shares(recording.rows(Subject::kClient, Measure::kQueries), kQueries, 0.1);
  EXPECT_LT(samples, kQueries / topk::kThinSampleOneIn + topk::kDenseQuerySamples + 1'000U);
}

TEST(Recorder, ThinSamplesEndWithTheirSecond) {
  Recording recording;
  for (unsigned i = 0; i < 200'000; ++i) static_cast<void>(recording.recorder.samples_query());
  recording.begin(11);
  unsigned samples = 0;
  for (unsigned i = 0; i < 16'000; ++i) samples += recording.recorder.samples_query() != 0 ? 1 : 0;
  EXPECT_NEAR(samples, 1'000, 100);
}

TEST(Recorder, MissesAreCountedOneByOneUntilASecondHasHadMany) {
  Recording recording;
  for (std::uint64_t sec = 10; sec < 13; ++sec) {
    recording.begin(sec);
    for (std::uint32_t i = 0; i < topk::kMissesOneByOne; ++i) ASSERT_EQ(recording.recorder.samples_miss(), 1U);
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      const std::uint32_t weight = recording.recorder.samples_miss();
      ASSERT_TRUE(weight == 0 || weight == topk::kSampleOneIn);
    }
  }
}

TEST(Recorder, MissesOfClientsInTurnGetEqualSharesOfABusySecond) {
  Recording recording;
  constexpr unsigned kMisses = 1'000'000;
  for (unsigned i = 0; i < kMisses; ++i) {
    const std::uint32_t weight = recording.recorder.samples_miss();
    if (weight != 0) recording.recorder.miss(Recording::asked(i % 16), weight);
  }
  expect_equal_shares(recording.rows(Subject::kClient, Measure::kMisses), kMisses, 0.1);
}

TEST(Recorder, BytesAreSampledByTheirNumberSoThatFewBigAnswersWeighAsMuchAsManySmall) {
  Recording recording;
  for (unsigned i = 0; i < 40'000; ++i) {
    const bool is_big = i % 40 == 0;
    const auto weight = recording.recorder.samples_bytes(is_big ? 4'000 : 100);
    if (weight != 0) recording.recorder.bytes(Recording::asked(is_big ? 1 : 2), weight);
  }
  const auto clients = recording.rows(Subject::kClient, Measure::kBytes);
  ASSERT_EQ(clients.size(), 2U);
  std::uint64_t total = 0;
  for (const auto& [text, count] : clients) {
    EXPECT_NEAR(static_cast<double>(count), 4e6, 4e5);
    total += count;
  }
  EXPECT_NEAR(static_cast<double>(total), 7.9e6, 1e4);
}

TEST(Recorder, AnAnswerLargerThanTheSampleCountsWhole) {
  Recording recording;
  std::uint64_t total = 0;
  for (int i = 0; i < 10; ++i) total += recording.recorder.samples_bytes(60'000);
  EXPECT_NEAR(static_cast<double>(total), 600'000, 4'096);
}

TEST(Recorder, SecondsAreTheClocks) {
  Recording recording;
  recording.recorder.miss(Recording::asked(1), 1);
  recording.begin(11);
  recording.recorder.miss(Recording::asked(2), 1);
  EXPECT_EQ(recording.rows(Subject::kClient, Measure::kMisses, 10).size(), 1U);
  EXPECT_EQ(recording.rows(Subject::kClient, Measure::kMisses, 11).size(), 1U);
}

TEST(Recorder, AskersKeepNoPacketsAndTheEgressCoreNothingElse) {
  Recording egress(Recorder::Place::kEgress);
  egress.recorder.upstream(Recording::asked(1), 2);
  egress.recorder.miss(Recording::asked(1), 1);
  EXPECT_EQ(egress.rows(Subject::kName, Measure::kUpstream).at(kWww), 2U);
  EXPECT_TRUE(egress.rows(Subject::kName, Measure::kMisses).empty());
  Recording asker;
  asker.recorder.upstream(Recording::asked(1), 2);
  EXPECT_TRUE(asker.rows(Subject::kName, Measure::kUpstream).empty());
}

TEST(ClientPrefix, HostsAndNetworksOfBothFamilies) {
  std::array<std::byte, 16> six{};
  for (std::size_t i = 0; i < six.size(); ++i) six[i] = static_cast<std::byte>(0xf0 + i);
  const net::IpAddress v6 = net::IpAddress::v6(six.data());
  EXPECT_EQ(topk::client_prefix(v4(10, 1, 2, 3), topk::ClientPrefix::kHost), (net::Prefix{v4(10, 1, 2, 3), 128}));
  EXPECT_EQ(topk::client_prefix(v4(10, 1, 2, 3), topk::ClientPrefix::kNetwork), (net::Prefix{v4(10, 1, 2, 0), 120}));
  const net::Prefix host = topk::client_prefix(v6, topk::ClientPrefix::kHost);
  EXPECT_EQ(host.length, 64);
  EXPECT_TRUE(host.contains(v6));
  EXPECT_EQ(host.address.octets()[8], std::byte{0});
  EXPECT_EQ(topk::client_prefix(v6, topk::ClientPrefix::kNetwork).address.octets()[7], std::byte{0});
}

// What `top zones` shows is what the egress core shares its budget by.
TEST(Recorder, ZonesAreThoseOfTheEgressCore) {
  const std::string deep("\3api\3eu1\4corp\7example\0", 22);
  const std::string eu1("\3eu1\4corp\7example\0", 18);
  const std::string suffixes("\4corp\7example\0", 14);
  const std::string cloud("\7db-ab12\3rds\11amazonaws\3com\0", 27);
  const std::string rds("\3rds\11amazonaws\3com\0", 19);
  Recording recording;
  recording.recorder.begin(base::Instant(10'000'000'000), {}, test::bytes_of(suffixes));
  recording.recorder.miss({.client = v4(10, 0, 0, 1), .qname = test::bytes_of(deep), .qtype = dns::QType::kA}, 1);
  recording.recorder.miss({.client = v4(10, 0, 0, 1), .qname = test::bytes_of(cloud), .qtype = dns::QType::kA}, 1);
  const auto zones = recording.rows(Subject::kZone, Measure::kMisses);
  EXPECT_EQ(zones.count(eu1), 1U);
  EXPECT_EQ(zones.count(rds), 1U);
}

}  // namespace
