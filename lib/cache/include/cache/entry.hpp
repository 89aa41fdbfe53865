// SPDX-License-Identifier: Apache-2.0
/// @file entry.hpp – one stored answer, immutable once a reader can see it.
///
/// Purpose    header and key first, so that a matching lookup touches one or two lines; then the TTL offsets, then the
///            records. Reading needs no lock and no retry.
/// Threads    egress writes it before it is published; workers read.
///
/// Invariants 1. Published bytes change only in uses, refresh_asked (readers and egress) and stale_until (egress).
///            2. Readers check these fields before they store, so that the line of a hot entry stays shared.
///            3. The array of TTL offsets begins at an even address; each offset has at least four bytes of records behind it.

/// Lifetime   a reader may use an Entry* until it next reports a quiescent state.
/// RFC        1035 §3.2.1 (TTL), 8767 §4 (stale).
///
///   byte 0      8           16        20         24          26         28          30
///        ┌──────┬───────────┬─────────┬──────────┬───────────┬──────────┬───────────┬─────────┬─────────┬─────────┐
///        │ hash │ stored_ns │ ttl_sec │ keep_sec │ key_bytes │ ttl_count│ rec_bytes │ ancount │ nscount │ arcount │
///        └──────┴───────────┴─────────┴──────────┴───────────┴──────────┴───────────┴─────────┴─────────┴─────────┘
///   byte 36      38      40     41     42              43      44            48    48+key_bytes (even)     …
///        ┌───────┬───────┬──────┬──────┬───────────────┬───────┬─────────────┬─────┬──────────────────────┬─────────┐
///        │ rcode │ flags │ kind │ uses │ refresh_asked │ spare │ stale_until │ key │ ttl_offsets (uint16) │ records │
///        └───────┴───────┴──────┴──────┴───────────────┴───────┴─────────────┴─────┴──────────────────────┴─────────┘
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "dns/image.hpp"
#include "dns/question_key.hpp"
#include "dns/response.hpp"

