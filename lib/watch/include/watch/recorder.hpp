// SPDX-License-Identifier: Apache-2.0
/// @file recorder.hpp – one core's record of who asks what, and what it costs.
///
/// Purpose    for clients, names, zones and types the heaviest of each second by queries, misses, packets upstream and
///            bytes of answers. Queries and bytes are sampled (one query in 16, one answer in 4 KiB), each sample with the
///            weight of what it stands for; misses, refused misses and packets upstream are counted one by one.
/// Threads    one writer; control reads the sketches, a second behind (sketch.hpp).
/// Ownership  borrows its memory.
/// Cost       a query that is not sampled: two subtractions. One that is: three hashes and four sketches.
///
///   measure    kept by     what one unit is
///   queries    asker       a query; weight 16
///   misses     asker       a query that the cache could not answer
///   bytes      asker       a byte of an answer's message; weight 4096
///   nxdomain   asker       an answer NXDOMAIN that is not local data's; hits weigh 16, others 1; of clients only
///   held       asker       a miss that was not asked: allowance or block; of clients only
///   upstream   egress      a packet to a server, for the client that opened the question
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"
#include "watch/settings.hpp"
#include "watch/sketch.hpp"

namespace watch {

enum class Subject : std::uint8_t { kClient, kName, kZone, kType };
enum class Measure : std::uint8_t { kQueries, kMisses, kUpstream, kBytes, kNxDomain, kHeld };
inline constexpr std::size_t kSubjects = 4;
inline constexpr std::size_t kMeasures = 6;

inline constexpr std::uint32_t kSampleOneIn = 16;
inline constexpr std::uint32_t kSampleBytes = 4'096;

/// The part of an address that stands for its client: the address with its other bits cleared.
[[nodiscard]] net::Prefix client_prefix(const net::IpAddress& client, ClientPrefix by) noexcept;
/// Who asked what.
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

  /// Once for each query. True: this one is sampled, record it by query().
  [[nodiscard]] bool samples_query() noexcept {
    if (--until_query_ != 0) return false;
    draw_gap();
    return true;
  }
  /// Once for each answer. Not 0: this one stands for so many bytes, record them by bytes().
  [[nodiscard]] std::uint64_t samples_bytes(std::size_t bytes) noexcept {
    byte_credit_ -= static_cast<std::int64_t>(bytes);
    return byte_credit_ > 0 ? 0 : take_bytes();
  }

  void query(const Asked& asked, NxDomain nxdomain) noexcept;
  void bytes(const Asked& asked, std::uint64_t weight) noexcept { record(Measure::kBytes, asked, weight); }
  void miss(const Asked& asked) noexcept { record(Measure::kMisses, asked, 1); }
  void upstream(const Asked& asked, std::uint32_t packets) noexcept { record(Measure::kUpstream, asked, packets); }
  void nxdomain(const net::IpAddress& client) noexcept { record(Measure::kNxDomain, client, 1); }
  void held(const net::IpAddress& client) noexcept { record(Measure::kHeld, client, 1); }

  /// Any thread. What this place does not keep is empty.
  [[nodiscard]] const Sketch& sketch(Subject subject, Measure measure) const noexcept {
    return sketches_[static_cast<std::size_t>(subject)][static_cast<std::size_t>(measure)];
  }

 private:
  static constexpr std::uint64_t kSecondNs = 1'000'000'000;
  void enter(base::Instant now) noexcept;
  void draw_gap() noexcept;
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
  std::uint32_t second_ = 0;
  std::int64_t byte_credit_ = kSampleBytes;
  std::uint64_t began_ns_ = 0;
  std::uint64_t random_ = 0x9e37'79b9'7f4a'7c15U;
  std::array<std::array<Sketch, kMeasures>, kSubjects> sketches_{};
};

}  // namespace watch
