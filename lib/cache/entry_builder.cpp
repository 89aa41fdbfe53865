// SPDX-License-Identifier: Apache-2.0
// Writes key, TTL offsets and records behind an entry's header and clamps the records' TTLs.
#include "entry_builder.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/contract.hpp"
#include "cache/entry_copy.hpp"

namespace cache {
namespace {

void put(std::byte* to, const void* from, std::size_t bytes) noexcept {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

}  // namespace

std::size_t EntryBuilder::bytes_for(const NewEntry& from) noexcept {
  return Entry::kHeaderBytes + Entry::ttl_places_at(from.key.bytes().size()) + from.image.ttl_offsets.size_bytes() +
         from.image.records.size();
}

std::size_t EntryBuilder::bytes_of(const Entry& entry) noexcept {
  return Entry::kHeaderBytes + Entry::ttl_places_at(entry.key_bytes_) + entry.ttl_count_ * sizeof(std::uint16_t) +
         entry.record_bytes_;
}

void EntryBuilder::write_tail(Entry& entry, std::byte* tail, const NewEntry& from) noexcept {
  put(tail, from.key.bytes().data(), entry.key_bytes_);
  std::byte* places = tail + Entry::ttl_places_at(entry.key_bytes_);
  put(places, from.image.ttl_offsets.data(), from.image.ttl_offsets.size_bytes());
  std::byte* records = places + from.image.ttl_offsets.size_bytes();
  put(records, from.image.records.data(), entry.record_bytes_);

  for (const std::uint16_t offset : from.image.ttl_offsets) {
    SLUICE_REQUIRE(offset + sizeof(std::uint32_t) <= entry.record_bytes_);
    const std::uint32_t ttl = base::load_be32(records + offset);
    const std::uint32_t left = ttl - std::min(ttl, from.age_sec);
    base::store_be32(records + offset, std::min(std::max(left, from.ttl_floor_sec), from.ttl_cap_sec));
  }
}

Entry* EntryBuilder::build(std::byte* chunk, const NewEntry& from, base::Instant now) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a chunk becomes an entry
  Entry* entry = std::construct_at(reinterpret_cast<Entry*>(chunk));
  entry->hash_ = from.hash;
  entry->stored_ns_ = now.ns();
  entry->ttl_sec_ = from.ttl_sec;
  entry->keep_sec_ = from.keep_sec;
  entry->key_bytes_ = static_cast<std::uint16_t>(from.key.bytes().size());
  entry->ttl_count_ = static_cast<std::uint16_t>(from.image.ttl_offsets.size());
  entry->record_bytes_ = static_cast<std::uint16_t>(from.image.records.size());
  entry->ancount_ = from.image.ancount;
  entry->nscount_ = from.image.nscount;
  entry->arcount_ = from.image.arcount;
  entry->rcode_ = static_cast<std::uint16_t>(from.image.rcode);
  entry->flags_ = from.image.flags;
  entry->kind_ = from.kind;
  entry->uses_.store(std::min(from.uses, Entry::kMaxUses), std::memory_order_relaxed);
  write_tail(*entry, chunk + Entry::kHeaderBytes, from);
  return entry;
}

Entry* EntryBuilder::copy(std::byte* chunk, const Entry& from) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a chunk becomes an entry
  Entry* entry = std::construct_at(reinterpret_cast<Entry*>(chunk));
  entry->hash_ = from.hash_;
  entry->stored_ns_ = from.stored_ns_;
  entry->ttl_sec_ = from.ttl_sec_;
  entry->keep_sec_ = from.keep_sec_;
  entry->key_bytes_ = from.key_bytes_;
  entry->ttl_count_ = from.ttl_count_;
  entry->record_bytes_ = from.record_bytes_;
  entry->ancount_ = from.ancount_;
  entry->nscount_ = from.nscount_;
  entry->arcount_ = from.arcount_;
  entry->rcode_ = from.rcode_;
  entry->flags_ = from.flags_;
  entry->kind_ = from.kind_;
  entry->uses_.store(from.uses(), std::memory_order_relaxed);
  entry->refresh_asked_.store(from.refresh_asked_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  entry->stale_until_ms_.store(from.stale_until_ms_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  std::memcpy(chunk + Entry::kHeaderBytes, from.tail(), bytes_of(from) - Entry::kHeaderBytes);
  return entry;
}

bool EntryCopy::assign(const Entry& from) noexcept {
  if (EntryBuilder::bytes_of(from) > room_.size()) return false;
  entry_ = EntryBuilder::copy(room_.data(), from);
  return true;
}

}  // namespace cache
