// SPDX-License-Identifier: Apache-2.0
// Encodes entries; decodes and checks records.
#include "format.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <xxhash.h>

#include "snapshot/snapshot.hpp"

namespace snapshot {
namespace {

constexpr std::size_t kAlign = 8;
constexpr std::size_t kMessageFront = 12;
constexpr std::size_t kQuestionTail = 4;  // type and class

std::size_t padded(std::size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

void append(std::vector<std::byte>& part, base::Bytes bytes) { part.insert(part.end(), bytes.begin(), bytes.end()); }

template <class T>
base::Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

/// Is it a folded wire name without trailing bytes?
bool is_name(base::Bytes name) {
  if (name.empty() || name.size() > dns::kMaxNameBytes) return false;
  std::size_t at = 0;
  while (at < name.size()) {
    const auto label = std::to_integer<std::size_t>(name[at]);
    if (label == 0) return at + 1 == name.size();
    if (label > dns::kMaxLabelBytes || at + 1 + label >= name.size()) return false;
    const base::Bytes text = name.subspan(at + 1, label);
    if (std::ranges::any_of(text, [](std::byte c) { return c >= std::byte{'A'} && c <= std::byte{'Z'}; })) return false;
    at += 1 + label;
  }
  return false;
}

bool is_key(base::Bytes key) {
  if (key.size() <= dns::kKeyPrefixBytes) return false;
  const base::Bytes name = key.subspan(dns::kKeyPrefixBytes);
  const auto flags = std::to_integer<std::uint8_t>(key[6]);
  return std::to_integer<std::size_t>(key[7]) == name.size() && is_name(name) &&
         (flags & ~(dns::kKeyFlagDo | dns::kKeyFlagCd)) == 0;
}

/// A reply with these records, for the response check; empty when it would be too long.
base::Bytes as_message(const RecordHeader& record, dns::KeyView key, base::Bytes records,
                       std::array<std::byte, dns::kMaxMessageBytes>& room) {
  const base::Bytes name = key.qname();
  const std::size_t size = kMessageFront + name.size() + kQuestionTail + records.size();
  if (size > room.size()) return {};
  std::byte* at = room.data();
  constexpr std::uint16_t kResponse = 0x8000;
  base::store_be16(at, 0);
  base::store_be16(at + 2, static_cast<std::uint16_t>(kResponse | (record.rcode & 0xfU)));
  base::store_be16(at + 4, 1);
  base::store_be16(at + 6, record.ancount);
  base::store_be16(at + 8, record.nscount);
  base::store_be16(at + 10, record.arcount);
  at = std::ranges::copy(name, at + kMessageFront).out;
  base::store_be16(at, static_cast<std::uint16_t>(key.qtype()));
  base::store_be16(at + 2, static_cast<std::uint16_t>(key.qclass()));
  std::ranges::copy(records, at + kQuestionTail);
  return base::Bytes(room).first(size);
}

/// Subtracts `sec` from the fresh time, and the rest from the stale time.
void age(std::uint32_t& ttl_sec, std::uint32_t& keep_sec, std::uint32_t sec) {
  const std::uint32_t of_ttl = std::min(ttl_sec, sec);
  ttl_sec -= of_ttl;
  keep_sec -= std::min(keep_sec, sec - of_ttl);
}

}  // namespace

std::uint64_t checksum(base::Bytes bytes) noexcept { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t digest(std::string_view text) noexcept { return checksum(std::as_bytes(std::span(text))); }

bool encode(const cache::Entry& entry, base::Instant now, std::vector<std::byte>& part) {
  if (entry.kind() == dns::AnswerKind::kFailure || entry.freshness(now) == cache::Freshness::kDead) return false;
  const dns::AnswerImage image = entry.image();
  const base::Bytes key = entry.key().bytes();
  RecordHeader record{.ttl_left_sec = entry.ttl_sec(),
                      .keep_left_sec = entry.keep_sec(),
                      .age_sec = entry.age_sec(now),
                      .key_bytes = static_cast<std::uint16_t>(key.size()),
                      .record_bytes = static_cast<std::uint16_t>(image.records.size()),
                      .ancount = image.ancount,
                      .nscount = image.nscount,
                      .arcount = image.arcount,
                      .rcode = static_cast<std::uint16_t>(image.rcode),
                      .flags = image.flags,
                      .kind = static_cast<std::uint8_t>(entry.kind()),
                      .uses = entry.uses()};
  age(record.ttl_left_sec, record.keep_left_sec, record.age_sec);
  append(part, bytes_of(record));
  append(part, key);
  append(part, image.records);
  part.resize(padded(part.size()));
  return true;
}

bool Part::add(const RecordHeader& record, base::Bytes key, base::Bytes records, std::uint32_t elapsed_sec,
               dns::ResponseScratch& scratch) {
  if (!is_key(key)) return false;
  if (record.kind > static_cast<std::uint8_t>(dns::AnswerKind::kNxDomain) || record.rcode > 0xfffU) return false;
  static thread_local std::array<std::byte, dns::kMaxMessageBytes> room;
  const base::Bytes message = as_message(record, dns::KeyView(key), records, room);
  if (message.empty()) return false;
  const auto parsed = dns::ResponseView::parse(message, scratch);
  if (!parsed || parsed->image().records.size() != records.size()) return false;  // malformed, or with an OPT

  cache::NewEntry entry;
  entry.ttl_sec = record.ttl_left_sec;
  entry.keep_sec = record.keep_left_sec;
  age(entry.ttl_sec, entry.keep_sec, elapsed_sec);
  if (entry.ttl_sec == 0 && entry.keep_sec == 0) {
    ++dead_;
    return true;
  }
  entry.key = dns::KeyView(key);
  entry.kind = static_cast<dns::AnswerKind>(record.kind);
  entry.age_sec = record.age_sec + std::min(elapsed_sec, ~record.age_sec);
  entry.uses = record.uses;
  entry.image = {.records = records,
                 .ttl_offsets = {},
                 .ancount = record.ancount,
                 .nscount = record.nscount,
                 .arcount = record.arcount,
                 .rcode = static_cast<dns::Rcode>(record.rcode),
                 .flags = record.flags};
  const std::span<const std::uint16_t> offsets = parsed->image().ttl_offsets;
  offsets_.push_back(
      static_cast<std::uint16_t>(offsets.size()));  // begins the offsets of this record; the views are made at the end
  offsets_.insert(offsets_.end(), offsets.begin(), offsets.end());
  entries_.push_back(entry);
  return true;
}

std::optional<Part> Part::decode(std::vector<std::byte> bytes, std::uint32_t elapsed_sec, const base::KeyedHash& hash,
                                 dns::ResponseScratch& scratch) {
  Part part;
  part.bytes_ = std::move(bytes);
  base::Bytes left = part.bytes_;
  while (!left.empty()) {
    RecordHeader record;
    if (left.size() < sizeof record) return std::nullopt;
    std::memcpy(&record, left.data(), sizeof record);
    const std::size_t size = padded(sizeof record + std::size_t{record.key_bytes} + record.record_bytes);
    if (size > left.size()) return std::nullopt;
    const base::Bytes key = left.subspan(sizeof record, record.key_bytes);
    const base::Bytes records = left.subspan(sizeof record + record.key_bytes, record.record_bytes);
    if (!part.add(record, key, records, elapsed_sec, scratch)) return std::nullopt;
    left = left.subspan(size);
  }
  std::size_t at = 0;
  for (cache::NewEntry& entry : part.entries_) {
    entry.hash = hash(entry.key.bytes());
    entry.image.ttl_offsets = std::span(part.offsets_).subspan(at + 1, part.offsets_[at]);
    at += 1 + entry.image.ttl_offsets.size();
  }
  return part;
}

}  // namespace snapshot
