// SPDX-License-Identifier: Apache-2.0
// Records of zero octets: for each type the shortest RDATA that parses, since zeros are root names and empty strings.
#include "answer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "base/contract.hpp"
#include "cache/entry.hpp"
#include "cache/size_classes.hpp"
#include "dns/rdata_size.hpp"

namespace rig {
namespace {

constexpr std::size_t kRecordHead = 12;  // owner (a pointer to the question), type, class, TTL, RDLENGTH
constexpr std::size_t kSoaRdata = 22;
constexpr std::size_t kOptBytes = 11;
constexpr std::uint16_t kTxt = static_cast<std::uint16_t>(dns::QType::kTxt);
constexpr std::uint16_t kSoa = static_cast<std::uint16_t>(dns::QType::kSoa);
constexpr std::uint16_t kOwner = 0xc00c;

struct Shape {
  std::size_t rdata_bytes = 1;
  enum class More : std::uint8_t { kRecords, kLonger, kPadding } more = More::kLonger;
};

/// Address sets grow by records, opaque RDATA by its length, all other answers by a TXT record.
Shape shape_of(std::uint16_t type) noexcept {
  const auto qtype = static_cast<dns::QType>(type);
  const std::optional<std::size_t> shortest = dns::shortest_rdata_bytes(qtype);
  if (!shortest) return {};
  const bool is_address = qtype == dns::QType::kA || qtype == dns::QType::kAaaa;
  return {*shortest, is_address ? Shape::More::kRecords : Shape::More::kPadding};
}

std::size_t room_for_records(std::size_t message_bytes, std::size_t qname_bytes) noexcept {
  const std::size_t head = dns::kHeaderBytes + qname_bytes + 4 + kOptBytes;
  return message_bytes > head ? std::min(message_bytes - head, Records::kMaxBytes) : 0;
}

}  // namespace

void Records::add(std::uint16_t type, std::uint32_t ttl_sec, std::size_t rdata_bytes) noexcept {
  std::byte* const at = bytes_.data() + size_;
  base::store_be16(at, kOwner);
  base::store_be16(at + 2, type);
  base::store_be16(at + 4, static_cast<std::uint16_t>(dns::QClass::kIn));
  base::store_be32(at + 6, ttl_sec);
  base::store_be16(at + 10, static_cast<std::uint16_t>(rdata_bytes));
  ttl_offsets_[count_++] = static_cast<std::uint16_t>(size_ + 6);
  size_ += kRecordHead + rdata_bytes;
}

void Records::add_soa(std::uint32_t ttl_sec) noexcept {
  add(kSoa, ttl_sec, kSoaRdata);
  base::store_be32(bytes_.data() + size_ - 4, ttl_sec);  // its MINIMUM
  ++nscount_;
}

void Records::make(dns::KeyView question, const Answer& answer) noexcept {
  std::memset(bytes_.data(), 0, dirty_);
  size_ = count_ = 0;
  ancount_ = nscount_ = arcount_ = 0;
  rcode_ = dns::Rcode::kNoError;
  const std::size_t room = room_for_records(answer.bytes, question.qname().size());
  const auto type = static_cast<std::uint16_t>(question.qtype());
  if (answer.kind == dns::AnswerKind::kFailure) {
    rcode_ = dns::Rcode::kServFail;
  } else if (answer.kind == dns::AnswerKind::kNxDomain) {
    rcode_ = dns::Rcode::kNxDomain;
    add_soa(answer.ttl_sec);
  } else {
    const Shape shape = shape_of(type);
    std::size_t rdata_bytes = shape.rdata_bytes;
    if (shape.more == Shape::More::kLonger && room > kRecordHead + rdata_bytes) rdata_bytes = room - kRecordHead;
    do {
      add(type, answer.ttl_sec, rdata_bytes);
      ++ancount_;
    } while (shape.more == Shape::More::kRecords && has_room() && size_ + kRecordHead + rdata_bytes <= room);
  }
  if (answer.kind != dns::AnswerKind::kFailure && size_ + kRecordHead < room) {
    add(kTxt, answer.ttl_sec, room - size_ - kRecordHead);
    ++arcount_;
  }
  dirty_ = size_;
}

dns::AnswerImage Records::image() const noexcept {
  dns::AnswerImage image;
  image.records = base::Bytes(bytes_).first(size_);
  image.ttl_offsets = std::span<const std::uint16_t>(ttl_offsets_).first(count_);
  image.ancount = ancount_;
  image.nscount = nscount_;
  image.arcount = arcount_;
  image.rcode = rcode_;
  image.flags = dns::kFlagRa;
  return image;
}

std::size_t Records::write_reply(base::MutableBytes room, base::Bytes question, std::uint16_t id) const noexcept {
  const std::size_t bytes = dns::kHeaderBytes + question.size() + size_;
  SLUICE_REQUIRE(bytes <= room.size());
  std::byte* const at = room.data();
  base::store_be16(at, id);
  base::store_be16(
      at + 2, static_cast<std::uint16_t>(dns::kFlagQr | dns::kFlagRd | dns::kFlagRa | static_cast<unsigned>(rcode_)));
  base::store_be16(at + 4, 1);
  base::store_be16(at + 6, ancount_);
  base::store_be16(at + 8, nscount_);
  base::store_be16(at + 10, arcount_);
  std::memcpy(at + dns::kHeaderBytes, question.data(), question.size());
  std::memcpy(at + dns::kHeaderBytes + question.size(), bytes_.data(), size_);
  return bytes;
}

cache::Lifetime lifetime_of(const Answer& answer, const cache::Settings& settings) noexcept {
  const auto seconds = [](std::chrono::seconds value) { return static_cast<std::uint32_t>(value.count()); };
  cache::Lifetime life;
  if (answer.kind == dns::AnswerKind::kFailure) {
    life.ttl_sec = seconds(settings.servfail_ttl);
  } else {
    const bool is_negative = answer.kind == dns::AnswerKind::kNxDomain;
    const std::uint32_t cap = is_negative ? std::min(seconds(settings.max_ttl), seconds(settings.negative_max_ttl))
                                          : seconds(settings.max_ttl);
    life.ttl_sec = std::min(std::max(answer.ttl_sec, seconds(settings.min_ttl)), cap);
    life.keep_sec = seconds(settings.stale_keep);
  }
  life.ttl_cap_sec = life.ttl_sec;
  life.ttl_floor_sec = life.ttl_sec;
  life.storable = life.ttl_sec == 0 ? cache::Storable::kTtlZero : cache::Storable::kYes;
  return life;
}

std::uint32_t chunk_bytes(dns::KeyView key, const Answer& answer) noexcept {
  thread_local Records records;
  records.make(key, answer);
  const dns::AnswerImage image = records.image();
  const std::size_t bytes = cache::Entry::kHeaderBytes + (key.bytes().size() + 1) / 2 * 2 +
                            image.ttl_offsets.size_bytes() + image.records.size();
  const std::size_t size_class = cache::class_for(bytes);
  SLUICE_REQUIRE(size_class < cache::kClasses);
  return static_cast<std::uint32_t>(cache::kClassBytes[size_class] + cache::kChunkNoteBytes);
}

std::uint64_t room_for_blocks(std::uint64_t size_bytes) {
  constexpr std::uint64_t kBytesPerShard = 16U << 20U;
  constexpr std::uint64_t kLargeShare = 64;
  const std::uint64_t shards = std::bit_floor(std::clamp<std::uint64_t>(size_bytes / kBytesPerShard, 1, 16));
  const std::uint64_t buckets = std::bit_ceil(size_bytes / shards / 1'024) * shards;
  const std::uint64_t large = std::max<std::uint64_t>(size_bytes / kLargeShare, 3 * cache::kLargePageBytes);
  return size_bytes - std::min(size_bytes / 2, buckets * cache::kBucketBytes + large);
}

}  // namespace rig
