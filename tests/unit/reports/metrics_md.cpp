// SPDX-License-Identifier: Apache-2.0
// Writes docs/metrics.md from the counter lists, or says whether it is up to date: metrics_md --write|--check FILE
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "reports/metrics_reference.hpp"

int main(int argc, char** argv) {
  const std::string_view mode = argc == 3 ? argv[1] : "";
  if (mode != "--write" && mode != "--check") {
    fmt::print(stderr, "usage: metrics_md --write|--check FILE\n");
    return 1;
  }
  const std::string fresh = reports::metrics_reference();
  if (mode == "--write") {
    std::ofstream out(argv[2], std::ios::trunc);
    out << fresh;
    return out.flush() ? 0 : 1;
  }
  std::ifstream in(argv[2]);
  const std::string present{std::istreambuf_iterator<char>(in), {}};
  if (present == fresh) return 0;
  fmt::print(stderr, "{} is out of date: ninja -C build metrics-md\n", argv[2]);
  return 1;
}
