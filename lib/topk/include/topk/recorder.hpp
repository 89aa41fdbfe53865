// SPDX-License-Identifier: Apache-2.0
/// @file recorder.hpp – one core's record of the heaviest clients, names, zones and types.
///
/// Purpose    per second, the heaviest by queries, misses, packets upstream and bytes of answers. Queries and bytes are
///            sampled (one query in 16, one answer in 4 KiB), each sample with the weight that it represents. Refused
///            misses and packets upstream are counted singly, and so are the first kMissesOneByOne misses of a second; of
///            the others one in 16 is sampled. A second with very many queries is sampled more sparsely. Every gap between
///            samples is random, so that no order of queries hides a client.
/// Threads    one writer; control reads the sketches, a second behind (sketch.hpp).
/// Ownership  borrows its memory.
/// Cost       a query that is not sampled: two subtractions; a miss that is not: a shift. One that is: three hashes and
///            four sketches.
///
///   measure    kept by     what one unit is
///   queries    worker      a query; weight 16, or 64 behind the first 65,536 of a second
///   misses     worker      a query that the cache could not answer; weight 1, or 16 behind the first 1024 of a second
///   bytes      worker      a byte of an answer's message; weight 4096
///   nxdomain   worker      an NXDOMAIN answer, except from local data; hits weigh as queries, others 1; of clients only
///   held       worker      a miss that was refused: allowance or block; of clients only
///   upstream   egress      a packet to a server, for the client that opened the question
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/words.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"
#include "topk/settings.hpp"
#include "topk/sketch.hpp"

namespace topk {

enum class Subject : std::uint8_t { kClient, kName, kZone, kType };
enum class Measure : std::uint8_t { kQueries, kMisses, kUpstream, kBytes, kNxDomain, kHeld };
inline constexpr std::size_t kSubjects = 4;
inline constexpr std::size_t kMeasures = 6;
inline constexpr std::array kSubjectWords{base::Word{"clients", Subject::kClient}, base::Word{"names", Subject::kName},
                                          base::Word{"zones", Subject::kZone}, base::Word{"types", Subject::kType}};
inline constexpr std::array kMeasureWords{
    base::Word{"queries", Measure::kQueries},   base::Word{"misses", Measure::kMisses},
    base::Word{"upstream", Measure::kUpstream}, base::Word{"bytes", Measure::kBytes},
    base::Word{"nxdomain", Measure::kNxDomain}, base::Word{"held", Measure::kHeld}};

inline constexpr std::uint32_t kSampleOneIn = 16;
inline constexpr std::uint32_t kSampleBytes = 4'096;
// Per core and second. Beyond these numbers the samples suffice, and cycles are scarce.
inline constexpr std::uint32_t kMissesOneByOne = 1'024;
inline constexpr std::uint32_t kDenseQuerySamples = 4'096;
inline constexpr std::uint32_t kThinSampleOneIn = 64;

/// The prefix that identifies a client: its address with the remaining bits cleared.
[[nodiscard]] net::Prefix client_prefix(const net::IpAddress& client, ClientPrefix by) noexcept;
/// A client and its question.
struct Asked {
  net::IpAddress client;
  base::Bytes qname;  // folded wire form
  dns::QType qtype{};
};

enum class NxDomain : std::uint8_t { kOther, kYes };

class Recorder {
 public:
  enum class Place : std::uint8_t { kAsker, kEgress };
  [[nodiscard]] static std::size_t bytes_needed(Place place) noexcept;
  /// `memory` is aligned to a cache line; `hash` outlives it.
  Recorder(base::MutableBytes memory, Place place, const base::KeyedHash& hash) noexcept;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Once per poll, before anything else. Zones are those of dns::zone_of() with these suffixes, as in the egress core;
  /// they stay until the next call.
  void begin(base::Instant now, const Settings& settings, base::Bytes zone_suffixes = {}) noexcept {
    settings_ = settings;
    zone_suffixes_ = zone_suffixes;
    if (now.ns() - began_ns_ >= kSecondNs) enter(now);
  }
  [[nodiscard]] bool is_on() const noexcept { return settings_.mode == Mode::kOn; }

