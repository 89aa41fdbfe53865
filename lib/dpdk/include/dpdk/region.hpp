// SPDX-License-Identifier: Apache-2.0
/// @file region.hpp – a large zeroed memory mapping, made at start and unmapped at the end.
///
/// Purpose    the cache, the tables and the rings lie in regions; the data path allocates nothing later.
/// Threads    made by the main thread; the bytes belong to the part that gets them.
/// Ownership  unmapped at destruction.
/// Errors     name the purpose, the size that was asked for and the remedy.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "diag/result.hpp"

namespace dpdk {

enum class Pages { kHuge, kNormal };

class Region {
 public:
  /// With kHuge: hugepages if enough are free, else normal pages (see is_huge()). All pages are touched now, so that a
  /// shortage fails the start and not a later query. Prefers memory of NUMA node `socket`; -1: any node.
  [[nodiscard]] static diag::Result<Region> map(std::string_view purpose, std::size_t bytes, Pages pages,
                                                base::SocketId socket);
  Region(Region&& other) noexcept;
  Region& operator=(Region&&) = delete;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region();

  /// Exactly the size that was asked for, aligned to a page.
  [[nodiscard]] base::MutableBytes bytes() const noexcept { return {data_, bytes_}; }
  [[nodiscard]] bool is_huge() const noexcept { return huge_; }

 private:
  Region(std::byte* data, std::size_t bytes, std::size_t mapped, Pages pages) noexcept
      : data_(data), bytes_(bytes), mapped_(mapped), huge_(pages == Pages::kHuge) {}
  std::byte* data_;
  std::size_t bytes_;
  std::size_t mapped_;
  bool huge_;
};

}  // namespace dpdk
