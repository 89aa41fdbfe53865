// SPDX-License-Identifier: Apache-2.0
// Any text as a configuration: it ends in Settings or in a sentence with the file's name, never in an exception.
#include <cstdint>
#include <string_view>

#include "base/contract.hpp"
#include "config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const config::Machine machine{.cpus = {0, 1, 2}, .memory_bytes = 8ULL << 30, .free_hugepage_bytes = 0};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text is bytes here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = config::load_text(text, "f.yaml", machine, {"pmd_configs"});
  if (settings) {
    SLUICE_REQUIRE(settings->workers() >= 1 && !settings->lcores.threads.empty());
    SLUICE_REQUIRE(!settings->egress.uplinks.empty() && settings->forward.back().zone == ".");
  } else {
    SLUICE_REQUIRE(settings.error().sentence().starts_with("f.yaml:"));
  }
  return 0;
}
