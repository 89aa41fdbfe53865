// SPDX-License-Identifier: Apache-2.0
// Detects the format of a file from its first octets.
#pragma once

#include "base/bytes.hpp"
#include "diag/result.hpp"
#include "trace/source.hpp"

namespace trace {

inline constexpr std::size_t kDetectBytes = 65'536;

/// `front` is the file's beginning, at most kDetectBytes. The error says what to do.
[[nodiscard]] diag::Result<Format> detect(base::Bytes front);

}  // namespace trace
