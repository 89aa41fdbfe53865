// SPDX-License-Identifier: Apache-2.0
// What load() needs of profiles besides the public part. Private to this library.
#pragma once

#include <string>

#include "config/profile.hpp"

namespace config {

/// A profile that limits nothing: stands in where the one that is named does not exist.
[[nodiscard]] Profile any_profile();
/// "DIR, DIR".
[[nodiscard]] std::string dirs_text(const ProfileDirs& dirs);

}  // namespace config
