// SPDX-License-Identifier: Apache-2.0
/// @file huge_memory.hpp – a benchmark's memory, in hugepages if there are any, as in the appliance.
///
/// Purpose    with 4 KiB pages a benchmark of a large table measures the TLB. `sysctl vm.nr_hugepages` reserves hugepages;
///            without them the mapping requests transparent ones.
/// Threads    none of its own.
/// Ownership  owns its mapping.
#pragma once

#include <cstddef>
#include <cstdlib>

#include <sys/mman.h>

#include "base/bytes.hpp"

namespace perf {

class HugeMemory {
 public:
  explicit HugeMemory(std::size_t bytes) : bytes_((bytes + kPage - 1) / kPage * kPage) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    void* at = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kFlags | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    is_huge_ = at != MAP_FAILED;
    if (!is_huge_) at = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, kFlags, -1, 0);
    if (at == MAP_FAILED) std::abort();
    if (!is_huge_) madvise(at, bytes_, MADV_HUGEPAGE);
    data_ = static_cast<std::byte*>(at);
  }
  HugeMemory(const HugeMemory&) = delete;
  HugeMemory& operator=(const HugeMemory&) = delete;
  ~HugeMemory() { munmap(data_, bytes_); }
  [[nodiscard]] base::MutableBytes view() const { return {data_, bytes_}; }
  [[nodiscard]] bool is_huge() const { return is_huge_; }

 private:
  static constexpr std::size_t kPage = std::size_t{2} << 20U;
  std::size_t bytes_;
  std::byte* data_ = nullptr;
  bool is_huge_ = false;
};

}  // namespace perf
