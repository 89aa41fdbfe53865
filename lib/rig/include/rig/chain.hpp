// SPDX-License-Identifier: Apache-2.0
/// @file chain.hpp – several traces, one after the other, as one.
///
/// Purpose    a capture that was written to several files is one trace. Where the files know their wall clock, each
///            begins when it began; where they do not, each follows the one before. Time 0 is the whole second of the
///            first event, and no gap is longer than what answers live.
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
  /// What the chain itself left out: time. The sources have their own.
  [[nodiscard]] const trace::Skips& skips() const noexcept override { return skips_; }
  [[nodiscard]] trace::Progress progress() const noexcept override;

  [[nodiscard]] const std::vector<std::unique_ptr<trace::Source>>& sources() const noexcept { return sources_; }

 private:
  /// Onto the chain's clock; `first` of its source when `is_first`.
  void place(std::span<trace::Event> events, bool is_first);
  void cut_gap(trace::Event& event);

  std::vector<std::unique_ptr<trace::Source>> sources_;
  trace::Info info_;
  trace::Skips skips_;
  std::size_t at_ = 0;
  bool has_begun_ = false;  // the source at at_
  bool is_empty_ = true;    // no event yet
  std::uint64_t events_ = 0;
  std::int64_t origin_ns_ = 0;  // wall clock of time 0; 0: none
  std::int64_t offset_ns_ = 0;  // of the source at at_
  std::int64_t last_ns_ = 0;
};

}  // namespace rig
