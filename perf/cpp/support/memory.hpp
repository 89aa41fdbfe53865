// SPDX-License-Identifier: Apache-2.0
/// @file memory.hpp – zeroed memory for tables, aligned to a cache line, in huge pages if the kernel has them.
///
/// Purpose    memory for tables whose page faults happen before the measurement.
/// Ownership  unmapped at destruction.
/// Errors     aborts without memory.
#pragma once

#include <cstddef>
#include <cstring>

#include <sys/mman.h>

#include "base/bytes.hpp"
#include "base/contract.hpp"

namespace perf {

class Memory {
 public:
  explicit Memory(std::size_t bytes) : bytes_(bytes) {
    mapped_ = (bytes + kHuge - 1) / kHuge * kHuge + kHuge;
    void* at = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SLUICE_REQUIRE(at != MAP_FAILED);
    ::madvise(at, mapped_, MADV_HUGEPAGE);
    std::memset(at, 0, mapped_);
    data_ = static_cast<std::byte*>(at);
  }
  ~Memory() { ::munmap(data_, mapped_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] base::MutableBytes bytes() const noexcept { return {data_, bytes_}; }

 private:
  static constexpr std::size_t kHuge = 2U << 20U;
  std::size_t bytes_;
  std::size_t mapped_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace perf
