// SPDX-License-Identifier: Apache-2.0
/// @file memory.hpp – memory for tables: aligned to a cache line and filled with a pattern.
///
/// Purpose    a table that reads memory it has not written fails its test.
/// Threads    none of its own.
/// Ownership  owns its bytes.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"

namespace test {

class Memory {
 public:
  static constexpr int kFill = 0xa5;

  explicit Memory(std::size_t bytes)
      : size_(bytes), bytes_(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64))) {
    std::memset(bytes_.get(), kFill, bytes);
  }
  [[nodiscard]] base::MutableBytes view() const { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* at) const { std::free(at); }
  };
  std::size_t size_;
  std::unique_ptr<std::byte[], Free> bytes_;
};

}  // namespace test