  /// Once for each query. Not 0: a sample with this weight; record it by query().
  [[nodiscard]] std::uint32_t samples_query() noexcept { return --until_query_ != 0 ? 0 : take_query(); }
  /// Once for each miss. Not 0: a sample with this weight; record it by miss(). Each miss is drawn independently, so that
  /// the change of rate favours no client.
  [[nodiscard]] std::uint32_t samples_miss() noexcept {
    if (misses_ < kMissesOneByOne) {
      ++misses_;
      return 1;
    }
    if (coins_ <= 1) coins_ = (draw() & (kLastCoin - 1)) | kLastCoin;
    const bool is_drawn = (coins_ & (kSampleOneIn - 1)) == 0;
    coins_ >>= kCoinBits;
    return is_drawn ? kSampleOneIn : 0;
  }
  /// Once for each answer. Not 0: a sample of this many bytes; record it by bytes().
  [[nodiscard]] std::uint64_t samples_bytes(std::size_t bytes) noexcept {
    byte_credit_ -= static_cast<std::int64_t>(bytes);
    return byte_credit_ > 0 ? 0 : take_bytes();
  }

  void query(const Asked& asked, NxDomain nxdomain, std::uint32_t weight) noexcept;
  void bytes(const Asked& asked, std::uint64_t weight) noexcept { record(Measure::kBytes, asked, weight); }
  void miss(const Asked& asked, std::uint32_t weight) noexcept { record(Measure::kMisses, asked, weight); }
  void upstream(const Asked& asked, std::uint32_t packets) noexcept { record(Measure::kUpstream, asked, packets); }
  void nxdomain(const net::IpAddress& client) noexcept { record(Measure::kNxDomain, client, 1); }
  void held(const net::IpAddress& client) noexcept { record(Measure::kHeld, client, 1); }

  /// Any thread. Empty for a measure that is not kept here.
  [[nodiscard]] const Sketch& sketch(Subject subject, Measure measure) const noexcept {
    return sketches_[static_cast<std::size_t>(subject)][static_cast<std::size_t>(measure)];
  }

 private:
  static constexpr std::uint64_t kSecondNs = 1'000'000'000;
  static constexpr unsigned kCoinBits = 4;  // of a miss
  static_assert(kSampleOneIn == 1U << kCoinBits);
  static constexpr std::uint64_t kLastCoin = std::uint64_t{1} << 60U;  // marks the end of fifteen coins
  using Sketches = std::array<std::array<Sketch, kMeasures>, kSubjects>;
  [[nodiscard]] static Sketches place_sketches(base::Arena& arena, Place place) noexcept;
  void enter(base::Instant now) noexcept;
  [[nodiscard]] std::uint64_t draw() noexcept;
  [[nodiscard]] std::uint32_t take_query() noexcept;
  [[nodiscard]] std::uint64_t take_bytes() noexcept;
  [[nodiscard]] Sketch& at(Subject subject, Measure measure) noexcept {
    return sketches_[static_cast<std::size_t>(subject)][static_cast<std::size_t>(measure)];
  }
  void record(Measure measure, const Asked& asked, std::uint64_t weight) noexcept;
  void record(Measure measure, const net::IpAddress& client, std::uint64_t weight) noexcept;

  const base::KeyedHash* hash_;
  Settings settings_{};
  base::Bytes zone_suffixes_;
  std::uint32_t until_query_ = kSampleOneIn;
  std::uint32_t query_weight_ = kSampleOneIn;  // the mean of the gap that ends with the next sample
  std::uint32_t dense_left_ = kDenseQuerySamples;
  std::uint32_t misses_ = 0;  // counted singly in this second
  std::uint32_t second_ = 0;
  std::int64_t byte_credit_ = kSampleBytes;
  std::uint64_t began_ns_ = 0;
  std::uint64_t random_ = 0x9e37'79b9'7f4a'7c15U;
  std::uint64_t coins_ = 1;  // drawn and not yet used; 1: none
  Sketches sketches_{};
};

}  // namespace topk
