// SPDX-License-Identifier: Apache-2.0
/// @file config.hpp – from a YAML file to Settings, all or nothing.
///
/// Purpose    text → RawConfig (marks of line and column) → CheckedConfig (types, ranges, contradictions) → Settings
///            (`auto` ends here). Strict: what is not in the table of keys (reference.hpp) is an error.
/// Threads    control, at start and at reload. A failed load changes nothing.
/// Errors     all that are found, in the file's order, one a line: "file:line:column: key: what is wrong; what is
///            allowed". Exceptions of yaml-cpp end here.
/// Cost       files up to keyfile::kMaxFileBytes and keyfile::kMaxDepth levels; larger ones are refused.
#pragma once

#include <filesystem>
#include <string_view>

#include "config/settings.hpp"
#include "diag/result.hpp"
#include "profile/eal_args.hpp"
#include "profile/machine.hpp"
#include "profile/profile.hpp"

namespace config {

/// Reads `file` and the profile it names.
[[nodiscard]] diag::Result<Settings> load(const std::filesystem::path& file, const profile::Machine& machine,
                                          const profile::ProfileDirs& profiles = profile::profile_dirs());

/// The same for text that is already here; `file` is for messages and for relative paths.
[[nodiscard]] diag::Result<Settings> load_text(std::string_view text, const std::filesystem::path& file,
                                               const profile::Machine& machine, const profile::ProfileDirs& profiles);

/// What EAL is started with.
[[nodiscard]] profile::EalSpec eal_spec(const Settings& settings);

}  // namespace config
