// SPDX-License-Identifier: Apache-2.0
/// @file real_store.hpp – lib/cache under a virtual clock.
///
/// Purpose    the appliance's own cache code with the appliance's memory size.
/// Threads    one lane's.
/// Ownership  maps its memory; untouched pages cost nothing.
#pragma once

#include <cstdint>
#include <memory>

#include "answer.hpp"
#include "base/bytes.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "rig/catalogue.hpp"
#include "rig/configuration.hpp"
#include "store.hpp"

namespace rig {

/// Zeroed memory of the kernel's, huge pages where it likes.
class Mapping {
 public:
  explicit Mapping(std::size_t bytes);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();
  [[nodiscard]] base::MutableBytes view() const noexcept { return {at_, bytes_}; }

 private:
  std::byte* at_;
  std::size_t bytes_;
};

class RealStore {
 public:
  static constexpr bool kKnowsFuture = false;

  RealStore(const Configuration& configuration, const Catalogue& catalogue);

  void grow(std::uint32_t /*items*/) noexcept {}
  void prefetch_item(const Step& step) const noexcept { __builtin_prefetch(&catalogue_[step.item]); }
  void prefetch_bucket(const Step& step) const noexcept {
    const Item& item = catalogue_[step.item];
    cache_.prefetch_bucket(item.hash);
    __builtin_prefetch(item.key);
  }
  void prefetch_entry(const Step& step) const noexcept { cache_.prefetch_entry(catalogue_[step.item].hash); }

  [[nodiscard]] Found look_up(const Step& step, base::Instant at) noexcept;
  /// For configurations without an egress engine, which would do it.
  void keep(std::uint32_t item, std::uint32_t asked, const Answer& answer, base::Instant at) noexcept;
  /// The engine has already looked it up.
  [[nodiscard]] bool has_stale(std::uint32_t /*item*/, base::Instant /*at*/) const noexcept { return false; }
  void sweep_second(base::Instant at) noexcept { cache_.sweep(at, cache_.bucket_count() / 100 + 1); }
  [[nodiscard]] StoreStats stats() const noexcept;
  [[nodiscard]] cache::Cache& cache() noexcept { return cache_; }

 private:
  const Catalogue& catalogue_;
  cache::Settings settings_;
  Mapping memory_;
  base::Qsbr qsbr_;
  cache::Cache cache_;
  std::unique_ptr<Records> records_;
};

}  // namespace rig
