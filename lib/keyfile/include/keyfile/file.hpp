// SPDX-License-Identifier: Apache-2.0
/// @file file.hpp – small files as text, with a limit of their size.
///
/// Purpose    reads a configuration file, a profile or a hosts file in one piece.
/// Threads    control; values and pure functions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "diag/result.hpp"

namespace keyfile {

inline constexpr std::size_t kMaxFileBytes = 1U << 20;

/// The whole text of a file of at most kMaxFileBytes.
[[nodiscard]] diag::Result<std::string> read_file(const std::filesystem::path& file);
/// The same with another limit, and only of a regular file: no pipe can keep a reload waiting.
[[nodiscard]] diag::Result<std::string> read_regular_file(const std::filesystem::path& file, std::size_t max_bytes);

}  // namespace keyfile
