// SPDX-License-Identifier: Apache-2.0
// Pages, blocks and limbo: who owns which 64 bytes, and since when.
#include "cache/arena.hpp"

#include <algorithm>
#include <memory>

#include "base/contract.hpp"
#include "cache/entry.hpp"

namespace cache {
namespace {

/// How a page of one class is cut.
struct Cut {
  std::uint32_t bytes = 0;  // of a block
  std::uint16_t blocks = 0;
  std::uint16_t begin = 0;  // of block 0 in the page
};

constexpr Cut cut_for(std::size_t bytes) noexcept {
  std::size_t blocks = kPageBytes / (bytes + sizeof(BlockNote));
  const auto notes = [](std::size_t count) {
    return (count * sizeof(BlockNote) + kBlockUnitBytes - 1) / kBlockUnitBytes * kBlockUnitBytes;
  };
  while (notes(blocks) + blocks * bytes > kPageBytes) --blocks;
  return {static_cast<std::uint32_t>(bytes), static_cast<std::uint16_t>(blocks),
          static_cast<std::uint16_t>(notes(blocks))};
}

constexpr std::array<Cut, kClasses> kCuts = [] {
  std::array<Cut, kClasses> cuts{};
  for (std::size_t i = 0; i < kLargeClass; ++i) cuts[i] = cut_for(kClassBytes[i]);
  cuts[kLargeClass] = {kClassBytes[kLargeClass], 1, kBlockUnitBytes};
  return cuts;
}();
static_assert(std::ranges::is_sorted(kClassBytes));
static_assert(kCuts[kLargeClass - 1].blocks >= 8);
static_assert(kClassBytes[kLargeClass] >= Entry::kHeaderBytes + dns::kMaxKeyBytes + 1 +
                                              dns::kMaxRecords * sizeof(std::uint16_t) + dns::kMaxMessageBytes);

// Blocks that a class holds free ahead of need: an eighth of a small class, no more than a burst of inserts takes.
constexpr std::uint32_t kLeastAhead = 4;
constexpr std::uint32_t kMostAhead = 64;
constexpr std::size_t kLargeShare = 64;  // one part in so many is for large answers
constexpr std::size_t kLeastLarge = 3;   // one that readers hold, one that is on its way, one that stays

}  // namespace

std::size_t Arena::class_for(std::size_t bytes) noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(kClassBytes, bytes) - kClassBytes.begin());
}

Arena::Arena(base::MutableBytes memory, base::Carver& rest, std::size_t shards) noexcept : memory_(memory) {
  const std::size_t room = rest.left() - kBlockUnitBytes;  // the descriptors end on a line
  const std::size_t large = std::max(memory.size() / kLargeShare / kLargePageBytes, kLeastLarge);
  const std::size_t count = (room - large * (kLargePageBytes + sizeof(Page))) / (kPageBytes + sizeof(Page));
  pages_ = rest.make<Page>(count + large);
  first_page_ = rest.used();
  first_large_ = first_page_ + count * kPageBytes;
  SLUICE_REQUIRE(first_large_ + large * kLargePageBytes <= memory.size());

  large_pages_from_ = count;
  fresh_large_ = {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count + large)};
  add_page(0, kLargeClass);
  const std::size_t share = count / shards;
  SLUICE_REQUIRE(share >= kLargeClass);
  for (std::size_t shard = 0; shard < shards; ++shard) {
    fresh_[shard] = {static_cast<std::uint32_t>(shard * share), static_cast<std::uint32_t>((shard + 1) * share)};
    for (std::size_t size_class = 0; size_class < kLargeClass; ++size_class) add_page(shard, size_class);
  }
}

void Arena::add_page(std::size_t shard, std::size_t size_class) noexcept {
  const std::uint32_t index = fresh(shard, size_class).next++;
  Page& page = pages_[index];
  Pool& pool = this->pool(shard, size_class);
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
  return static_cast<BlockRef>((begin_of(page) + cut.begin + block * cut.bytes) / kBlockUnitBytes);
}

BlockRef Arena::ref_of(const void* block) const noexcept {
  return static_cast<BlockRef>(static_cast<std::size_t>(static_cast<const std::byte*>(block) - memory_.data()) /
                               kBlockUnitBytes);
}

BlockNote& Arena::note(BlockRef ref) noexcept {
  const std::size_t page = page_of(ref);
  const Cut& cut = kCuts[pages_[page].size_class];
  std::byte* const page_begin = memory_.data() + begin_of(page);
  const std::size_t index = (static_cast<std::size_t>(block(ref) - page_begin) - cut.begin) / cut.bytes;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a page begins with its notes
  return reinterpret_cast<BlockNote*>(page_begin)[index];
}

BlockRef Arena::take(std::size_t shard, std::size_t size_class) noexcept {
  Pool& pool = this->pool(shard, size_class);
  if (pool.free_head != 0) {
    const BlockRef ref = pool.free_head;
    pool.free_head = note(ref).link;
    --pool.free;
    return ref;
  }
  if (pool.uncarved == 0) {
    if (fresh(shard, size_class).is_empty()) return 0;
    add_page(shard, size_class);
  }
  const BlockRef ref = ref_at(pool.last_page, pages_[pool.last_page].carved++);
  --pool.uncarved;
  std::construct_at(&note(ref));
  return ref;
}

BlockRef Arena::allocate(std::size_t shard, std::size_t size_class) noexcept {
  const std::size_t last = std::max(size_class, kLargeClass - 1);  // no small answer takes a large one's place
  for (std::size_t c = size_class; c <= last; ++c) {
    const BlockRef ref = take(shard, c);
    if (ref == 0) continue;
    ++pool(shard, c).live;
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
  const bool is_large = size_class == kLargeClass;
  if (is_large ? !fresh_large_.is_empty() : !fresh_[shard].is_empty()) return false;
  const Pool& pool = this->pool(shard, size_class);
  const std::uint32_t ahead = is_large ? 1 : std::clamp(pool.blocks / 8, kLeastAhead, kMostAhead);
  return pool.free + pool.uncarved + pool.limbo < ahead;
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
