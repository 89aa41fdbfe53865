// SPDX-License-Identifier: Apache-2.0
/// @file histogram.hpp – latencies, in fixed memory.
///
/// Purpose    counts of nanosecond values in log-linear buckets: 32 to each power of two, so that a bucket is at most
///            1/32 (3.1 %) of its values wide. Values from 2^36 ns (68 s) on count in the last bucket.
/// Threads    Histogram: one writer; control takes snapshots, each bucket a moment stale. HistogramCounts: value type.
/// Cost       record: two memory adds and a bit scan. 8 KiB each.
///
///   value   0 … 31 one bucket each │ 32 … 63 width 1 │ 64 … 127 width 2 │ 128 … 255 width 4 │ … │ … 2^36 width 2^30
///   index   0 … 31                 │ 32 … 63         │ 64 … 95          │ 96 … 127          │ … │ … 1023
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "stats/counter.hpp"

namespace stats {

inline constexpr unsigned kHistogramSubBits = 5;
inline constexpr unsigned kHistogramValueBits = 36;
inline constexpr std::size_t kHistogramBuckets = std::size_t{kHistogramValueBits - kHistogramSubBits + 1}
                                                 << kHistogramSubBits;
static_assert(kHistogramBuckets == 1024);

[[nodiscard]] constexpr std::size_t histogram_bucket(std::uint64_t value_ns) noexcept {
  constexpr std::uint64_t kMaxNs = (std::uint64_t{1} << kHistogramValueBits) - 1;
  const std::uint64_t value = value_ns < kMaxNs ? value_ns : kMaxNs;
  const auto bits = static_cast<unsigned>(std::bit_width(value | ((1U << kHistogramSubBits) - 1U)));
  const unsigned shift = bits > kHistogramSubBits ? bits - kHistogramSubBits - 1 : 0;
  return (std::size_t{shift} << kHistogramSubBits) + static_cast<std::size_t>(value >> shift);
}

/// The smallest value of a bucket; for kHistogramBuckets the end of the last bucket.
[[nodiscard]] constexpr std::uint64_t histogram_bucket_begin_ns(std::size_t bucket) noexcept {
  constexpr std::size_t kLinear = std::size_t{2} << kHistogramSubBits;
  if (bucket < kLinear) return bucket;
  const std::size_t shift = (bucket >> kHistogramSubBits) - 1;
  return std::uint64_t{bucket - (shift << kHistogramSubBits)} << shift;
}

/// A snapshot, or the sum or difference of several.
class HistogramCounts {
 public:
  void merge(const HistogramCounts& other) noexcept;
  /// The difference to `earlier`, a snapshot of the same histograms.
  [[nodiscard]] HistogramCounts since(const HistogramCounts& earlier) const noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t sum_ns() const noexcept { return sum_ns_; }
  [[nodiscard]] std::uint64_t in_bucket(std::size_t bucket) const noexcept { return buckets_[bucket]; }
  /// The value that `fraction` (0 … 1) of all values do not exceed, at most half a bucket off; 0 when empty.
  [[nodiscard]] std::uint64_t quantile_ns(double fraction) const noexcept;
  /// How many values are below `limit_ns`; exact at powers of two.
  [[nodiscard]] std::uint64_t count_below(std::uint64_t limit_ns) const noexcept;

 private:
  friend class Histogram;
  std::array<std::uint64_t, kHistogramBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
};

class Histogram {
 public:
  Histogram() noexcept = default;
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  /// owner
  void record_ns(std::uint64_t value_ns) noexcept {
    buckets_[histogram_bucket(value_ns)].add();
    sum_ns_.add(value_ns);
  }
  /// owner; a negative duration counts as 0.
  void record(base::Duration value) noexcept {
    record_ns(value.count() > 0 ? static_cast<std::uint64_t>(value.count()) : 0);
  }
  /// any thread
  [[nodiscard]] HistogramCounts snapshot() const noexcept;

 private:
  std::array<Counter, kHistogramBuckets> buckets_;  // owner: rw, control: r
  Counter sum_ns_;                                  // owner: rw, control: r
};

}  // namespace stats
