// SPDX-License-Identifier: Apache-2.0
/// @file chain.hpp – several traces, one after the other, as one.
///
/// Purpose    a capture that was written to several files is one trace. Where the files know their wall clock, each
///            begins when it began; where they do not, each follows the one before.
/// Threads    one puller.
/// Ownership  owns its sources, which share one dictionary.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "trace/source.hpp"

namespace rig {

class Chain final : public trace::Source {
 public:
  explicit Chain(std::vector<std::unique_ptr<trace::Source>> sources);

  [[nodiscard]] diag::Result<std::size_t> next(std::span<trace::Event> out) override;
  [[nodiscard]] diag::Status rewind() override;
  [[nodiscard]] const trace::Info& info() const noexcept override { return info_; }
  [[nodiscard]] const trace::Skips& skips() const noexcept override { return sources_[at_]->skips(); }
  [[nodiscard]] trace::Progress progress() const noexcept override;

  [[nodiscard]] const std::vector<std::unique_ptr<trace::Source>>& sources() const noexcept { return sources_; }

 private:
  /// Onto the chain's clock; `first` of its source when `is_first`.
  void place(std::span<trace::Event> events, bool is_first);

  std::vector<std::unique_ptr<trace::Source>> sources_;
  trace::Info info_;
  std::size_t at_ = 0;
  bool has_begun_ = false;      // the source at at_
  std::int64_t origin_ns_ = 0;  // wall clock of the first source; 0: none
  std::int64_t offset_ns_ = 0;  // of the source at at_
  std::int64_t last_ns_ = 0;
};

}  // namespace rig
