// SPDX-License-Identifier: Apache-2.0
/// @file progress.hpp – the progress line of a run, and its interruption by signals.
///
/// Purpose    on a terminal one line, rewritten: rates, outstanding questions, time left. SIGINT and SIGTERM end the run,
///            and the report is written.
/// Threads    main.
#pragma once

#include <csignal>

#include "loadgen/run.hpp"

namespace sluice_blast {

enum class Show : bool { kNothing, kLine };

class Progress final : public loadgen::Onlooker {
 public:
  explicit Progress(Show show) noexcept;
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  [[nodiscard]] bool look(const loadgen::Engine& engine, base::Instant now) override;

 private:
  void print(const loadgen::Engine& engine, base::Instant now);
  bool shown_;
  std::uint64_t last_queries_ = 0;
  std::uint64_t last_answered_ = 0;
  base::Instant last_;
};

}  // namespace sluice_blast
