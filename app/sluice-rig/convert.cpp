// SPDX-License-Identifier: Apache-2.0
// sluice-rig convert.
#include "convert.hpp"

#include "pump.hpp"

namespace sluice_rig {

Convert::Convert(CLI::App& app) : command_(app.add_subcommand("convert", "Write a trace in another format")) {
  command_->add_option("FILE", file_, "The trace to read")->required();
  command_->add_option("-o,--output", output_, "FILE.strc, FILE.csv or FILE.dnsperf")->required();
  command_->add_flag("--json", json_, "Say what was done as JSON");
  command_->add_flag("--quiet", quiet_, "No progress, no summary");
  inputs_.add_to(*command_);
}

diag::Status Convert::run(const std::string& /*line*/) {
  const auto options = inputs_.options();
  if (!options) return diag::fail(options.error());
  trace::Dictionary dictionary(inputs_.limits());
  const auto source = trace::open(file_, dictionary, *options);
  if (!source) return diag::fail(source.error());
  const auto pumped =
      pump(**source, dictionary, output_, quiet_ || json_ ? Progress::Show::kNothing : Progress::Show::kLine);
  if (!pumped) return diag::fail(pumped.error());
  if (!quiet_ || json_) tell_pumped(*pumped, **source, dictionary, output_, json_);
  tell_skips(**source);
  return {};
}

}  // namespace sluice_rig
