// SPDX-License-Identifier: Apache-2.0
/// @file inputs.hpp – options about traces that are read, the same for each subcommand that reads one.
///
/// Purpose    --format, --server, --port, --rate, --from, --to, --max-names to what trace::open() takes.
/// Threads    main.
/// Lifetime   the options are bound to this object: it outlives the parsing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "diag/result.hpp"
#include "trace/source.hpp"

namespace sluice_rig {

class Inputs {
 public:
  void add_to(CLI::App& command);
  [[nodiscard]] diag::Result<trace::OpenOptions> options() const;
  /// The options that decide which events there are, as they may be given again; empty for the usual ones.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] trace::Dictionary::Limits limits() const noexcept { return {max_names_, max_clients_}; }

 private:
  std::string format_;
  std::vector<std::string> servers_;
  std::vector<std::uint16_t> ports_{53};
  double rate_ = 1'000;
  double from_sec_ = 0;
  double to_sec_ = 0;
  std::uint32_t max_names_ = trace::Dictionary::Limits{}.questions;
  std::uint32_t max_clients_ = trace::Dictionary::Limits{}.clients;
};

/// What was passed over, for people; nothing where nothing was.
void tell_skips(const trace::Source& source);

}  // namespace sluice_rig
