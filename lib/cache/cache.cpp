// SPDX-License-Identifier: Apache-2.0
// Lookup, and the writer's side of the table: insert, replace, remove. Victims are chosen in eviction.cpp.
#include "cache/cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <emmintrin.h>

#include "base/contract.hpp"
#include "counting.hpp"
#include "entry_builder.hpp"

namespace cache {
namespace {

constexpr std::size_t kMinBytes = 1U << 20U;
constexpr std::size_t kMaxBytes = std::size_t{kChunkUnitBytes} << 32U;  // what a ChunkRef reaches
constexpr std::size_t kBytesPerShard = 16U << 20U;  // at least, so that the pages that cannot move are few
// Seven slots for each KiB: 146 bytes an entry, overhead included. With smaller entries the buckets fill up first.
constexpr std::size_t kBytesPerBucket = 1'024;
// Bytes of cache for each sixteen ghosts: about as many ghosts as there are of the smallest chunks.
constexpr std::size_t kBytesPerGhostLine = 16 * 160;

TableShape shape_for(std::size_t bytes) noexcept {
  const std::size_t most = std::size_t{1} << TableShape::kMaxShardBits;
  const std::size_t shards = std::bit_floor(std::clamp<std::size_t>(bytes / kBytesPerShard, 1, most));
  TableShape shape;
  shape.shard_bits = static_cast<unsigned>(std::bit_width(shards) - 1);
  shape.bucket_bits = static_cast<unsigned>(std::bit_width(std::bit_ceil(bytes / shards / kBytesPerBucket)) - 1);
  return shape;
}

std::size_t ghost_lines_for(std::size_t bytes, const TableShape& shape) noexcept {
  return std::max<std::size_t>(bytes / shape.shards() / kBytesPerGhostLine, 1) * shape.shards();
}

/// The slots of a bucket with one tag, found by relaxed loads: the caller loads a slot again with acquire.
class Tagged {
 public:
  /// Branches could not be predicted here. SSE2 compares all 16-bit quarters of the eight words; the packed results leave
  /// four mask bits for each word, the last of which belongs to the tag. Each word is written with one store, and a slot
  /// that is followed is loaded again with acquire, so a stale read costs a cache miss at most: hence no_sanitize.
  __attribute__((no_sanitize("thread"))) Tagged(const Bucket& bucket, std::uint16_t tag) noexcept {
    const __m128i wanted = _mm_set1_epi16(static_cast<std::int16_t>(tag));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the loads of SSE2 ask for
    const auto* words = reinterpret_cast<const __m128i*>(&bucket);
    const __m128i same0 = _mm_cmpeq_epi16(words[0], wanted);  // no lambda: the attribute does not apply inside one
    const __m128i same1 = _mm_cmpeq_epi16(words[1], wanted);
    const __m128i same2 = _mm_cmpeq_epi16(words[2], wanted);
    const __m128i same3 = _mm_cmpeq_epi16(words[3], wanted);
    const auto low = static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(same0, same1)));
    const auto high = static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(same2, same3)));
    left_ = (low | high << 16U) & kTags;
  }
  [[nodiscard]] bool empty() const noexcept { return left_ == 0; }
  [[nodiscard]] std::size_t first() const noexcept { return static_cast<std::size_t>(std::countr_zero(left_)) / 4 - 1; }
  void drop_first() noexcept { left_ &= left_ - 1; }

 private:
  static constexpr unsigned kTags = 0x8888'8880;  // all words except the first, which is not a slot
  static_assert(offsetof(Bucket, slots) == sizeof(std::uint64_t) && sizeof(Bucket) == 4 * sizeof(__m128i));
  unsigned left_;
};

/// The first whole second that is at least `after_sec` after `from`.
std::uint32_t second_after(base::Instant from, std::uint64_t after_sec) noexcept {
  const std::uint64_t at = (from.ns() + 999'999'999U) / 1'000'000'000U + after_sec;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(at, ~std::uint32_t{0}));
}

}  // namespace

std::size_t Cache::min_bytes() noexcept { return kMinBytes; }

Cache::Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr) noexcept
    : Cache(memory.first(std::min(memory.size(), kMaxBytes)), settings, qsbr,
            base::Arena(memory.first(std::min(memory.size(), kMaxBytes)))) {}

