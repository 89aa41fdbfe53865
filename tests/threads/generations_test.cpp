// SPDX-License-Identifier: Apache-2.0
// Readers that load generations while control publishes and frees them; run under ThreadSanitizer, which sees a
// generation that is freed too soon.
#include "control/generations.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

constexpr std::uint64_t kPublications = 10'000;
constexpr std::size_t kReaders = 3;

net::IpAddress v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  const std::array octets{static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                          static_cast<std::byte>(d)};
  return net::IpAddress::v4(octets.data());
}

/// Each member holds the number, so that a torn or freed generation is noticed also without a sanitizer.
config::Settings numbered(std::uint64_t number) {
  config::Settings settings;
  settings.port.addresses = {{v4(10, 77, 0, 53), 24}};
  egress::UplinkSettings uplink;
  uplink.budget.limit_pps = static_cast<std::uint32_t>(number);
  static_cast<void>(uplink.servers.push_back(v4(10, 77, 0, 2)));
  static_cast<void>(settings.egress.uplinks.push_back(uplink));
  settings.uplink_names = {"vpc"};
  settings.forward = {{".", {std::byte{0}}, number % 16}};
  const unsigned net = static_cast<unsigned>(number % 200);
  static_cast<void>(settings.policy.allow.push_back({v4(10, net, 0, 0), 112}));
  settings.cache.max_ttl = std::chrono::seconds(number);
  return settings;
}

bool is_whole(const answer::Generation& seen) {
  static constexpr std::array kRoot{std::byte{0}};
  const auto net = static_cast<unsigned>(seen.number % 200);
  return seen.cache.max_ttl == std::chrono::seconds(seen.number) &&
         seen.egress.uplinks[0].budget.limit_pps == seen.number && seen.acl->allows(v4(10, net, 1, 2)) &&
         !seen.acl->allows(v4(10, net + 1, 1, 2)) &&
         seen.forward->route(base::Bytes(kRoot)) == dns::UplinkId(static_cast<std::uint16_t>(seen.number % 16));
}

TEST(GenerationThreads, ReadersSeeWholeGenerationsInOrderWhileControlPublishesThousands) {
  base::KeyedHash hash(base::KeyedHash::Secret{std::byte{7}});
  control::Generations generations(hash);
  ASSERT_TRUE(generations.publish(numbered(1)));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> broken{0};
  std::vector<std::thread> readers;
  for (std::size_t slot = 0; slot < kReaders; ++slot) {
    generations.online(slot);
    readers.emplace_back([&, reader = generations.reader(slot)] {
      std::uint64_t last = 0;
      while (!done.load(std::memory_order_relaxed)) {
        const answer::Generation& seen = *reader.load();
        if (seen.number < last || !is_whole(seen)) broken.fetch_add(1);
        last = seen.number;
      }
    });
  }
  std::size_t most_retired = 0;
  for (std::uint64_t number = 2; number <= kPublications; ++number) {
    ASSERT_EQ(generations.publish(numbered(number)).value(), number);
    generations.collect();
    most_retired = std::max(most_retired, generations.retired());
    if (generations.retired() > 1'000) std::this_thread::yield();
  }
  while (!generations.collect()) std::this_thread::yield();
  done.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken.load(), 0U);
  EXPECT_EQ(generations.retired(), 0U);
  EXPECT_GT(most_retired, 0U) << "no reader was ever waited for: the test shows nothing";
}

// A table of blocks is freed when no reader can look into it any more, however often it changes.
TEST(GenerationThreads, ReadersLookIntoWholeBlockTablesWhileControlChangesThem) {
  base::KeyedHash hash(base::KeyedHash::Secret{std::byte{7}});
  control::Generations generations(hash);
  ASSERT_TRUE(generations.publish(numbered(1)));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> broken{0};
  std::atomic<std::uint64_t> found{0};
  std::vector<std::thread> readers;
  for (std::size_t slot = 0; slot < kReaders; ++slot) {
    generations.online(slot);
    readers.emplace_back([&, reader = generations.reader(slot)] {
      std::uint64_t hits = 0;
      while (!done.load(std::memory_order_relaxed)) {
        const policy::BlockTable* blocks = reader.load()->blocks->load(std::memory_order_acquire);
        if (blocks == nullptr) continue;
        const auto action = blocks->find(v4(10, 0, 0, 1));
        if (action != policy::BlockAction::kRefuse || blocks->find(v4(10, 9, 9, 9))) broken.fetch_add(1);
        ++hits;
      }
      found.fetch_add(hits);
    });
  }
  for (unsigned i = 0; i < kPublications; ++i) {
    std::vector<policy::BlockedPrefix> blocks{{{v4(10, 0, 0, 1), 128}, policy::BlockAction::kRefuse}};
    for (unsigned j = 0; j < i % 20; ++j) blocks.push_back({{v4(10, 1, i % 200, j), 128}, policy::BlockAction::kDrop});
    generations.publish_blocks(i % 7 == 0 ? std::span<const policy::BlockedPrefix>() : blocks);
    generations.collect();
    if (i % 64 == 0) std::this_thread::yield();
  }
  done.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken.load(), 0U);
  EXPECT_GT(found.load(), 0U) << "no reader looked: the test shows nothing";
}

}  // namespace
