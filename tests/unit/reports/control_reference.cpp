// SPDX-License-Identifier: Apache-2.0
// Prints a generated document of the control plane: control_reference metrics|verbs. scripts/gen-docs runs it.
#include <cstdio>
#include <string>
#include <string_view>

#include "metrics_reference.hpp"
#include "verbs/table.hpp"

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  std::string text;
  if (what == "metrics") text = reports::metrics_reference();
  if (what == "verbs") text = verbs::verb_tables();
  if (text.empty()) {
    std::fprintf(stderr, "usage: control_reference metrics|verbs\n");
    return 1;
  }
  return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0;
}
