// SPDX-License-Identifier: Apache-2.0
/// @file operations.hpp – the hot operations, one by one, for timing and for counting.
///
/// Purpose    perf/micro times them and perf/instructions counts their instructions: the same code.
/// Ownership  an operation owns the world that it works on.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace perf {

/// A whole poll of a worker counts as one operation per packet.
class Operation {
 public:
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  [[nodiscard]] virtual std::string name() const = 0;
  /// Not measured: restores what one run uses up.
  virtual void prepare() {}
  /// count() operations, without an allocation.
  virtual void run() noexcept = 0;
  [[nodiscard]] virtual std::size_t count() const noexcept { return 256; }

 protected:
  Operation() = default;
};

[[nodiscard]] std::vector<std::unique_ptr<Operation>> all_operations();

// Parts of the list, by library.
void add_wire_operations(std::vector<std::unique_ptr<Operation>>& list);    // net, dns
void add_table_operations(std::vector<std::unique_ptr<Operation>>& list);   // cache, coalesce
void add_egress_operations(std::vector<std::unique_ptr<Operation>>& list);  // budget, scheduler
void add_worker_operations(std::vector<std::unique_ptr<Operation>>& list);  // a poll

/// Keeps the compiler from removing the computation of `value`.
template <class T>
inline void keep(const T& value) noexcept {
  asm volatile("" : : "r,m"(value) : "memory");  // NOLINT(sluice-tokens): of the assembler statement, not of data
}

}  // namespace perf
