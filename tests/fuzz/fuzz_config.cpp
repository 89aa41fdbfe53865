// SPDX-License-Identifier: Apache-2.0
// Any text as a configuration: it ends in Settings, which a reload can go on with, or in a sentence with the file's name.
#include <cstdint>
#include <string_view>

#include "base/contract.hpp"
#include "config/config.hpp"
#include "config/reload.hpp"

constexpr std::string_view kLeast =
    "port: {profile: af_packet, device: e, addresses: [10.0.0.5/8]}\nuplinks: [{name: u, servers: [10.0.0.2]}]\n";

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const profile::Machine machine{.cpus = {0, 1, 2}, .memory_bytes = 8ULL << 30, .free_hugepage_bytes = 0};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text is bytes here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = config::load_text(text, "f.yaml", machine, {"pmd_configs"});
  if (settings) {
    SLUICE_REQUIRE(settings->workers() >= 1 && !settings->lcores.threads.empty());
    SLUICE_REQUIRE(!settings->egress.uplinks.empty() && settings->forward.back().zone == ".");
    // A reload from the least file to this one, and again: what is applied once is no change any more.
    static const auto running = config::load_text(kLeast, "f.yaml", machine, {"pmd_configs"});
    const config::Renewal first = config::renew(*running, *settings);
    const config::Renewal second = config::renew(first.settings, *settings);
    SLUICE_REQUIRE(second.changes.live.empty() && second.changes.restart.size() == first.changes.restart.size());
  } else {
    SLUICE_REQUIRE(settings.error().sentence().starts_with("f.yaml:"));
  }
  return 0;
}
