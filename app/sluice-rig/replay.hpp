// SPDX-License-Identifier: Apache-2.0
/// @file replay.hpp – sluice-rig replay: replays a trace against a running appliance and simulates it, side by side.
///
/// Purpose    plays the settled trace with sluice-blast, reads the appliance's counters before and after, and reports the
///            difference.
/// Threads    main; sluice-blast and sluicectl are processes of their own.
#pragma once

#include "command.hpp"
#include "inputs.hpp"
#include "rig/replay.hpp"

namespace sluice_rig {

class Replay final : public Command {
 public:
  explicit Replay(CLI::App& app);
  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  /// What came of it.
  struct Played {
    rig::Comparison comparison;
    rig::Experience clients;
    rig::Stats simulated;
  };
  [[nodiscard]] diag::Status prepare(rig::Settled& trace, const trace::Dictionary& dictionary) const;
  [[nodiscard]] diag::Result<rig::Experience> play(rig::Settled& trace) const;
  [[nodiscard]] diag::Result<Played> measure(rig::Settled& trace, const trace::Dictionary& dictionary) const;
  [[nodiscard]] diag::Status tell(const Played& result, const rig::Settled& trace) const;

  CLI::App* command_;
  Inputs inputs_;
  std::vector<std::string> files_;
  std::string folder_;
  std::string appliance_;
  std::string size_ = "256MiB";
  std::uint32_t budget_pps_ = 1'024;
  double latency_ms_ = 1;
  rig::ReplaySpec spec_;
  std::uint32_t clients_ = 200;
  std::string sources_;
  std::string cpu_;
  bool json_ = false;
  bool quiet_ = false;
};

}  // namespace sluice_rig
