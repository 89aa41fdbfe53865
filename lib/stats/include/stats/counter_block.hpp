// SPDX-License-Identifier: Apache-2.0
/// @file counter_block.hpp – the counters of one component on one lcore, named by an enum.
///
/// Purpose    one list gives enumerator, metric name and help, so that a counter without a name cannot exist:
///
///              #define CACHE_COUNTERS(X) X(kHits, "hits", "questions answered from the cache") X(kMisses, …)
///              SLUICE_COUNTERS(CacheCounter, CACHE_COUNTERS)
///
///              stats::CounterBlock<CacheCounter> counters;   // one per lcore
///              counters.add(CacheCounter::kHits);
///
/// Threads    a block has one writer; control sums the blocks of all lcores, a moment stale.
/// Ownership  a block is a member of its component; names and help are static.
/// Cost       add: one memory add. Blocks start on a cache line and share none.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/spsc_ring.hpp"
#include "stats/counter.hpp"

namespace stats {

struct CounterInfo {
  std::string_view name;  // [a-z][a-z0-9_]*, unique in its list; the metric is sluice_<component>_<name>_total
  std::string_view help;  // one line without a full stop
};

/// An enum made by SLUICE_COUNTERS: 0 … kCount-1, each with its info.
template <class E>
concept CounterEnum = std::is_enum_v<E> && requires {
  E::kCount;
  { counter_info(E::kCount) } -> std::same_as<CounterInfo>;
};

template <CounterEnum E>
inline constexpr std::size_t kCounters = static_cast<std::size_t>(E::kCount);

template <CounterEnum E>
using CounterSums = std::array<std::uint64_t, kCounters<E>>;

template <CounterEnum E>
class alignas(base::kCacheLineBytes) CounterBlock {
 public:
  CounterBlock() noexcept = default;
  CounterBlock(const CounterBlock&) = delete;
  CounterBlock& operator=(const CounterBlock&) = delete;

  void add(E which, std::uint64_t count = 1) noexcept { counters_[static_cast<std::size_t>(which)].add(count); }
  [[nodiscard]] std::uint64_t read(E which) const noexcept { return counters_[static_cast<std::size_t>(which)].read(); }
  [[nodiscard]] std::span<const Counter> counters() const noexcept { return counters_; }

 private:
  std::array<Counter, kCounters<E>> counters_;  // owner: rw, control: r
};

/// The sum of the blocks of all lcores.
template <CounterEnum E>
[[nodiscard]] CounterSums<E> sum(std::span<const CounterBlock<E>* const> blocks) noexcept {
  CounterSums<E> sums{};
  for (const CounterBlock<E>* block : blocks) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += block->counters()[i].read();
  }
  return sums;
}

/// Names that a metrics format accepts, unique, each with help. Checked for every list at compile time.
[[nodiscard]] constexpr bool are_valid(std::span<const CounterInfo> infos) noexcept {
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (infos[i].name.empty() || infos[i].help.empty()) return false;
    for (const char c : infos[i].name) {
      if (!((c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'))) return false;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (infos[i].name == infos[j].name) return false;
    }
  }
  return true;
}

}  // namespace stats

#define SLUICE_COUNTER_ENUMERATOR(enumerator, name, help) enumerator,
#define SLUICE_COUNTER_INFO(enumerator, name, help) ::stats::CounterInfo{name, help},

/// Defines `enum class Enum`, counter_infos(Enum) and counter_info(Enum) in the current namespace.
#define SLUICE_COUNTERS(Enum, LIST)                                                                               \
  enum class Enum : std::uint16_t { LIST(SLUICE_COUNTER_ENUMERATOR) kCount };                                     \
  [[nodiscard]] constexpr std::array<::stats::CounterInfo, static_cast<std::size_t>(Enum::kCount)> counter_infos( \
      Enum /*any*/) noexcept {                                                                                    \
    return {{LIST(SLUICE_COUNTER_INFO)}};                                                                         \
  }                                                                                                               \
  static_assert(::stats::are_valid(counter_infos(Enum::kCount)), "counter names: [a-z0-9_], unique, help");       \
  [[nodiscard]] constexpr ::stats::CounterInfo counter_info(Enum which) noexcept {                                \
    return which < Enum::kCount ? counter_infos(which)[static_cast<std::size_t>(which)] : ::stats::CounterInfo{}; \
  }
