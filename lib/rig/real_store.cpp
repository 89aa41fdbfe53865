// SPDX-License-Identifier: Apache-2.0
// Maps the memory of a cache and runs lib/cache in it.
#include "real_store.hpp"

#include <new>

#include <sys/mman.h>

namespace rig {

Mapping::Mapping(std::size_t bytes) : at_(nullptr), bytes_(bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  ::madvise(at, bytes, MADV_HUGEPAGE);  // NOLINT(cert-err33-c): a wish
  at_ = static_cast<std::byte*>(at);
}

Mapping::~Mapping() { ::munmap(at_, bytes_); }

RealStore::RealStore(const Configuration& configuration, const Catalogue& catalogue)
    : catalogue_(catalogue),
      settings_(cache_settings(configuration)),
      memory_(configuration.size_bytes),
      cache_(memory_.view(), settings_, qsbr_),
      records_(std::make_unique<Records>()) {}

Found RealStore::look_up(const Step& step, base::Instant at) noexcept {
  const Item& item = catalogue_[step.item];
  const cache::Entry* const entry =
      step.item == step.asked ? cache_.find(item.hash, item.view()) : cache_.find_nxdomain(item.hash, item.view());
  if (entry == nullptr) return {};
  if (entry->freshness(at) != cache::Freshness::kFresh) {
    if (!entry->serves_stale(at)) return {};
    entry->note_use();
    return {.what = Found::What::kStale};
  }
  entry->note_use();
  const std::uint64_t left_percent = std::uint64_t{entry->ttl_sec() - entry->age_sec(at)} * 100U;
  const bool is_near = left_percent <= std::uint64_t{entry->ttl_sec()} * settings_.prefetch_percent;
  const bool may_refresh = settings_.prefetch_percent != 0 && entry->kind() != dns::AnswerKind::kFailure;
  return {.what = Found::What::kFresh, .wants_refresh = is_near && may_refresh && entry->claim_refresh()};
}

void RealStore::keep(std::uint32_t item, std::uint32_t asked, const Answer& answer, base::Instant at) noexcept {
  const cache::Lifetime life = lifetime_of(answer, settings_);
  if (life.storable != cache::Storable::kYes) return;
  records_->make(catalogue_[asked].view(), answer);
  const Item& kept = catalogue_[item];
  static_cast<void>(cache_.insert({.key = kept.view(),
                                   .hash = kept.hash,
                                   .image = records_->image(),
                                   .kind = answer.kind,
                                   .ttl_sec = life.ttl_sec,
                                   .keep_sec = life.keep_sec,
                                   .ttl_floor_sec = life.ttl_floor_sec,
                                   .ttl_cap_sec = life.ttl_cap_sec},
                                  at));
  cache_.reclaim();
}

StoreStats RealStore::stats() const noexcept {
  const cache::Stats stats = cache_.stats();
  return {.entries = stats[cache::Gauge::kEntries],
          .bytes_used = stats[cache::Gauge::kBytesUsed],
          .evictions = stats[cache::Counter::kEvictions]};
}

}  // namespace rig
