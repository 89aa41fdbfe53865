// SPDX-License-Identifier: Apache-2.0
/// @file configuration.hpp – one cell of the grid: a cache, how it is used, and what it may ask upstream.
///
/// Purpose    everything that distinguishes one simulated appliance from another; and what all cells have in common.
/// Threads    value types.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "cache/settings.hpp"
#include "diag/result.hpp"

namespace rig {

/// Who goes when there is no room. All but the first are models with the same account of bytes.
enum class Policy : std::uint8_t {
  kS3Fifo,       // lib/cache itself
  kS3FifoModel,  // after the paper, written apart from lib/cache
  kSieve,
  kClock,
  kLru,
  kFifo,
  kBelady,    // knows the future: the one that is wanted last goes first
  kInfinite,  // never evicts: the bound that TTLs set
};
inline constexpr std::size_t kPolicies = 8;

[[nodiscard]] std::string_view name_of(Policy policy) noexcept;
[[nodiscard]] diag::Result<Policy> parse_policy(std::string_view text);

/// Whether clients that wait for the same answer cost one packet or one each.
enum class Coalescing : std::uint8_t { kOn, kOff };

struct Configuration {
  Policy policy = Policy::kS3Fifo;
  std::uint64_t size_bytes = 256U << 20U;  // of each appliance; no bound for kInfinite
  std::uint32_t min_ttl_sec = 0;
  std::uint32_t max_ttl_sec = 86'400;
  std::uint32_t stale_sec = 86'400;  // how long an expired answer may serve
  std::uint32_t prefetch_percent = 10;
  Coalescing coalescing = Coalescing::kOn;
  std::uint32_t budget_pps = 1'024;  // of each appliance; 0: no limit
  std::uint32_t appliances = 1;      // clients are spread over them by address
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

/// The values that each dimension takes; the grid is their product.
struct Grid {
  std::vector<std::uint64_t> sizes{256U << 20U};
  std::vector<Policy> policies{Policy::kS3Fifo};
  std::vector<std::uint32_t> min_ttls_sec{0};
  std::vector<std::uint32_t> max_ttls_sec{86'400};
  std::vector<std::uint32_t> stales_sec{86'400};
  std::vector<std::uint32_t> prefetch_percents{10};
  std::vector<Coalescing> coalescings{Coalescing::kOn};
  std::vector<std::uint32_t> budgets_pps{1'024};
  std::vector<std::uint32_t> appliances{1};
};
/// All cells, each once: a policy without a size stands there once, however many sizes there are.
[[nodiscard]] std::vector<Configuration> expand(const Grid& grid);

/// What does not change from cell to cell.
struct World {
  base::Duration latency = std::chrono::milliseconds(2);             // of the upstream
  base::Duration client_timeout = std::chrono::milliseconds(4'800);  // of a client
  std::uint32_t limit_pps = 1'024;      // windows above it are counted, also where no budget holds them back
  std::uint32_t unknown_ttl_sec = 300;  // of questions whose answer the trace does not have
  std::uint16_t unknown_bytes = 120;    // and the size of their message
  std::uint64_t seed = 1;               // of hashes, ports and IDs
  friend bool operator==(const World&, const World&) = default;
};

/// The cache settings of a configuration.
[[nodiscard]] cache::Settings cache_settings(const Configuration& configuration);

/// "s3fifo 64 MiB", with what differs from the defaults behind it.
[[nodiscard]] std::string label_of(const Configuration& configuration);
/// One line that names every value; equal exactly when the configurations are.
[[nodiscard]] std::string key_of(const Configuration& configuration);

/// "16MiB", "1GiB", "4096KiB", "1000000".
[[nodiscard]] diag::Result<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace rig
