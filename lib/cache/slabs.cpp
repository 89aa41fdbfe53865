// SPDX-License-Identifier: Apache-2.0
// Pages, chunks and limbo: which chunk belongs to which class, and when it is free again.
#include "cache/detail/slabs.hpp"

#include <algorithm>
#include <memory>

#include "base/contract.hpp"
#include "cache/entry.hpp"

namespace cache {
namespace {

/// How a page of one class is cut.
struct Cut {
  std::uint32_t bytes = 0;  // of a chunk
  std::uint16_t chunks = 0;
  std::uint16_t begin = 0;  // of chunk 0 in the page
};

constexpr Cut cut_for(std::size_t bytes) noexcept {
  std::size_t chunks = kPageBytes / (bytes + sizeof(ChunkNote));
  const auto notes = [](std::size_t count) {
    return (count * sizeof(ChunkNote) + kChunkUnitBytes - 1) / kChunkUnitBytes * kChunkUnitBytes;
  };
  while (notes(chunks) + chunks * bytes > kPageBytes) --chunks;
  return {static_cast<std::uint32_t>(bytes), static_cast<std::uint16_t>(chunks),
          static_cast<std::uint16_t>(notes(chunks))};
}

constexpr std::array<Cut, kClasses> kCuts = [] {
  std::array<Cut, kClasses> cuts{};
  for (std::size_t i = 0; i < kLargeClass; ++i) cuts[i] = cut_for(kClassBytes[i]);
  cuts[kLargeClass] = {kClassBytes[kLargeClass], 1, kChunkUnitBytes};
  return cuts;
}();
static_assert(std::ranges::is_sorted(kClassBytes));
static_assert(kCuts[kLargeClass - 1].chunks >= 8);
static_assert(kClassBytes[kLargeClass] >= Entry::kHeaderBytes + dns::kMaxKeyBytes + 1 +
                                              dns::kMaxRecords * sizeof(std::uint16_t) + dns::kMaxMessageBytes);

// Chunks that a class keeps free ahead of need: an eighth of its chunks, at most as many as a burst of inserts takes.
constexpr std::uint32_t kLeastAhead = 4;
constexpr std::uint32_t kMostAhead = 64;
constexpr std::size_t kLargeShare = 64;  // 1/64 of the memory is for large answers
constexpr std::size_t kLeastLarge = 3;   // one that readers hold, one in limbo, one that stays
constexpr std::size_t kLeastPages = 4;   // of a shard
constexpr int kDrainChoice = 16;         // pages of which the emptiest is drained

}  // namespace

std::size_t class_for(std::size_t bytes) noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(kClassBytes, bytes) - kClassBytes.begin());
}

std::uint32_t Slabs::chunks_per_page(std::size_t size_class) noexcept { return kCuts[size_class].chunks; }

Slabs::Slabs(base::MutableBytes memory, base::Arena& rest, std::size_t shards) noexcept : memory_(memory) {
  const std::size_t room = rest.left() - kChunkUnitBytes;  // the descriptors end on a line
  const std::size_t large = std::max(memory.size() / kLargeShare / kLargePageBytes, kLeastLarge);
  const std::size_t count = (room - large * (kLargePageBytes + sizeof(Page))) / (kPageBytes + sizeof(Page));
  pages_ = rest.take<Page>(count + large);
  first_page_ = rest.used();
  first_large_ = first_page_ + count * kPageBytes;
  SLUICE_REQUIRE(first_large_ + large * kLargePageBytes <= memory.size());

  large_pages_from_ = count;
  fresh_large_ = {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count + large)};
  pages_per_shard_ = count / shards;
  SLUICE_REQUIRE(pages_per_shard_ >= kLeastPages);
  pages_fresh_ = pages_per_shard_ * shards + large;
  add_page(take_fresh(fresh_large_), 0, kLargeClass);
  for (std::size_t shard = 0; shard < shards; ++shard) {
    fresh_[shard] = {static_cast<std::uint32_t>(shard * pages_per_shard_),
                     static_cast<std::uint32_t>((shard + 1) * pages_per_shard_)};
    add_page(take_fresh(fresh_[shard]), shard, kSpareClass);
  }
}

std::uint32_t Slabs::take_fresh(FreshPages& pages) noexcept {
  --pages_fresh_;
  return pages.next++;
}

