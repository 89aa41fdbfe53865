// SPDX-License-Identifier: Apache-2.0
// Reads our own format.
#pragma once

#include "trace/source.hpp"

namespace trace {

[[nodiscard]] diag::Result<std::unique_ptr<Source>> open_strc(const std::string& path, Dictionary& dictionary,
                                                              const OpenOptions& options);

}  // namespace trace
