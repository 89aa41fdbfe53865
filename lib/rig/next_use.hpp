// SPDX-License-Identifier: Apache-2.0
/// @file next_use.hpp – when each question is asked again: what Belady's rule needs to know.
///
/// Purpose    reads a trace once ahead of the simulation and notes for each event when its item is asked for next.
/// Threads    one.
/// Ownership  16 bytes an event in a file without a name, mapped; memory holds 8 bytes an item.
/// Cost       one reading of the trace and one pass backwards over the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "diag/result.hpp"
#include "rig/catalogue.hpp"
#include "trace/source.hpp"

namespace rig {

class NextUse {
 public:
  /// `appliances`: clients are assigned to one of them, since each has a cache of its own.
  [[nodiscard]] static diag::Result<NextUse> build(trace::Source& source, Catalogue& catalogue,
                                                   std::uint32_t appliances, const std::string& folder,
                                                   const std::function<void()>& on_batch);
  NextUse(NextUse&&) noexcept;
  NextUse& operator=(NextUse&&) noexcept;
  ~NextUse();

  void rewind() noexcept { at_ = 0; }
  /// The next steps of the trace, in its order.
  void fill(std::span<Step> steps) noexcept;

 private:
  class File;
  explicit NextUse(std::unique_ptr<File> file);

  std::unique_ptr<File> file_;
  std::uint64_t at_ = 0;
};

}  // namespace rig
