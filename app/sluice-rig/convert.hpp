// SPDX-License-Identifier: Apache-2.0
/// @file convert.hpp – sluice-rig convert: a trace from one format to another.
///
/// Purpose    reads whatever trace::open() reads, writes strc, csv or dnsperf by the output's name.
/// Threads    main.
#pragma once

#include "command.hpp"
#include "inputs.hpp"

namespace sluice_rig {

class Convert final : public Command {
 public:
  explicit Convert(CLI::App& app);
  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  CLI::App* command_;
  Inputs inputs_;
  std::string file_;
  std::string output_;
  bool json_ = false;
  bool quiet_ = false;
};

}  // namespace sluice_rig
