// SPDX-License-Identifier: Apache-2.0
// Pages, blocks and limbo: who owns which 64 bytes, and since when.
#include "cache/arena.hpp"

#include <algorithm>
#include <memory>

#include "base/contract.hpp"

namespace cache {
namespace {

/// How a page of one class is cut.
struct Cut {
  std::uint16_t bytes = 0;  // of a block
  std::uint16_t blocks = 0;
  std::uint16_t begin = 0;  // of block 0 in the page
};

constexpr Cut cut_for(std::size_t bytes) noexcept {
  std::size_t blocks = kPageBytes / (bytes + sizeof(BlockNote));
  const auto notes = [](std::size_t count) {
    return (count * sizeof(BlockNote) + kBlockUnitBytes - 1) / kBlockUnitBytes * kBlockUnitBytes;
  };
  while (notes(blocks) + blocks * bytes > kPageBytes) --blocks;
  return {static_cast<std::uint16_t>(bytes), static_cast<std::uint16_t>(blocks),
          static_cast<std::uint16_t>(notes(blocks))};
}

constexpr std::array<Cut, kClasses> kCuts = [] {
  std::array<Cut, kClasses> cuts{};
  for (std::size_t i = 0; i < kClasses; ++i) cuts[i] = cut_for(kClassBytes[i]);
  return cuts;
}();
static_assert(std::ranges::is_sorted(kClassBytes));
static_assert(kCuts.back().blocks >= 8);

// Blocks that a class holds free ahead of need: an eighth of a small class, no more than a burst of inserts takes.
constexpr std::uint32_t kLeastAhead = 4;
constexpr std::uint32_t kMostAhead = 64;

}  // namespace

std::size_t Arena::class_for(std::size_t bytes) noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(kClassBytes, bytes) - kClassBytes.begin());
}

Arena::Arena(base::MutableBytes memory, base::Carver& rest, std::size_t shards) noexcept : memory_(memory) {
  const std::size_t room = rest.left() - kBlockUnitBytes;  // the descriptors end on a line
  const std::size_t count = room / (kPageBytes + sizeof(Page));
  pages_ = rest.make<Page>(count);
  first_page_ = rest.used();
  SLUICE_REQUIRE(first_page_ + count * kPageBytes <= memory.size());

  const std::size_t share = count / shards;
  SLUICE_REQUIRE(share >= kClasses);
  for (std::size_t shard = 0; shard < shards; ++shard) {
    fresh_[shard] = {static_cast<std::uint32_t>(shard * share), static_cast<std::uint32_t>((shard + 1) * share)};
    for (std::size_t size_class = 0; size_class < kClasses; ++size_class) add_page(shard, size_class);
  }
}

void Arena::add_page(std::size_t shard, std::size_t size_class) noexcept {
  const std::uint32_t index = fresh_[shard].next++;
  Page& page = pages_[index];
  Pool& pool = pools_[shard][size_class];
  page.size_class = static_cast<std::uint8_t>(size_class);
  page.shard = static_cast<std::uint8_t>(shard);
  if (pool.last_page == kNoPage) {
    page.next = index;
    pool.hand = {index, 0};
  } else {
    page.next = pages_[pool.last_page].next;
    pages_[pool.last_page].next = index;
  }
  pool.last_page = index;
  pool.uncarved = kCuts[size_class].blocks;
  pool.blocks += kCuts[size_class].blocks;
}

BlockRef Arena::ref_at(std::size_t page, std::size_t block) const noexcept {
  const Cut& cut = kCuts[pages_[page].size_class];
  return static_cast<BlockRef>((first_page_ + page * kPageBytes + cut.begin + block * cut.bytes) / kBlockUnitBytes);
}

BlockRef Arena::ref_of(const void* block) const noexcept {
  return static_cast<BlockRef>(static_cast<std::size_t>(static_cast<const std::byte*>(block) - memory_.data()) /
                               kBlockUnitBytes);
}

