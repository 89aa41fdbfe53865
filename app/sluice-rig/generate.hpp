// SPDX-License-Identifier: Apache-2.0
/// @file generate.hpp – sluice-rig generate: writes an artificial trace.
///
/// Purpose    a preset, options that change it, and the output file.
/// Threads    main.
#pragma once

#include <optional>

#include "command.hpp"
#include "trace/workload.hpp"

namespace sluice_rig {

class Generate final : public Command {
 public:
  explicit Generate(CLI::App& app);
  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  void add_knobs();
  void add_overlays();
  /// A knob of the workload, left as the preset has it when the option is not given.
  template <class T>
  void knob(const std::string& name, T trace::Workload::*member, const char* help, const char* group);
  [[nodiscard]] diag::Result<trace::Workload> workload() const;

  CLI::App* command_;
  std::vector<std::function<void(trace::Workload&)>> turned_;  // knobs that the command line has
  std::string preset_ = "office-vpc";
  std::uint64_t queries_ = 1'000'000;
  std::uint64_t seed_ = 1;
  std::string ttls_;
  std::vector<std::string> retry_;
  std::string output_;
  std::uint32_t max_names_ = trace::Dictionary::Limits{}.questions;
  bool json_ = false;
  bool quiet_ = false;
};

}  // namespace sluice_rig