void Slabs::add_page(std::uint32_t index, std::size_t shard, std::size_t size_class) noexcept {
  Page& page = pages_[index];
  Pool& pool = this->pool(shard, size_class);
  page = Page{};
  page.size_class = static_cast<std::uint8_t>(size_class);
  page.shard = static_cast<std::uint8_t>(shard);
  if (pool.first_page == kNoPage) {
    pool.first_page = page.next = page.prev = index;
    pool.hands.fill({index, 0});
  } else {
    Page& first = pages_[pool.first_page];
    page.next = pool.first_page;
    page.prev = first.prev;
    pages_[first.prev].next = index;
    first.prev = index;
  }
  ++pool.pages;
  ++pages_of_class_[size_class];
  pool.free += kCuts[size_class].chunks;
  pool.chunks += kCuts[size_class].chunks;
  open_page(pool, index);
}

void Slabs::open_page(Pool& pool, std::uint32_t index) noexcept {
  Page& page = pages_[index];
  page.is_open = true;
  page.prev_open = kNoPage;
  page.next_open = pool.first_open;
  if (pool.first_open != kNoPage) pages_[pool.first_open].prev_open = index;
  pool.first_open = index;
}

void Slabs::close_page(Pool& pool, std::uint32_t index) noexcept {
  Page& page = pages_[index];
  page.is_open = false;
  if (page.prev_open != kNoPage) pages_[page.prev_open].next_open = page.next_open;
  if (page.next_open != kNoPage) pages_[page.next_open].prev_open = page.prev_open;
  if (pool.first_open == index) pool.first_open = page.next_open;
}

ChunkRef Slabs::ref_at(std::size_t page, std::size_t chunk) const noexcept {
  const Cut& cut = kCuts[pages_[page].size_class];
  return static_cast<ChunkRef>((begin_of(page) + cut.begin + chunk * cut.bytes) / kChunkUnitBytes);
}

ChunkRef Slabs::ref_of(const void* chunk) const noexcept {
  return static_cast<ChunkRef>(static_cast<std::size_t>(static_cast<const std::byte*>(chunk) - memory_.data()) /
                               kChunkUnitBytes);
}

ChunkNote& Slabs::note(ChunkRef ref) noexcept {
  const std::size_t page = page_of(ref);
  const Cut& cut = kCuts[pages_[page].size_class];
  std::byte* const page_begin = memory_.data() + begin_of(page);
  const auto offset = static_cast<std::uint32_t>(static_cast<std::size_t>(chunk(ref) - page_begin) - cut.begin);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a page begins with its notes
  return reinterpret_cast<ChunkNote*>(page_begin)[offset / cut.bytes];
}

ChunkRef Slabs::take(std::size_t shard, std::size_t size_class) noexcept {
  Pool& pool = this->pool(shard, size_class);
  if (pool.first_open == kNoPage) {
    FreshPages& pages = fresh(shard, size_class);
    if (pages.is_empty()) return 0;
    add_page(take_fresh(pages), shard, size_class);
  }
  const std::uint32_t index = pool.first_open;
  Page& page = pages_[index];
  ChunkRef ref = page.free_head;
  if (ref != 0) {
    page.free_head = note(ref).next;
  } else {
    ref = ref_at(index, page.carved++);
    std::construct_at(&note(ref));
  }
  --pool.free;
  if (++page.in_use == kCuts[size_class].chunks) close_page(pool, index);
  return ref;
}

ChunkRef Slabs::allocate(std::size_t shard, std::size_t size_class) noexcept {
  const std::size_t last = std::max(size_class, kLargeClass - 1);  // a small answer never takes a large chunk
  for (std::size_t c = size_class; c <= last; ++c) {
    const ChunkRef ref = take(shard, c);
    if (ref == 0) continue;
    ++pool(shard, c).live;
    bytes_used_ += kClassBytes[c];
    note(ref).state = ChunkState::kTransient;  // until it is published
    return ref;
  }
  return 0;
}

void Slabs::retire(ChunkRef ref) noexcept {
  ChunkNote& retired = note(ref);
  SLUICE_REQUIRE(retired.state == ChunkState::kLive || retired.state == ChunkState::kTransient);
  retired.state = ChunkState::kLimbo;
  retired.next = 0;
  if (pending_.head == 0) {
    pending_.head = ref;
  } else {
    note(pending_.tail).next = ref;
  }
  pending_.tail = ref;

  const Page& page = pages_[page_of(ref)];
  Pool& pool = pools_[page.shard][page.size_class];
  --pool.live;
  if (!page.is_draining) ++pool.limbo;
  bytes_used_ -= kClassBytes[page.size_class];
  ++in_limbo_;
}

