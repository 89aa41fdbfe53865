// SPDX-License-Identifier: Apache-2.0
// Which sketch an event goes to, and under which key.
#include "topk/recorder.hpp"

#include <algorithm>
#include <cstring>

#include "dns/zone_name.hpp"

namespace topk {
namespace {

constexpr std::uint32_t kSets = 64;  // 448 keys of each measure
constexpr std::uint32_t kTypeSets = 8;
constexpr std::uint32_t kClientKeyBytes = 17;  // address and length of the prefix
constexpr std::uint32_t kZoneKeyBytes = dns::kMaxZoneBytes;
constexpr std::uint32_t kTypeKeyBytes = 2;

constexpr Sketch::Shape shape_of(Subject subject) noexcept {
  switch (subject) {
    case Subject::kClient:
      return {kSets, kClientKeyBytes};
    case Subject::kName:
      return {kSets, dns::kMaxNameBytes};
    case Subject::kZone:
      return {kSets, kZoneKeyBytes};
    case Subject::kType:
      break;
  }
  return {kTypeSets, kTypeKeyBytes};
}

constexpr bool is_kept(Recorder::Place place, Subject subject, Measure measure) noexcept {
  if (place == Recorder::Place::kEgress) return measure == Measure::kUpstream;
  if (measure == Measure::kUpstream) return false;
  return subject == Subject::kClient || (measure != Measure::kNxDomain && measure != Measure::kHeld);
}

template <class Visit>
constexpr void for_each_kept(Recorder::Place place, Visit visit) {
  for (std::size_t s = 0; s < kSubjects; ++s) {
    for (std::size_t m = 0; m < kMeasures; ++m) {
      if (is_kept(place, static_cast<Subject>(s), static_cast<Measure>(m))) visit(s, m);
    }
  }
}

constexpr std::uint64_t tag_of(std::uint64_t hash) noexcept { return hash | 1U; }  // 0: no key

constexpr std::uint8_t kHostBitsV4 = 128;
constexpr std::uint8_t kHostBitsV6 = 64;
constexpr std::uint8_t kNetworkBitsV4 = net::kV4PrefixBits + 24;
constexpr std::uint8_t kNetworkBitsV6 = 56;

}  // namespace

net::Prefix client_prefix(const net::IpAddress& client, ClientPrefix by) noexcept {
  const bool is_v4 = client.is_v4();
  const bool is_host = by == ClientPrefix::kHost;
  const std::uint8_t length =
      is_v4 ? (is_host ? kHostBitsV4 : kNetworkBitsV4) : (is_host ? kHostBitsV6 : kNetworkBitsV6);
  std::array<std::byte, net::IpAddress::kBytes> octets = client.octets();  // all lengths here are whole octets
  std::fill(octets.begin() + length / 8, octets.end(), std::byte{0});
  return {net::IpAddress::v6(octets.data()), length};
}

Recorder::Sketches Recorder::place_sketches(base::Arena& arena, Place place) noexcept {
  Sketches sketches;
  for_each_kept(place, [&](std::size_t subject, std::size_t measure) {
    sketches[subject][measure] = Sketch(arena, shape_of(static_cast<Subject>(subject)));
  });
  return sketches;
}

std::size_t Recorder::bytes_needed(Place place) noexcept {
  base::Arena arena;
  static_cast<void>(place_sketches(arena, place));
  return arena.used();
}

Recorder::Recorder(base::MutableBytes memory, Place place, const base::KeyedHash& hash) noexcept : hash_(&hash) {
  base::Arena arena(memory);
  sketches_ = place_sketches(arena, place);
}

void Recorder::enter(base::Instant now) noexcept {
  second_ = now.sec();
  began_ns_ = std::uint64_t{second_} * kSecondNs;
  dense_left_ = kDenseQuerySamples;
  misses_ = 0;
}

std::uint64_t Recorder::draw() noexcept {
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  return random_;
}

// Gaps of 1 to 31 with a mean of 16, or of 1 to 127 with a mean of 64, so that clients that alternate are sampled alike.
std::uint32_t Recorder::take_query() noexcept {
  const std::uint32_t weight = query_weight_;
  const bool is_dense = dense_left_ != 0;
  if (is_dense) --dense_left_;
  query_weight_ = is_dense ? kSampleOneIn : kThinSampleOneIn;
  const std::uint64_t drawn = draw();
  const std::uint64_t most = query_weight_ - 1;
  until_query_ = static_cast<std::uint32_t>(1 + (drawn & most) + (drawn >> 32U & most));
  return weight;
}

std::uint64_t Recorder::take_bytes() noexcept {
  const auto owed = static_cast<std::uint64_t>(-byte_credit_);
  const std::uint64_t weight = (owed / kSampleBytes + 1) * kSampleBytes;  // a power of two: a shift
  byte_credit_ += static_cast<std::int64_t>(weight);
  return weight;
}

void Recorder::query(const Asked& asked, NxDomain nxdomain, std::uint32_t weight) noexcept {
  record(Measure::kQueries, asked, weight);
  if (nxdomain == NxDomain::kYes) record(Measure::kNxDomain, asked.client, weight);
}

void Recorder::record(Measure measure, const net::IpAddress& client, std::uint64_t weight) noexcept {
  const net::Prefix prefix = client_prefix(client, settings_.clients);
  std::array<std::byte, kClientKeyBytes> key;
  std::memcpy(key.data(), prefix.address.octets().data(), net::IpAddress::kBytes);
  key.back() = static_cast<std::byte>(prefix.length);
  at(Subject::kClient, measure).add(second_, tag_of((*hash_)(key)), key, weight);
}

void Recorder::record(Measure measure, const Asked& asked, std::uint64_t weight) noexcept {
  record(measure, asked.client, weight);
  const base::Bytes zone = dns::zone_of(asked.qname, zone_suffixes_);
  const std::uint64_t zone_hash = (*hash_)(zone);
  const std::uint64_t name_hash = zone.size() == asked.qname.size() ? zone_hash : (*hash_)(asked.qname);
  at(Subject::kName, measure).add(second_, tag_of(name_hash), asked.qname, weight);
  at(Subject::kZone, measure).add(second_, tag_of(zone_hash), zone, weight);
  const auto type = static_cast<std::uint16_t>(asked.qtype);
  const std::array key{static_cast<std::byte>(type >> 8U), static_cast<std::byte>(type & 0xffU)};
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15U;
  at(Subject::kType, measure).add(second_, tag_of((type + std::uint64_t{1}) * kOdd), key, weight);
}

}  // namespace topk
