// SPDX-License-Identifier: Apache-2.0
// Expected numbers of distinct names. The sum over ranks is taken rank by rank in front and by strides behind, where
// neighbours are alike.
#include "one_shot.hpp"

#include <algorithm>
#include <cmath>

namespace trace {
namespace {

/// Σ over ranks of term(weight), in strides of at most a 64th of the rank.
template <class Term>
double sum_over_ranks(const Workload& workload, Term term) noexcept {
  double sum = 0;
  for (double rank = 1; rank <= workload.names;) {
    const double stride = std::min(std::max(1.0, std::floor(rank / 64)), workload.names - rank + 1);
    sum += stride * term(std::pow(rank + (stride - 1) / 2, -workload.zipf_exponent));
    rank += stride;
  }
  return sum;
}

double lookups_of(const Workload& workload) noexcept {
  const double from_lookups = workload.rate * events_per_lookup(workload);
  const double share = from_lookups / (from_lookups + workload.flood.rate);
  return static_cast<double>(workload.queries) * share / events_per_lookup(workload);
}

}  // namespace

double events_per_lookup(const Workload& workload) noexcept {
  const double types = 1 + workload.pair_share + workload.https_share;
  const bool expands = !workload.search.empty() && workload.ndots > 3;
  const double external = expands ? static_cast<double>(workload.search.size()) + 1 : 1;
  const double internal = std::min<double>(2, static_cast<double>(workload.search.size()) + 1);
  const double candidates = workload.internal_share * internal + (1 - workload.internal_share) * external;
  return workload.ptr_share + (1 - workload.ptr_share) * types * candidates;
}

double one_shot_probability(const Workload& workload) noexcept {
  if (workload.one_shot_share <= 0) return 0;
  const double lookups = lookups_of(workload);
  const double days = lookups / workload.rate / 86'400;
  const double generations = 1 + days * workload.churn_per_day;
  const double weights = sum_over_ranks(workload, [](double weight) { return weight; });
  double probability = 0;
  for (int round = 0; round < 20; ++round) {  // each once-name leaves one lookup fewer for the catalogue
    const double per_generation = lookups * (1 - probability) / generations;
    const double distinct = generations * sum_over_ranks(workload, [&](double weight) {
                              return -std::expm1(-per_generation * weight / weights);
                            });
    const double once = workload.one_shot_share / (1 - workload.one_shot_share) * distinct;
    probability = (probability + std::min(once / std::max(lookups, 1.0), 1.0)) / 2;
  }
  return probability;
}

}  // namespace trace
