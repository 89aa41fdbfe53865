// SPDX-License-Identifier: Apache-2.0
/// @file simulate.hpp – sluice-rig simulate: a grid of caches over one trace.
///
/// Purpose    words of the command line to a grid, the run with its progress, results to where they are wanted.
/// Threads    main; the run has its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command.hpp"
#include "inputs.hpp"
#include "rig/configuration.hpp"
#include "rig/results.hpp"

namespace sluice_rig {

class Simulate final : public Command {
 public:
  explicit Simulate(CLI::App& app);

  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  [[nodiscard]] diag::Result<rig::Grid> grid() const;
  [[nodiscard]] diag::Result<rig::World> world() const;
  [[nodiscard]] diag::Status take_up(rig::Results& results) const;
  [[nodiscard]] diag::Status check_outputs() const;
  [[nodiscard]] diag::Status save(const rig::Results& results) const;
  [[nodiscard]] diag::Status publish(const rig::Results& results, const std::string& line) const;

  CLI::App* command_;
  Inputs inputs_;
  std::vector<std::string> files_;
  std::vector<std::string> sizes_{"16MiB", "64MiB", "256MiB"};
  std::vector<std::string> policies_{"s3fifo"};
  std::vector<std::string> min_ttls_{"0"};
  std::vector<std::string> max_ttls_{"86400"};
  std::vector<std::string> stales_{"86400"};
  std::vector<std::string> prefetches_{"10"};
  std::vector<std::string> coalescings_{"on"};
  std::vector<std::string> budgets_{"1024"};
  std::vector<std::string> appliances_{"1"};
  double latency_ms_ = 2;
  double client_timeout_ms_ = 4'800;
  std::uint32_t limit_pps_ = 1'024;
  std::uint32_t unknown_ttl_sec_ = 300;
  std::uint64_t seed_ = 1;
  unsigned threads_ = 0;
  std::string memory_ = "4GiB";
  std::string temp_ = "/tmp";
  std::string json_;
  std::string csv_;
  std::string html_;
  std::string svg_;
  bool resume_ = false;
  bool quiet_ = false;
};

/// A page for a terminal.
[[nodiscard]] std::string page_of(const rig::Results& results);

}  // namespace sluice_rig
