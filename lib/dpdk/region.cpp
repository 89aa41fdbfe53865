// SPDX-License-Identifier: Apache-2.0
// Anonymous mappings, in hugepages if there are enough.
#include "dpdk/region.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include <fmt/core.h>
#include <numaif.h>
#include <sys/mman.h>

#include "diag/log.hpp"

namespace dpdk {
namespace {

constexpr std::size_t kHugepageBytes = std::size_t{2} << 20U;

std::size_t available_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  std::size_t kib = 0;
  while (meminfo >> key >> kib) {
    if (key == "MemAvailable:") return kib * 1'024;
    meminfo.ignore(64, '\n');
  }
  return ~std::size_t{0};  // unknown: the kernel decides
}

std::byte* try_map(std::size_t bytes, int extra_flags) {
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

/// Makes this thread prefer memory of NUMA node `socket` for the pages that it touches.
void prefer(std::string_view purpose, std::byte* data, std::size_t bytes, base::SocketId socket) {
  constexpr unsigned long kBits = 8 * sizeof(unsigned long);
  const auto node = static_cast<unsigned long>(socket.value());
  if (socket.value() < 0 || node >= kBits) return;
  const unsigned long nodes = 1UL << node;
  if (mbind(data, bytes, MPOL_PREFERRED, &nodes, kBits, 0) != 0) {
    diag::log().info("{}: cannot prefer memory of NUMA node {}, using any node: {}", purpose, node,
                     std::strerror(errno));
  }
}

/// A mapping in hugepages, fully populated; nullptr when there are too few.
std::byte* try_map_huge(std::string_view purpose, std::size_t bytes, base::SocketId socket) {
  std::byte* data = try_map(bytes, MAP_HUGETLB);
  if (data == nullptr) return nullptr;
  prefer(purpose, data, bytes, socket);
  if (madvise(data, bytes, MADV_POPULATE_WRITE) == 0) return data;
  munmap(data, bytes);
  return nullptr;
}

}  // namespace

diag::Result<Region> Region::map(std::string_view purpose, std::size_t bytes, Pages pages, base::SocketId socket) {
  const std::size_t mapped = (bytes + kHugepageBytes - 1) / kHugepageBytes * kHugepageBytes;
  if (pages == Pages::kHuge) {
    if (std::byte* data = try_map_huge(purpose, mapped, socket)) return Region(data, bytes, mapped, Pages::kHuge);
    diag::log().warn("{}: fewer than {} free hugepages of 2 MiB, using normal pages (raise sysctl vm.nr_hugepages)",
                     purpose, mapped / kHugepageBytes);
  }
  // Populating more than is available would wake the OOM killer instead of giving an error.
  if (const std::size_t available = available_bytes(); mapped > available) {
    return diag::fail(diag::Code::kExhausted,
                      fmt::format("{}: needs {} MiB, but {} MiB are available; make it smaller (cache.size, "
                                  "clients.max_waiting) or use a machine with more memory",
                                  purpose, mapped >> 20U, available >> 20U));
  }
  std::byte* data = try_map(mapped, 0);
  if (data == nullptr) {
    return diag::fail(diag::Error::from_errno(errno, fmt::format("{}: cannot map {} MiB", purpose, mapped >> 20U)));
  }
  prefer(purpose, data, mapped, socket);
  static_cast<void>(madvise(data, mapped, MADV_HUGEPAGE));  // only a hint: the region works without it
  static_cast<void>(madvise(data, mapped, MADV_POPULATE_WRITE));
  return Region(data, bytes, mapped, Pages::kNormal);
}

Region::Region(Region&& other) noexcept
    : data_(other.data_), bytes_(other.bytes_), mapped_(other.mapped_), huge_(other.huge_) {
  other.data_ = nullptr;
}

Region::~Region() {
  if (data_ != nullptr) munmap(data_, mapped_);
}

}  // namespace dpdk
