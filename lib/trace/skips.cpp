// SPDX-License-Identifier: Apache-2.0
// Counts with places.
#include "trace/skips.hpp"

#include <fmt/format.h>

namespace trace {
namespace {

struct Said {
  std::string_view name;
  std::string_view words;
  SkipSort sort;
};

constexpr std::array<Said, kSkips> kSaid{{
#define TRACE_SKIP(kind, name, words, sort) {name, words, SkipSort::sort},
    TRACE_SKIPS(TRACE_SKIP)
#undef TRACE_SKIP
}};

}  // namespace

std::string_view skip_name(Skip kind) noexcept { return kSaid[static_cast<std::size_t>(kind)].name; }
std::string_view skip_words(Skip kind) noexcept { return kSaid[static_cast<std::size_t>(kind)].words; }
SkipSort skip_sort(Skip kind) noexcept { return kSaid[static_cast<std::size_t>(kind)].sort; }

void Skips::note(Skip kind, std::string_view unit, std::uint64_t place, std::string_view detail) {
  Entry& entry = entries_[static_cast<std::size_t>(kind)];
  ++entry.count;
  if (entry.places.size() == kPlaces) return;
  entry.places.push_back(detail.empty() ? fmt::format("{} {}", unit, place)
                                        : fmt::format("{} {}: {}", unit, place, detail));
}

std::uint64_t Skips::damage() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kSkips; ++i) {
    if (kSaid[i].sort == SkipSort::kDamage) sum += entries_[i].count;
  }
  return sum;
}

std::string Skips::text() const {
  std::string out;
  for (std::size_t i = 0; i < kSkips; ++i) {
    const Entry& entry = entries_[i];
    if (entry.count == 0) continue;
    out += fmt::format("{} {} ({}{})\n", entry.count, kSaid[i].words, fmt::join(entry.places, "; "),
                       entry.count > entry.places.size() ? "; …" : "");
  }
  return out;
}

}  // namespace trace
