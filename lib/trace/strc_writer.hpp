// SPDX-License-Identifier: Apache-2.0
// Writes our own format.
#pragma once

#include "trace/writer.hpp"

namespace trace {

[[nodiscard]] diag::Result<std::unique_ptr<Writer>> create_strc(const std::string& path, const Dictionary& dictionary,
                                                                const Info& info);

}  // namespace trace