BlockNote& Arena::note(BlockRef ref) noexcept {
  const std::size_t page = page_of(ref);
  const Cut& cut = kCuts[pages_[page].size_class];
  std::byte* const page_begin = memory_.data() + first_page_ + page * kPageBytes;
  const std::size_t index = (static_cast<std::size_t>(block(ref) - page_begin) - cut.begin) / cut.bytes;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a page begins with its notes
  return reinterpret_cast<BlockNote*>(page_begin)[index];
}

BlockRef Arena::take(std::size_t shard, std::size_t size_class) noexcept {
  Pool& pool = pools_[shard][size_class];
  if (pool.free_head != 0) {
    const BlockRef ref = pool.free_head;
    pool.free_head = note(ref).link;
    --pool.free;
    return ref;
  }
  if (pool.uncarved == 0) {
    if (fresh_[shard].next == fresh_[shard].end) return 0;
    add_page(shard, size_class);
  }
  const BlockRef ref = ref_at(pool.last_page, pages_[pool.last_page].carved++);
  --pool.uncarved;
  std::construct_at(&note(ref));
  return ref;
}

BlockRef Arena::allocate(std::size_t shard, std::size_t size_class) noexcept {
  for (std::size_t c = size_class; c < kClasses; ++c) {
    const BlockRef ref = take(shard, c);
    if (ref == 0) continue;
    ++pools_[shard][c].live;
    bytes_used_ += kClassBytes[c];
    note(ref).state = BlockState::kTransient;  // until it is published
    return ref;
  }
  return 0;
}

void Arena::retire(BlockRef ref) noexcept {
  BlockNote& retired = note(ref);
  SLUICE_REQUIRE(retired.state == BlockState::kLive || retired.state == BlockState::kTransient);
  retired.state = BlockState::kLimbo;
  retired.link = 0;
  if (pending_.head == 0) {
    pending_.head = ref;
  } else {
    note(pending_.tail).link = ref;
  }
  pending_.tail = ref;

  const Page& page = pages_[page_of(ref)];
  Pool& pool = pools_[page.shard][page.size_class];
  --pool.live;
  ++pool.limbo;
  bytes_used_ -= kClassBytes[page.size_class];
  ++in_limbo_;
}

void Arena::reclaim(base::Qsbr& qsbr) noexcept {
  if (waiting_.head != 0 && qsbr.passed(grace_)) free_waiting();
  if (waiting_.head != 0 || pending_.head == 0) return;
  grace_ = qsbr.begin_grace();
  waiting_ = pending_;
  pending_ = {};
  if (qsbr.passed(grace_)) free_waiting();  // nobody reads at all
}

void Arena::free_waiting() noexcept {
  for (std::size_t i = 0; i < kReclaimBatch && waiting_.head != 0; ++i) {
    const BlockRef ref = waiting_.head;
    BlockNote& freed = note(ref);
    waiting_.head = freed.link;
    const Page& page = pages_[page_of(ref)];
    Pool& pool = pools_[page.shard][page.size_class];
    freed.state = BlockState::kFree;
    freed.link = pool.free_head;
    pool.free_head = ref;
    ++pool.free;
    --pool.limbo;
    --in_limbo_;
  }
}

bool Arena::runs_short(std::size_t shard, std::size_t size_class) const noexcept {
  if (fresh_[shard].next != fresh_[shard].end) return false;
  const Pool& pool = pools_[shard][size_class];
  return pool.free + pool.uncarved + pool.limbo < std::clamp(pool.blocks / 8, kLeastAhead, kMostAhead);
}

BlockRef Arena::step(Hand& hand) const noexcept {
  for (int skipped = 0; skipped < 3; ++skipped) {  // only the last page of a round can be without carved blocks
    const Page& page = pages_[hand.page];
    if (hand.block < page.carved) return ref_at(hand.page, hand.block++);
    hand = {page.next, 0};
  }
  return 0;
}

}  // namespace cache
