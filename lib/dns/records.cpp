// SPDX-License-Identifier: Apache-2.0
// Copies stored records into a reply: TTLs aged, the first address set rotated.
#include "records.hpp"

#include <algorithm>
#include <cstring>

#include "base/contract.hpp"

namespace dns {

namespace {

constexpr std::size_t kTypeBeforeTtl = 4;   // type and class precede the TTL
constexpr std::size_t kRdataBehindTtl = 6;  // the TTL itself and rdlength
constexpr std::size_t kMostHops = 16;       // at most this many records in front of the addresses

/// A record of an image, found by its TTL offset.
struct Place {
  const std::byte* ttl;
  std::size_t end;  // in the image

  Place(const AnswerImage& image, std::size_t index) noexcept
      : ttl(image.records.data() + image.ttl_offsets[index]),
        end(image.ttl_offsets[index] + kRdataBehindTtl + base::load_be16(ttl + sizeof(std::uint32_t))) {}
  [[nodiscard]] QType type() const noexcept { return static_cast<QType>(base::load_be16(ttl - kTypeBeforeTtl)); }
};

[[nodiscard]] bool leads_to_addresses(QType type) noexcept {
  return type == QType::kCname || type == QType::kDname || type == QType::kRrsig;
}

/// Owner, type and class: what all records of a run share.
[[nodiscard]] bool same_head(const std::byte* a, const std::byte* b, std::size_t bytes) noexcept {
  return std::memcmp(a, b, bytes) == 0;
}

}  // namespace

AddressRun first_address_run(const AnswerImage& image) noexcept {
  AddressRun run;
  const std::size_t answers = std::min<std::size_t>(image.ancount, image.ttl_offsets.size());
  std::size_t at = 0;
  for (; at < answers && at < kMostHops; ++at) {
    const Place place(image, at);
    if (!leads_to_addresses(place.type())) break;
    run.begin = place.end;
  }
  if (at >= answers || at == kMostHops) return run;
  const Place first(image, at);
  if (first.type() != QType::kA && first.type() != QType::kAaaa) return run;
  const std::byte* head = image.records.data() + run.begin;
  const auto head_bytes = static_cast<std::size_t>(first.ttl - head);
  run.record_bytes = first.end - run.begin;
  std::size_t end = run.begin;
  for (; at < answers; ++at, ++run.count) {
    const Place place(image, at);
    if (place.end - end != run.record_bytes || !same_head(head, image.records.data() + end, head_bytes)) break;
    end = place.end;
  }
  return run;
}

std::size_t first_place(base::TxId id, std::size_t count) noexcept {
  constexpr std::uint32_t kOdd =
      40'503;  // 2^16 over the golden ratio: IDs in a row spread, and each keeps its own value
  const std::uint32_t spread = id.value() * kOdd & 0xffffU;
  return spread * count >> 16U;
}

void write_records(std::byte* out, const AnswerImage& image, const TtlRule& rule, std::size_t first,
                   const AddressRun& run) noexcept {
  if (image.records.empty()) return;
  const std::byte* records = image.records.data();
  std::memcpy(out, records, image.records.size());
  if (first != 0) {
    const std::size_t moved = first * run.record_bytes;
    const std::size_t rest = run.count * run.record_bytes - moved;
    std::memcpy(out + run.begin, records + run.begin + moved, rest);
    std::memcpy(out + run.begin + rest, records + run.begin, moved);
  }
  if (rule.all_sec != 0) {
    for (const std::uint16_t offset : image.ttl_offsets) base::store_be32(out + offset, rule.all_sec);
    return;
  }
  const std::uint32_t cap_sec = std::min(rule.cap_sec, kMaxTtlSec);
  const std::byte* stored =
      first == 0 ? records : out;  // loading bytes that were just copied would wait for the stores
  for (const std::uint16_t offset : image.ttl_offsets) {
    SLUICE_ASSUME(offset + sizeof(std::uint32_t) <= image.records.size());
    const std::uint32_t stored_sec = std::min(base::load_be32(stored + offset), cap_sec);
    const std::uint32_t left_sec = stored_sec > rule.age_sec ? stored_sec - rule.age_sec : 0;
    base::store_be32(out + offset, std::max(left_sec, rule.floor_sec));
  }
}

}  // namespace dns