Cache::Cache(base::MutableBytes memory, const Settings& settings, base::Qsbr& qsbr, base::Arena arena) noexcept
    : base_(memory.data()),
      shape_(shape_for(memory.size())),
      buckets_(arena.take<Bucket>(shape_.buckets())),
      ghost_lines_(arena.take<GhostLine>(ghost_lines_for(memory.size(), shape_))),
      max_entries_(settings.max_entries == 0 ? ~std::uint64_t{0} : settings.max_entries),
      qsbr_(qsbr),
      slabs_(memory, arena, shape_.shards()),
      queues_(slabs_, slabs_.shard_bytes() / kClassBytes[0]),
      negative_limit_bytes_(slabs_.shard_bytes() * settings.negative_share_percent / 100),
      max_answer_bytes_(settings.max_answer_bytes) {
  gauge(Gauge::kBytesCapacity).store(memory.size(), std::memory_order_relaxed);
  SLUICE_REQUIRE(memory.size() >= kMinBytes);
  SLUICE_REQUIRE(std::bit_cast<std::uintptr_t>(memory.data()) % base::kCacheLineBytes == 0);
  const std::size_t lines = ghost_lines_.size() / shape_.shards();
  for (std::size_t shard = 0; shard < shape_.shards(); ++shard) {
    ghosts_[shard] = Ghosts(ghost_lines_.subspan(shard * lines, lines));
  }
}

void Cache::prefetch_bucket(std::uint64_t hash) const noexcept { __builtin_prefetch(&buckets_[shape_.first(hash)]); }

inline bool Cache::prefetch_from(const Bucket& bucket, std::uint16_t tag) const noexcept {
  const Tagged found(bucket, tag);
  if (found.empty()) return false;
  const std::uint64_t word = read(bucket.slots[found.first()]);
  const std::byte* line = base_ + std::size_t{SlotWord::ref(word)} * kChunkUnitBytes;
  const std::size_t lines = std::min<std::size_t>(kClassBytes[SlotWord::size_class(word)] / base::kCacheLineBytes, 4);
  for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(line + i * base::kCacheLineBytes);
  return true;
}

Cache::Trace Cache::prefetch_entry(std::uint64_t hash) const noexcept {
  const Bucket& bucket = buckets_[shape_.first(hash)];
  if (prefetch_from(bucket, TableShape::tag(hash))) return Trace::kFound;
  if (read(bucket.overflow) == 0) return Trace::kNone;
  __builtin_prefetch(&buckets_[shape_.second(hash)]);
  return Trace::kElsewhere;
}

Cache::Trace Cache::prefetch_elsewhere(std::uint64_t hash) const noexcept {
  return prefetch_from(buckets_[shape_.second(hash)], TableShape::tag(hash)) ? Trace::kFound : Trace::kNone;
}

template <class Same>
const Entry* Cache::find_in(std::size_t bucket, std::uint64_t hash, Same&& same) const noexcept {
  const std::uint16_t tag = TableShape::tag(hash);
  for (Tagged left(buckets_[bucket], tag); !left.empty(); left.drop_first()) {
    // Loaded again, with acquire: only a slot that is followed needs the order, and it may have changed meanwhile.
    const std::uint64_t word = buckets_[bucket].slots[left.first()].load(std::memory_order_acquire);
    if (word == 0 || SlotWord::tag(word) != tag) continue;
    const Entry* entry = entry_of(SlotWord::ref(word));
    if (entry->hash() == hash && same(*entry)) return entry;
  }
  return nullptr;
}

template <class Same>
const Entry* Cache::find_if(std::uint64_t hash, Same&& same) const noexcept {
  const std::size_t first = shape_.first(hash);
  if (const Entry* entry = find_in(first, hash, same)) return entry;
  if (read(buckets_[first].overflow) == 0) return nullptr;
  return find_in(shape_.second(hash), hash, same);
}

const Entry* Cache::find(std::uint64_t hash, dns::KeyView key) const noexcept {
  return find_if(hash, [key](const Entry& entry) { return entry.key() == key; });
}

// A client may also ask for type 0: its answers have the same key, but are of another kind.
const Entry* Cache::find_nxdomain(std::uint64_t hash, dns::KeyView key) const noexcept {
  return find_if(hash, [key](const Entry& entry) {
    return entry.kind() == dns::AnswerKind::kNxDomain && entry.key().qtype() == dns::kEveryType &&
           entry.key().is_same_name(key);
  });
}

