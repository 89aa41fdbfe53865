// SPDX-License-Identifier: Apache-2.0
/// @file config.hpp – from a YAML file to Settings, all or nothing.
///
/// Purpose    text → RawConfig (marks of line and column) → CheckedConfig (types, ranges, contradictions) → Settings
///            (`auto` ends here). Strict: what is not in the table of keys (reference.hpp) is an error.
/// Threads    control, at start and at reload. A failed load changes nothing.
/// Errors     all that are found, in the file's order, one a line: "file:line:column: key: what is wrong; what is
///            allowed". Exceptions of yaml-cpp end here.
/// Cost       files up to kMaxFileBytes and kMaxDepth levels; larger ones are refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "config/machine.hpp"
#include "config/profile.hpp"
#include "config/settings.hpp"
#include "diag/result.hpp"

namespace config {

inline constexpr std::size_t kMaxFileBytes = 1U << 20;
inline constexpr std::size_t kMaxDepth = 16;

/// Reads `file` and the profile it names.
[[nodiscard]] diag::Result<Settings> load(const std::filesystem::path& file, const Machine& machine,
                                          const ProfileDirs& profiles = profile_dirs());

/// The same for text that is already here; `file` is for messages and for relative paths.
[[nodiscard]] diag::Result<Settings> load_text(std::string_view text, const std::filesystem::path& file,
                                               const Machine& machine, const ProfileDirs& profiles);

}  // namespace config
