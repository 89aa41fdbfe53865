// SPDX-License-Identifier: Apache-2.0
/// @file region.hpp – a large piece of zeroed memory, taken at start and given back at the end.
///
/// Purpose    the cache, the in-flight tables, the engine and the rings live in regions: nothing is allocated later.
/// Threads    made by the main thread; the bytes belong to whoever is given them.
/// Ownership  unmapped at destruction.
/// Errors     names what it is for, how much was asked and what to do.
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
  /// With kHuge: hugepages if enough are free, else normal pages (is_huge() tells). All pages are touched, so that
  /// memory that is not there is missed now and not under load. They come from `socket` while it has any; -1: from any.
  [[nodiscard]] static diag::Result<Region> map(std::string_view purpose, std::size_t bytes, Pages pages,
                                                base::SocketId socket);
  Region(Region&& other) noexcept;
  Region& operator=(Region&&) = delete;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region();

  /// Exactly the bytes that were asked for, aligned to a page.
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