Cache::Place Cache::locate(std::uint64_t hash, dns::KeyView key) const noexcept {
  const Entry* entry = find(hash, key);
  if (entry == nullptr) return {};
  const ChunkRef ref = slabs_.ref_of(entry);
  for (const std::size_t bucket : {shape_.first(hash), shape_.second(hash)}) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      if (SlotWord::ref(read(buckets_[bucket].slots[slot])) == ref) return {bucket, slot};
    }
  }
  return {};
}

Cache::Place Cache::free_place(std::uint64_t hash) const noexcept {
  for (const std::size_t bucket : {shape_.first(hash), shape_.second(hash)}) {
    for (std::size_t slot = 0; slot < kSlotsPerBucket; ++slot) {
      if (read(buckets_[bucket].slots[slot]) == 0) return {bucket, slot};
    }
  }
  return {};
}

ChunkRef Cache::obtain_chunk(const NewEntry& entry, base::Instant now) noexcept {
  const std::size_t size_class = class_for(EntryBuilder::bytes_for(entry));
  if (size_class == kClasses) {
    counters_.add(Counter::kRejectedTooBig);
    return 0;
  }
  const std::size_t shard = shape_.shard(entry.hash);
  queues_.tick(shard);
  const ChunkRef ref = slabs_.allocate(shard, size_class);
  if (ref == 0) counters_.add(Counter::kRejectedNoRoom);
  drain_some(shard, now);
  evict_ahead(shard, size_class, now);
  if (ref != 0 && slabs_.class_of(ref) != size_class) evict_ahead(shard, slabs_.class_of(ref), now);
  return ref;
}

const Entry* Cache::fill(ChunkRef ref, const NewEntry& from, ChunkState state, base::Instant now) noexcept {
  ChunkNote& note = slabs_.note(ref);
  note.state = state;
  note.is_negative = from.kind == dns::AnswerKind::kPositive ? 0 : 1;
  note.fresh_until_sec = second_after(now, from.ttl_sec);
  note.dead_at_sec = second_after(now, std::uint64_t{from.ttl_sec} + from.keep_sec);
  return EntryBuilder::build(slabs_.chunk(ref), from, now);
}

void Cache::publish(const Place& place, ChunkRef ref, const NewEntry& from) noexcept {
  ChunkNote& note = slabs_.note(ref);
  note.bucket = static_cast<std::uint32_t>(place.bucket);
  note.slot = static_cast<std::uint8_t>(place.slot) & 7U;
  if (note.is_negative != 0) count_negative(ref, true);

  auto& slot = buckets_[place.bucket].slots[place.slot];
  const std::uint64_t old = read(slot);
  if (old == 0) {
    const std::size_t first = shape_.first(from.hash);
    if (place.bucket != first) add(buckets_[first].overflow, 1);
    add(gauge(Gauge::kEntries), 1);
    ++shard_entries_[shape_.shard(from.hash)];
    enqueue(ref, from);
  } else {
    // The new entry keeps the use counter: otherwise each refresh of a hot name would make it the next victim.
    entry_of(ref)->uses_.store(entry_of(SlotWord::ref(old))->uses(), std::memory_order_relaxed);
    take_over(SlotWord::ref(old), ref);
    counters_.add(Counter::kReplacements);
  }
  slot.store(SlotWord::make(TableShape::tag(from.hash), static_cast<std::uint8_t>(slabs_.class_of(ref)), ref),
             std::memory_order_release);
  if (old != 0) retire_live(SlotWord::ref(old));
}

/// A name with a ghost, or with uses from before, goes straight to the main queue.
void Cache::enqueue(ChunkRef ref, const NewEntry& from) noexcept {
  const std::size_t shard = shape_.shard(from.hash);
  const std::uint64_t within = std::max(shard_entries_[shard], ghosts_[shard].capacity() / 2);
  const bool came_back = ghosts_[shard].take(from.hash, within);
  if (came_back) {
    counters_.add(Counter::kGhostHits);
    consider_move(shard, class_for(EntryBuilder::bytes_for(from)), slabs_.class_of(ref));
  }
  queues_.push(ref, came_back || from.uses != 0 ? QueueName::kMain : QueueName::kProbation);
}

