// SPDX-License-Identifier: Apache-2.0
// Ends the process on a broken contract.
#include "base/contract.hpp"

#include <cstdio>
#include <cstdlib>

namespace base {

void contract_broken(const char* condition, const char* file, int line) noexcept {
  // NOLINTNEXTLINE(sluice-tokens): the last words of a process that ends here
  std::fprintf(stderr, "sluice: contract broken: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace base
