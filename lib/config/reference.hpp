// SPDX-License-Identifier: Apache-2.0
/// @file reference.hpp – the tables of keys as documents.
///
/// Purpose    docs/configuration.md, docs/reference/profiles.md and the JSON Schema come from the tables that check the
///            files, so they cannot disagree with what the daemon takes. Tests compare them to the stored copies.
/// Threads    any; pure functions.
#pragma once

#include <span>
#include <string>

#include "profile/profile.hpp"

namespace config {

/// docs/configuration.md.
[[nodiscard]] std::string configuration_markdown();
/// docs/reference/profiles.md, of the profiles that are given.
[[nodiscard]] std::string profiles_markdown(std::span<const profile::Profile> profiles);
/// JSON Schema (draft 7) of sluice.yaml, for editors.
[[nodiscard]] std::string configuration_schema();

}  // namespace config
