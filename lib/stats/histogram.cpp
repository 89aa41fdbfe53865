// SPDX-License-Identifier: Apache-2.0
// Reading a histogram.
#include "stats/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace stats {

void HistogramCounts::merge(const HistogramCounts& other) noexcept {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
}

HistogramCounts HistogramCounts::since(const HistogramCounts& earlier) const noexcept {
  HistogramCounts difference;
  for (std::size_t i = 0; i < buckets_.size(); ++i) difference.buckets_[i] = buckets_[i] - earlier.buckets_[i];
  difference.count_ = count_ - earlier.count_;
  difference.sum_ns_ = sum_ns_ - earlier.sum_ns_;
  return difference;
}

std::uint64_t HistogramCounts::quantile_ns(double fraction) const noexcept {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < buckets_.size() && (seen += buckets_[bucket]) < rank) ++bucket;
  const std::uint64_t begin = histogram_bucket_begin_ns(bucket);
  return begin + (histogram_bucket_begin_ns(bucket + 1) - begin) / 2;
}

std::uint64_t HistogramCounts::count_below(std::uint64_t limit_ns) const noexcept {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < buckets_.size() && histogram_bucket_begin_ns(i + 1) <= limit_ns; ++i)
    below += buckets_[i];
  return below;
}

HistogramCounts Histogram::snapshot() const noexcept {
  HistogramCounts counts;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    counts.buckets_[i] = buckets_[i].read();
    counts.count_ += counts.buckets_[i];
  }
  counts.sum_ns_ = sum_ns_.read();
  return counts;
}

}  // namespace stats
