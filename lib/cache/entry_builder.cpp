// SPDX-License-Identifier: Apache-2.0
// Key, TTL places and records behind an entry's header, the records' TTLs clamped on the way in.
#include "entry_builder.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/contract.hpp"

namespace cache {
namespace {

void copy(std::byte* to, const void* from, std::size_t bytes) noexcept {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

}  // namespace

std::size_t EntryBuilder::bytes_for(const NewEntry& from) noexcept {
  return Entry::kHeaderBytes + Entry::ttl_places_at(from.key.bytes().size()) + from.image.ttl_offsets.size_bytes() +
         from.image.records.size();
}

void EntryBuilder::write_tail(Entry& entry, std::byte* tail, const NewEntry& from) noexcept {
  copy(tail, from.key.bytes().data(), entry.key_bytes_);
  std::byte* places = tail + Entry::ttl_places_at(entry.key_bytes_);
  copy(places, from.image.ttl_offsets.data(), from.image.ttl_offsets.size_bytes());
  std::byte* records = places + from.image.ttl_offsets.size_bytes();
  copy(records, from.image.records.data(), entry.record_bytes_);

  for (const std::uint16_t offset : from.image.ttl_offsets) {
    SLUICE_REQUIRE(offset + sizeof(std::uint32_t) <= entry.record_bytes_);
    const std::uint32_t ttl = base::load_be32(records + offset);
    base::store_be32(records + offset, std::min(std::max(ttl, from.ttl_floor_sec), from.ttl_cap_sec));
  }
}

Entry* EntryBuilder::build(std::byte* block, const NewEntry& from, base::Instant now) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a block becomes an entry
  Entry* entry = std::construct_at(reinterpret_cast<Entry*>(block));
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
  write_tail(*entry, block + Entry::kHeaderBytes, from);
  return entry;
}

}  // namespace cache
