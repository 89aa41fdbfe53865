// SPDX-License-Identifier: Apache-2.0
// What follows from the counts.
#include <algorithm>
#include <cmath>

#include <xxhash.h>

#include "trace/portrait.hpp"

namespace trace {
namespace {

constexpr std::uint32_t kLeastCount = 10;  // of a question that the fit looks at
constexpr std::uint32_t kLeastRanks = 10;

std::vector<TypeCount> by_frequency(std::vector<TypeCount> counts) {
  std::sort(counts.begin(), counts.end(), [](const TypeCount& a, const TypeCount& b) {
    return a.events != b.events ? a.events > b.events : a.qtype < b.qtype;
  });
  return counts;
}

}  // namespace

ZipfFit fit_zipf(const std::vector<std::uint32_t>& counts) {
  const auto end = std::find_if(counts.begin(), counts.end(), [](std::uint32_t count) { return count < kLeastCount; });
  ZipfFit fit;
  fit.last_rank = static_cast<std::uint32_t>(end - counts.begin());
  if (fit.last_rank < kLeastRanks) return fit;
  double n = 0;
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  double sum_yy = 0;
  for (double rank = 1; rank <= fit.last_rank; rank = std::max(rank + 1, std::floor(rank * 1.05))) {
    const double x = std::log(rank);
    const double y = std::log(counts[static_cast<std::size_t>(rank) - 1]);
    n += 1;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
    sum_yy += y * y;
  }
  const double spread_x = n * sum_xx - sum_x * sum_x;
  const double spread_y = n * sum_yy - sum_y * sum_y;
  const double together = n * sum_xy - sum_x * sum_y;
  fit.exponent = -together / spread_x;
  fit.r_squared = spread_y > 0 ? together * together / (spread_x * spread_y) : 1;
  return fit;
}

void Painter::fill_counts(Portrait& portrait) const {
  std::vector<std::uint64_t> types(65'536);
  for (std::uint32_t i = 0; i < questions_.size(); ++i) {
    if (questions_[i].count == 0) continue;
    ++portrait.questions;
    portrait.one_shot += questions_[i].count == 1 ? 1U : 0U;
    types[static_cast<std::uint16_t>(dictionary_.question(i).qtype)] += questions_[i].count;
  }
  for (std::size_t type = 0; type < types.size(); ++type) {
    if (types[type] != 0) portrait.types.push_back({static_cast<dns::QType>(type), types[type]});
  }
  for (std::size_t rcode = 0; rcode < rcodes_.size(); ++rcode) {
    if (rcodes_[rcode] != 0) portrait.rcodes.push_back({static_cast<std::uint8_t>(rcode), rcodes_[rcode]});
  }
  portrait.types = by_frequency(std::move(portrait.types));
  portrait.names = distinct_names();
}

/// By their hashes: two names of a billion may count as one.
std::uint64_t Painter::distinct_names() const {
  std::vector<std::uint64_t> hashes;
  for (std::uint32_t i = 0; i < questions_.size(); ++i) {
    if (questions_[i].count == 0) continue;
    const base::Bytes qname = dictionary_.question(i).qname;
    hashes.push_back(XXH3_64bits(qname.data(), qname.size()));
  }
  std::sort(hashes.begin(), hashes.end());
  return static_cast<std::uint64_t>(std::unique(hashes.begin(), hashes.end()) - hashes.begin());
}

void Painter::fill_popularity(Portrait& portrait, std::size_t most) const {
  std::vector<NameCount> ranked;
  for (std::uint32_t i = 0; i < questions_.size(); ++i) {
    if (questions_[i].count != 0) ranked.push_back({i, questions_[i].count});
  }
  std::sort(ranked.begin(), ranked.end(), [](const NameCount& a, const NameCount& b) {
    return a.events != b.events ? a.events > b.events : a.question < b.question;
  });
  std::vector<std::uint32_t> counts;
  std::uint64_t sum = 0;
  std::size_t next = 1;
  for (const NameCount& count : ranked) {
    counts.push_back(static_cast<std::uint32_t>(count.events));
    sum += count.events;
    if (counts.size() != next && counts.size() != ranked.size()) continue;
    portrait.popularity.push_back({counts.size(), static_cast<double>(sum) / static_cast<double>(portrait.events)});
    next *= 2;
  }
  portrait.zipf = fit_zipf(counts);
  ranked.resize(std::min(ranked.size(), most));
  portrait.top = std::move(ranked);
}

void Painter::fill_ttls(Portrait& portrait) const {
  for (const auto& [ttl, events] : ttls_) portrait.ttls.push_back({ttl, events});
  std::map<std::uint32_t, std::uint64_t> highest;
  for (const Seen& seen : questions_) {
    if (seen.highest_ttl_sec != 0) ++highest[seen.highest_ttl_sec - 1];
  }
  for (const auto& [ttl, questions] : highest) portrait.question_ttls.push_back({ttl, questions});
}

void Painter::fill_clients(Portrait& portrait) const {
  std::vector<std::uint64_t> sorted;
  std::copy_if(clients_.begin(), clients_.end(), std::back_inserter(sorted),
               [](std::uint64_t events) { return events != 0; });
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  portrait.clients = sorted.size();
  if (sorted.empty()) return;
  portrait.busiest_client_events = sorted.front();
  std::uint64_t sum = 0;
  std::size_t many = 0;
  while (sum * 2 < portrait.events) sum += sorted[many++];
  portrait.clients_for_half = static_cast<double>(many) / static_cast<double>(sorted.size());
}

}  // namespace trace
