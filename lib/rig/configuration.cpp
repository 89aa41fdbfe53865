// SPDX-License-Identifier: Apache-2.0
// Configurations of a simulation: words of policies, names of rows, settings of the parts.
#include "rig/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

#include "cache/cache.hpp"

namespace rig {
namespace {

struct Named {
  Policy policy;
  std::string_view name;
};
constexpr std::array<Named, kPolicies> kNames{{{Policy::kS3Fifo, "s3fifo"},
                                               {Policy::kS3FifoModel, "s3fifo-model"},
                                               {Policy::kSieve, "sieve"},
                                               {Policy::kClock, "clock"},
                                               {Policy::kLru, "lru"},
                                               {Policy::kFifo, "fifo"},
                                               {Policy::kBelady, "belady"},
                                               {Policy::kInfinite, "infinite"}}};

struct Unit {
  std::string_view suffix;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 4> kUnits{
    {{"GiB", std::uint64_t{1} << 30U}, {"MiB", std::uint64_t{1} << 20U}, {"KiB", std::uint64_t{1} << 10U}, {"", 1}}};

constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 38U;  // what a cache can hold

auto no_size(std::string_view text) {
  return diag::fail(diag::Code::kInvalid, fmt::format("'{}' is no size; allowed: 16MiB, 1GiB, bytes without a unit, at "
                                                      "least {} and at most 256GiB",
                                                      text, size_text(cache::Cache::min_bytes())));
}

}  // namespace

std::string_view name_of(Policy policy) noexcept {
  for (const Named& named : kNames) {
    if (named.policy == policy) return named.name;
  }
  return "";
}

diag::Result<Policy> parse_policy(std::string_view text) {
  std::string allowed;
  for (const Named& named : kNames) {
    if (named.name == text) return named.policy;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", named.name);
  }
  return diag::fail(diag::Code::kInvalid, fmt::format("'{}' is no policy; allowed: {}", text, allowed));
}

std::vector<Configuration> expand(const Grid& grid) {
  std::vector<Configuration> cells;
  const auto add = [&](const Configuration& cell) {
    if (std::ranges::find(cells, cell) == cells.end()) cells.push_back(cell);
  };
  Configuration cell;
  for (const Policy policy : grid.policies)
    for (const std::uint64_t size : grid.sizes)
      for (const std::uint32_t min_ttl : grid.min_ttls_sec)
        for (const std::uint32_t max_ttl : grid.max_ttls_sec)
          for (const std::uint32_t stale : grid.stales_sec)
            for (const std::uint32_t prefetch : grid.prefetch_percents)
              for (const Coalescing coalescing : grid.coalescings)
                for (const std::uint32_t budget : grid.budgets_pps)
                  for (const std::uint32_t appliances : grid.appliances) {
                    cell = {.policy = policy,
                            .size_bytes = policy == Policy::kInfinite ? 0 : size,
                            .min_ttl_sec = min_ttl,
                            .max_ttl_sec = max_ttl,
                            .stale_sec = stale,
                            .prefetch_percent = prefetch,
                            .coalescing = coalescing,
                            .budget_pps = budget,
                            .appliances = appliances};
                    add(cell);
                  }
  return cells;
}

cache::Settings cache_settings(const Configuration& from) {
  cache::Settings settings;
  settings.size_bytes = from.size_bytes;
  settings.min_ttl = std::chrono::seconds(from.min_ttl_sec);
  settings.max_ttl = std::chrono::seconds(from.max_ttl_sec);
  settings.stale_keep = std::chrono::seconds(from.stale_sec);
  settings.prefetch_percent = static_cast<std::uint8_t>(from.prefetch_percent);
  return settings;
}

std::string label_of(const Configuration& from) {
  const Configuration usual;
  std::string label(name_of(from.policy));
  if (from.policy != Policy::kInfinite) label += " " + size_text(from.size_bytes);
  if (from.min_ttl_sec != usual.min_ttl_sec) label += fmt::format(", min TTL {} s", from.min_ttl_sec);
  if (from.max_ttl_sec != usual.max_ttl_sec) label += fmt::format(", max TTL {} s", from.max_ttl_sec);
  if (from.stale_sec != usual.stale_sec) label += fmt::format(", stale {} s", from.stale_sec);
  if (from.prefetch_percent != usual.prefetch_percent) label += fmt::format(", prefetch {} %", from.prefetch_percent);
  if (from.coalescing == Coalescing::kOff) label += ", no coalescing";
  if (from.budget_pps == 0) label += ", no budget";
  if (from.budget_pps != 0 && from.budget_pps != usual.budget_pps) label += fmt::format(", {}/s", from.budget_pps);
  if (from.appliances != 1) label += fmt::format(", {} appliances", from.appliances);
  return label;
}

std::string key_of(const Configuration& from) {
  return fmt::format("{} {} {} {} {} {} {} {} {}", name_of(from.policy), from.size_bytes, from.min_ttl_sec,
                     from.max_ttl_sec, from.stale_sec, from.prefetch_percent,
                     from.coalescing == Coalescing::kOn ? "on" : "off", from.budget_pps, from.appliances);
}

diag::Result<std::uint64_t> parse_size(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const std::string_view digits = text.substr(0, text.size() - unit.suffix.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
    if (!is_number || number > kMaxSize / unit.bytes) break;
    const std::uint64_t bytes = number * unit.bytes;
    if (bytes < cache::Cache::min_bytes()) break;
    return bytes;
  }
  return no_size(text);
}

std::string size_text(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return fmt::format("{} {}", bytes / unit.bytes, unit.suffix.empty() ? "bytes" : unit.suffix);
    }
  }
  return "0 bytes";
}

}  // namespace rig
