// SPDX-License-Identifier: Apache-2.0
// What the tests of config share: machines, the least configuration, and one call that loads text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "config/config.hpp"

namespace config::test {

inline std::filesystem::path source_dir() { return SLUICE_SOURCE_DIR; }

/// Like profile_dirs(), but only the tree under test.
inline profile::ProfileDirs tree_profiles() { return {source_dir() / "pmd_configs"}; }

inline profile::Machine machine_with(std::uint32_t cpus) {
  profile::Machine machine;
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) machine.cpus.push_back(cpu);
  machine.memory_bytes = 16ULL << 30;
  return machine;
}

inline constexpr std::string_view kPort =
    "port: {profile: af_packet, device: eth1, addresses: [10.77.0.53/24, \"fd77::53/64\"]}\n";
inline constexpr std::string_view kUplinks = "uplinks: [{name: vpc, servers: [10.77.0.2]}]\n";

/// The least file that loads (two lines), and `more` from line 3 on.
inline std::string minimal(std::string_view more = {}) {
  return std::string(kPort) + std::string(kUplinks) + std::string(more);
}

inline diag::Result<Settings> load_on(const profile::Machine& machine, std::string_view text) {
  return load_text(text, "t.yaml", machine, tree_profiles());
}

inline diag::Result<Settings> load_here(std::string_view text) { return load_on(machine_with(4), text); }

/// The sentence of the error, or "no error".
inline std::string error_of(std::string_view text) {
  const diag::Result<Settings> settings = load_here(text);
  return settings ? "no error" : settings.error().sentence();
}

}  // namespace config::test
