// SPDX-License-Identifier: Apache-2.0
// Small files as text. Private to this library.
#pragma once

#include <filesystem>
#include <string>

#include "diag/result.hpp"

namespace config {

/// The whole text of a file of at most kMaxFileBytes.
[[nodiscard]] diag::Result<std::string> read_file(const std::filesystem::path& file);
/// The same with another limit, and only of a regular file: no pipe can keep a reload waiting.
[[nodiscard]] diag::Result<std::string> read_regular_file(const std::filesystem::path& file, std::size_t max_bytes);

}  // namespace config