namespace cache {

/// From best to worst: `<` compares.
enum class Freshness : std::uint8_t {
  kFresh,  // within its TTL
  kStale,  // expired, may still serve while the upstream does not answer (RFC 8767)
  kDead,   // may not answer any more
};

class Entry {
 public:
  static constexpr std::size_t kHeaderBytes = 48;

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] dns::KeyView key() const noexcept { return dns::KeyView({tail(), key_bytes_}); }
  [[nodiscard]] dns::AnswerImage image() const noexcept;
  [[nodiscard]] dns::AnswerKind kind() const noexcept { return kind_; }
  [[nodiscard]] dns::Rcode rcode() const noexcept { return static_cast<dns::Rcode>(rcode_); }
  [[nodiscard]] std::uint32_t ttl_sec() const noexcept { return ttl_sec_; }
  /// How long it may be served after its TTL.
  [[nodiscard]] std::uint32_t keep_sec() const noexcept { return keep_sec_; }
  [[nodiscard]] base::Instant stored_at() const noexcept { return base::Instant(stored_ns_); }
  /// Whole seconds since it was stored.
  [[nodiscard]] std::uint32_t age_sec(base::Instant now) const noexcept {
    return now.ns() <= stored_ns_ ? 0U : static_cast<std::uint32_t>((now.ns() - stored_ns_) / 1'000'000'000U);
  }
  [[nodiscard]] Freshness freshness(base::Instant now) const noexcept {
    const std::uint32_t age = age_sec(now);
    if (age < ttl_sec_) return Freshness::kFresh;
    return age - ttl_sec_ < keep_sec_ ? Freshness::kStale : Freshness::kDead;
  }
  /// May it answer when the upstream does not? Never true for a failure. RFC 8767 §5.
  [[nodiscard]] bool is_usable_stale(base::Instant now) const noexcept {
    return kind_ != dns::AnswerKind::kFailure && freshness(now) == Freshness::kStale;
  }
  /// May it answer at once although it has expired? Only while egress allows it: RFC 8767 §5.
  [[nodiscard]] bool serves_stale(base::Instant now) const noexcept {
    return age_ms(now) < stale_until_ms_.load(std::memory_order_relaxed) && freshness(now) == Freshness::kStale;
  }
  /// egress: until then workers answer with the expired entry and send no miss.
  void serve_stale_until(base::Instant until) const noexcept {
    stale_until_ms_.store(age_ms(until), std::memory_order_relaxed);
  }
  /// reader: counts a hit, saturating at 3.
  void note_use() const noexcept {
    const std::uint8_t uses = uses_.load(std::memory_order_relaxed);
    if (uses < kMaxUses) uses_.store(static_cast<std::uint8_t>(uses + 1), std::memory_order_relaxed);
  }
  /// Hits since egress last lowered the counter, 3 at most.
  [[nodiscard]] std::uint8_t uses() const noexcept { return uses_.load(std::memory_order_relaxed); }
  /// reader: true for the first caller. A race may let two through; egress still opens one fetch only.
  [[nodiscard]] bool claim_refresh() const noexcept {
    if (refresh_asked_.load(std::memory_order_relaxed) != 0) return false;
    refresh_asked_.store(1, std::memory_order_relaxed);
    return true;
  }

 private:
  friend class Cache;
  friend class EntryBuilder;
  static constexpr std::uint8_t kMaxUses = 3;
  [[nodiscard]] const std::byte* tail() const noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the chunk goes on behind the header
    return reinterpret_cast<const std::byte*>(this) + kHeaderBytes;
  }
  /// Whole milliseconds since it was stored; 49 days, more than any entry is kept.
  [[nodiscard]] std::uint32_t age_ms(base::Instant now) const noexcept {
    return now.ns() <= stored_ns_ ? 0U : static_cast<std::uint32_t>((now.ns() - stored_ns_) / 1'000'000U);
  }
  /// Offset of the TTL offsets from the tail.
  [[nodiscard]] static constexpr std::size_t ttl_places_at(std::size_t key_bytes) noexcept {
    return (key_bytes + 1) / 2 * 2;
  }

  std::uint64_t hash_ = 0;
  std::uint64_t stored_ns_ = 0;
  std::uint32_t ttl_sec_ = 0;   // fresh for this long
  std::uint32_t keep_sec_ = 0;  // stale for this long after that
  std::uint16_t key_bytes_ = 0;
  std::uint16_t ttl_count_ = 0;
  std::uint16_t record_bytes_ = 0;
  std::uint16_t ancount_ = 0;
  std::uint16_t nscount_ = 0;
  std::uint16_t arcount_ = 0;
  std::uint16_t rcode_ = 0;
  std::uint16_t flags_ = 0;
  dns::AnswerKind kind_{};
  mutable std::atomic<std::uint8_t> uses_{0};           // readers: rw, egress: rw
  mutable std::atomic<std::uint8_t> refresh_asked_{0};  // readers: rw
  std::uint8_t spare_ = 0;
  mutable std::atomic<std::uint32_t> stale_until_ms_{0};  // compared with its age; egress: w, readers: r
};
static_assert(sizeof(Entry) == Entry::kHeaderBytes);

inline dns::AnswerImage Entry::image() const noexcept {
  const std::byte* places = tail() + ttl_places_at(key_bytes_);
  dns::AnswerImage image;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): an even address, EntryBuilder wrote them there
  image.ttl_offsets = {reinterpret_cast<const std::uint16_t*>(places), ttl_count_};
  image.records = {places + std::size_t{ttl_count_} * sizeof(std::uint16_t), record_bytes_};
  image.ancount = ancount_;
  image.nscount = nscount_;
  image.arcount = arcount_;
  image.rcode = rcode();
  image.flags = flags_;
  return image;
}

}  // namespace cache