/// Puts `ref` at the position of `old` in its queue, or at the head of the same queue of its own class.
void Cache::take_over(ChunkRef old, ChunkRef ref) noexcept {
  if (slabs_.class_of(old) == slabs_.class_of(ref) && slabs_.shard_of(old) == slabs_.shard_of(ref)) {
    return queues_.replace(old, ref);
  }
  queues_.push(ref, Queues::queue_of(slabs_.note(old)));
  queues_.remove(old);
}

void Cache::count_negative(ChunkRef ref, bool is_new) noexcept {
  const std::size_t shard = slabs_.shard_of(ref);
  const std::size_t size_class = slabs_.class_of(ref);
  if (is_new) {
    negative_bytes_[shard] += kClassBytes[size_class];
    ++negatives_[shard][size_class];
    add(gauge(Gauge::kNegativeBytes), kClassBytes[size_class]);
  } else {
    negative_bytes_[shard] -= kClassBytes[size_class];
    --negatives_[shard][size_class];
    take_off(gauge(Gauge::kNegativeBytes), kClassBytes[size_class]);
  }
}

/// Retires a chunk that was published and has left its queue.
void Cache::retire_live(ChunkRef ref) noexcept {
  if (slabs_.note(ref).is_negative != 0) count_negative(ref, false);
  slabs_.retire(ref);
}

void Cache::unlink(const Place& place, Counter reason) noexcept {
  auto& slot = buckets_[place.bucket].slots[place.slot];
  const std::uint64_t word = read(slot);
  SLUICE_REQUIRE(word != 0);
  const ChunkRef ref = SlotWord::ref(word);
  const std::uint64_t hash = entry_of(ref)->hash();
  slot.store(0, std::memory_order_release);
  if (place.bucket != shape_.first(hash)) take_off(buckets_[shape_.first(hash)].overflow, 1);
  take_off(gauge(Gauge::kEntries), 1);
  --shard_entries_[shape_.shard(hash)];
  counters_.add(reason);
  queues_.remove(ref);
  retire_live(ref);
}

const Entry* Cache::insert(const NewEntry& from, base::Instant now) noexcept {
  if (from.image.records.size() > max_answer_bytes_) {
    counters_.add(Counter::kRejectedTooBig);
    return nullptr;
  }
  if (read(gauge(Gauge::kEntries)) >= max_entries_ && !locate(from.hash, from.key).found() &&
      !make_way(shape_.shard(from.hash), now)) {
    counters_.add(Counter::kRejectedNoRoom);
    return nullptr;
  }
  const ChunkRef ref = obtain_chunk(from, now);
  if (ref == 0) {
    show_memory();
    return nullptr;
  }
  const Entry* entry = fill(ref, from, ChunkState::kLive, now);
  Place place = locate(from.hash, from.key);  // only now: making room may have evicted the old entry
  if (!place.found()) place = free_place(from.hash);
  if (!place.found()) place = evict_from_buckets(from.hash, now);
  publish(place, ref, from);
  if (slabs_.note(ref).is_negative != 0) evict_negatives(slabs_.shard_of(ref), now);
  counters_.add(Counter::kInserts);
  show_memory();
  return entry;
}

const Entry* Cache::make_transient(const NewEntry& from, base::Instant now) noexcept {
  const ChunkRef ref = obtain_chunk(from, now);
  const Entry* entry = ref == 0 ? nullptr : fill(ref, from, ChunkState::kTransient, now);
  show_memory();
  return entry;
}

void Cache::retire(const Entry* transient) noexcept {
  const ChunkRef ref = slabs_.ref_of(transient);
  SLUICE_REQUIRE(slabs_.note(ref).state == ChunkState::kTransient);
  slabs_.retire(ref);
  show_memory();
}

bool Cache::remove(std::uint64_t hash, dns::KeyView key) noexcept {
  const Place place = locate(hash, key);
  if (!place.found()) return false;
  unlink(place, Counter::kFlushed);
  show_memory();
  return true;
}

void Cache::reclaim() noexcept {
  if (slabs_.in_limbo() == 0) return;
  slabs_.reclaim(qsbr_);
  show_memory();
}

}  // namespace cache
