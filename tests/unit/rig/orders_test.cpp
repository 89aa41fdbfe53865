// SPDX-License-Identifier: Apache-2.0
// The replacement policies against the plainest code that says the same: vectors, searched from end to end.
#include "orders.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rig {
namespace {

constexpr std::uint32_t kItems = 60;
constexpr std::size_t kRoom = 17;

std::vector<std::uint32_t> random_items(std::uint64_t seed, std::size_t count = 4'000) {
  std::mt19937_64 random(seed);
  std::vector<std::uint32_t> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(static_cast<std::uint32_t>(std::min(random() % kItems, random() % kItems)));
  }
  return items;
}

/// Hits of an order, items of one byte, evicting before it inserts.
template <class Order>
std::vector<bool> hits_of(const std::vector<std::uint32_t>& items, Order order = {}) {
  Nodes nodes(kItems);
  std::size_t in = 0;
  std::vector<bool> hits;
  for (const std::uint32_t item : items) {
    hits.push_back(nodes[item].is_in());
    if (nodes[item].is_in()) {
      order.on_hit(nodes, item);
      continue;
    }
    if (in == kRoom) {
      nodes[order.take_victim(nodes)].chunk_bytes = 0;
      --in;
    }
    nodes[item].chunk_bytes = 1;
    nodes[item].uses = 0;
    order.on_insert(nodes, item);
    ++in;
  }
  return hits;
}

/// A queue as a vector, the newest in front.
struct Plain {
  struct One {
    std::uint32_t item;
    bool visited = false;
  };
  std::vector<One> all;
  std::size_t hand = 0;  // SIEVE: distance from the oldest
  [[nodiscard]] std::optional<std::size_t> find(std::uint32_t item) const {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].item == item) return i;
    }
    return std::nullopt;
  }
};

std::vector<bool> plain_hits(const std::vector<std::uint32_t>& items, void (*on_hit)(Plain&, std::size_t),
                             void (*evict)(Plain&)) {
  Plain plain;
  std::vector<bool> hits;
  for (const std::uint32_t item : items) {
    const auto at = plain.find(item);
    hits.push_back(at.has_value());
    if (at) {
      on_hit(plain, *at);
      continue;
    }
    if (plain.all.size() == kRoom) evict(plain);
    plain.all.insert(plain.all.begin(), {item});
  }
  return hits;
}

void nothing(Plain& /*plain*/, std::size_t /*at*/) {}
void visit(Plain& plain, std::size_t at) { plain.all[at].visited = true; }
void to_front(Plain& plain, std::size_t at) {
  std::rotate(plain.all.begin(), plain.all.begin() + static_cast<std::ptrdiff_t>(at),
              plain.all.begin() + static_cast<std::ptrdiff_t>(at) + 1);
}
void evict_oldest(Plain& plain) { plain.all.pop_back(); }
void evict_clock(Plain& plain) {
  while (plain.all.back().visited) {
    plain.all.back().visited = false;
    to_front(plain, plain.all.size() - 1);
  }
  plain.all.pop_back();
}
void evict_sieve(Plain& plain) {
  const auto at_hand = [&]() -> std::size_t { return plain.all.size() - 1 - plain.hand; };
  while (plain.all[at_hand()].visited) {
    plain.all[at_hand()].visited = false;
    if (++plain.hand == plain.all.size()) plain.hand = 0;
  }
  plain.all.erase(plain.all.begin() + static_cast<std::ptrdiff_t>(at_hand()));
  if (plain.hand == plain.all.size()) plain.hand = 0;  // behind the newest comes the oldest
}

class Orders : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Orders, LruEvictsWhatNobodyAskedForLongest) {
  const auto items = random_items(GetParam());
  EXPECT_EQ(hits_of<LruOrder>(items), plain_hits(items, to_front, evict_oldest));
}

TEST_P(Orders, FifoEvictsTheOldestWhateverWasAsked) {
  const auto items = random_items(GetParam());
  EXPECT_EQ(hits_of<FifoOrder>(items), plain_hits(items, nothing, evict_oldest));
}

TEST_P(Orders, ClockGivesOneMoreRoundToWhatWasAsked) {
  const auto items = random_items(GetParam());
  EXPECT_EQ(hits_of<ClockOrder>(items), plain_hits(items, visit, evict_clock));
}

TEST_P(Orders, SieveMovesItsHandAndNothingElse) {
  const auto items = random_items(GetParam());
  EXPECT_EQ(hits_of<SieveOrder>(items), plain_hits(items, visit, evict_sieve));
}

/// S3-FIFO as its paper's algorithm, over vectors; the newest in front.
std::vector<bool> plain_s3fifo(const std::vector<std::uint32_t>& items) {
  struct One {
    std::uint32_t item;
    int uses = 0;
  };
  std::vector<One> small;
  std::vector<One> main;
  std::vector<std::uint32_t> ghosts;
  std::vector<bool> hits;
  const auto find = [](std::vector<One>& queue, std::uint32_t item) {
    return std::find_if(queue.begin(), queue.end(), [&](const One& one) { return one.item == item; });
  };
  const auto evict = [&] {
    for (;;) {
      const bool from_small = !small.empty() && (small.size() > kRoom / 10 || main.empty());
      auto& queue = from_small ? small : main;
      One last = queue.back();
      queue.pop_back();
      if (from_small && last.uses < 2) {
        ghosts.insert(ghosts.begin(), last.item);
        return;
      }
      if (!from_small && last.uses == 0) return;
      last.uses = from_small ? 0 : last.uses - 1;
      main.insert(main.begin(), last);
    }
  };
  for (const std::uint32_t item : items) {
    const auto in_small = find(small, item);
    const auto in_main = find(main, item);
    const bool hit = in_small != small.end() || in_main != main.end();
    hits.push_back(hit);
    if (hit) {
      One& one = in_small != small.end() ? *in_small : *in_main;
      one.uses = std::min(one.uses + 1, 3);
      continue;
    }
    if (small.size() + main.size() == kRoom) evict();
    const auto remembered = ghosts.begin() + static_cast<std::ptrdiff_t>(std::min(ghosts.size(), main.size()));
    const bool comes_back = std::find(ghosts.begin(), remembered, item) != remembered;
    std::replace(ghosts.begin(), ghosts.end(), item, kItems);  // no ghost any more
    (comes_back ? main : small).insert(comes_back ? main.begin() : small.begin(), {item});
  }
  return hits;
}

TEST_P(Orders, S3FifoKeepsATenthForTheNewAndRemembersWhoLeft) {
  const auto items = random_items(GetParam());
  S3FifoOrder order;
  order.set_room(kRoom);
  EXPECT_EQ(hits_of(items, order), plain_s3fifo(items));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Orders, testing::Values(1, 2, 3, 4, 5));

// An item that expires before its next use used to get an entry with each hit, and all entries were visited each time.
TEST(BeladyOrder, HitsOnItemsWithoutANextUseTakeNoMemory) {
  constexpr std::uint32_t kLive = 1'000;
  Nodes nodes(kLive);
  BeladyOrder order;
  for (std::uint32_t hit = 0; hit < 20 * kLive; ++hit) {
    const std::uint32_t item = hit % kLive;
    order.set_next(item, 2, 1);  // wanted after it expires
    if (nodes[item].is_in()) {
      order.on_hit(nodes, item);
    } else {
      nodes[item].chunk_bytes = 1;
      order.on_insert(nodes, item);
    }
    EXPECT_LE(order.places(), std::size_t{4} * kLive);
  }
}

}  // namespace
}  // namespace rig
