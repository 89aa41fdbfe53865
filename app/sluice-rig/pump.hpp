// SPDX-License-Identifier: Apache-2.0
/// @file pump.hpp – from a source to a writer, with progress.
///
/// Purpose    the loop that generate and convert share.
/// Threads    main.
#pragma once

#include <string>

#include "diag/result.hpp"
#include "progress.hpp"
#include "trace/source.hpp"

namespace sluice_rig {

struct Pumped {
  std::uint64_t events = 0;
  double seconds = 0;
  double span_sec = 0;  // from the first event to the last
};

[[nodiscard]] diag::Result<Pumped> pump(trace::Source& source, const trace::Dictionary& dictionary,
                                        const std::string& path, Progress::Show show);

/// One line for people, or an object for programs.
void tell_pumped(const Pumped& pumped, const trace::Source& source, const trace::Dictionary& dictionary,
                 const std::string& path, bool as_json);

}  // namespace sluice_rig
