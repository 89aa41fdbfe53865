// SPDX-License-Identifier: Apache-2.0
/// @file plan.hpp – sluice-rig plan: memory, interfaces and appliances for a traffic.
///
/// Purpose    takes a trace, or a file with what `sluicectl stats --json` says, and gives advice with its reasons.
/// Threads    main; simulations have their own.
#pragma once

#include "command.hpp"
#include "inputs.hpp"
#include "rig/plan.hpp"

namespace sluice_rig {

class Plan final : public Command {
 public:
  explicit Plan(CLI::App& app);
  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  CLI::App* command_;
  Inputs inputs_;
  std::vector<std::string> files_;
  rig::PlanSpec spec_;
  double latency_ms_ = 2;
  double growth_percent_ = 25;
  double loss_percent_ = 0.01;
  std::string memory_ = "4GiB";
  bool json_ = false;
  bool quiet_ = false;
};

}  // namespace sluice_rig
