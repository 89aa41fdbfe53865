// SPDX-License-Identifier: Apache-2.0
// Writers of text formats.
#pragma once

#include "trace/writer.hpp"

namespace trace {

[[nodiscard]] diag::Result<std::unique_ptr<Writer>> create_csv(const std::string& path, const Dictionary& dictionary,
                                                               const Info& info);
[[nodiscard]] diag::Result<std::unique_ptr<Writer>> create_dnsperf(const std::string& path,
                                                                   const Dictionary& dictionary);

}  // namespace trace
