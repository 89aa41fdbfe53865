// SPDX-License-Identifier: Apache-2.0
/// @file traces.hpp – the files of a command line as one trace.
///
/// Purpose    opens them into one dictionary, knows how they looked when they were read, says what was skipped.
/// Threads    main.
/// Ownership  owns dictionary and sources.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "inputs.hpp"
#include "rig/chain.hpp"
#include "rig/results.hpp"
#include "trace/dictionary.hpp"

namespace sluice_rig {

class Traces {
 public:
  [[nodiscard]] static diag::Result<Traces> open(const std::vector<std::string>& paths, const Inputs& inputs);

  [[nodiscard]] trace::Source& source() noexcept { return *chain_; }
  [[nodiscard]] trace::Dictionary& dictionary() noexcept { return *dictionary_; }
  [[nodiscard]] const std::vector<rig::TraceFile>& files() const noexcept { return files_; }
  /// What was passed over, to standard error.
  void tell_skips() const;

 private:
  Traces() = default;
  std::unique_ptr<trace::Dictionary> dictionary_;
  std::unique_ptr<rig::Chain> chain_;
  std::vector<rig::TraceFile> files_;
};

}  // namespace sluice_rig