void Slabs::reclaim(base::Qsbr& qsbr) noexcept {
  if (waiting_.head != 0 && qsbr.passed(grace_)) free_waiting();
  if (waiting_.head != 0 || pending_.head == 0) return;
  grace_ = qsbr.begin_grace();
  waiting_ = pending_;
  pending_ = {};
  if (qsbr.passed(grace_)) free_waiting();  // no reader is online
}

void Slabs::free_waiting() noexcept {
  for (std::size_t i = 0; i < kReclaimBatch && waiting_.head != 0; ++i) {
    const ChunkRef ref = waiting_.head;
    waiting_.head = note(ref).next;
    --in_limbo_;
    free_chunk(ref);
  }
}

void Slabs::free_chunk(ChunkRef ref) noexcept {
  const auto index = static_cast<std::uint32_t>(page_of(ref));
  Page& page = pages_[index];
  Pool& pool = pools_[page.shard][page.size_class];
  ChunkNote& freed = note(ref);
  freed.state = ChunkState::kFree;
  freed.next = page.free_head;
  page.free_head = ref;
  --page.in_use;
  if (page.is_draining) {
    if (page.in_use == 0) end_drain(page.shard);
    return;
  }
  ++pool.free;
  --pool.limbo;
  if (!page.is_open) open_page(pool, index);
}

bool Slabs::runs_short(std::size_t shard, std::size_t size_class) const noexcept {
  const bool is_large = size_class == kLargeClass;
  if (is_large ? !fresh_large_.is_empty() : !fresh_[shard].is_empty()) return false;
  const Pool& pool = this->pool(shard, size_class);
  const std::uint32_t ahead = is_large ? 1 : std::clamp(pool.chunks / 8, kLeastAhead, kMostAhead);
  return pool.free + pool.limbo < ahead;
}

ChunkRef Slabs::step(Hand& hand) const noexcept {
  if (hand.page == kNoPage) return 0;
  for (int skipped = 0; skipped < 4; ++skipped) {  // at most a few pages in a row have no carved chunk
    const Page& page = pages_[hand.page];
    if (hand.chunk < page.carved) return ref_at(hand.page, hand.chunk++);
    hand = {page.next, 0};
  }
  return 0;
}

void Slabs::leave_round(Pool& pool, std::uint32_t index) noexcept {
  Page& page = pages_[index];
  pages_[page.prev].next = page.next;
  pages_[page.next].prev = page.prev;
  const std::uint32_t other = page.next == index ? kNoPage : page.next;
  if (pool.first_page == index) pool.first_page = other;
  for (Hand& hand : pool.hands) {
    if (hand.page == index) hand = {other, 0};
  }
  --pool.pages;
  --pages_of_class_[page.size_class];
}

void Slabs::begin_drain(std::size_t shard, std::size_t from, std::size_t to) noexcept {
  Pool& pool = this->pool(shard, from);
  SLUICE_REQUIRE(!is_draining(shard) && pages_to_give(shard, from) != 0 && from < kLargeClass && to < kLargeClass);
  std::uint32_t emptiest = pool.first_page;
  std::uint32_t index = emptiest;
  for (int i = 0; i < kDrainChoice; ++i) {
    index = pages_[index].next;
    if (pages_[index].in_use < pages_[emptiest].in_use) emptiest = index;
  }
  pool.first_page = index;  // the next drain looks at other pages

  Page& page = pages_[emptiest];
  if (page.is_open) close_page(pool, emptiest);
  std::uint32_t in_limbo = 0;
  for (std::uint16_t i = 0; i < page.carved; ++i) {
    if (note(ref_at(emptiest, i)).state == ChunkState::kLimbo) ++in_limbo;
  }
  page.is_draining = true;
  pool.limbo -= in_limbo;
  pool.free -= std::uint32_t{kCuts[from].chunks} - page.in_use;
  pool.chunks -= kCuts[from].chunks;
  leave_round(pool, emptiest);
  drains_[shard] = {emptiest, 0, static_cast<std::uint8_t>(to)};
  if (page.in_use == 0) end_drain(shard);
}

ChunkRef Slabs::next_to_drain(std::size_t shard) noexcept {
  Drain& drain = drains_[shard];
  if (drain.at >= pages_[drain.page].carved) drain.at = 0;
  return ref_at(drain.page, drain.at++);
}

void Slabs::end_drain(std::size_t shard) noexcept {
  const Drain drain = drains_[shard];
  drains_[shard] = {};
  ++pages_moved_;
  add_page(drain.page, shard, drain.to);
}

}  // namespace cache
