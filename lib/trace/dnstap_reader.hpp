// SPDX-License-Identifier: Apache-2.0
// Reads dnstap files.
#pragma once

#include "trace/source.hpp"

namespace trace {

[[nodiscard]] diag::Result<std::unique_ptr<Source>> open_dnstap(const std::string& path, std::uint64_t file_bytes,
                                                                Dictionary& dictionary, const OpenOptions& options);

}  // namespace trace
