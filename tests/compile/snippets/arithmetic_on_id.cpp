// SPDX-License-Identifier: Apache-2.0
// layer: base
// expect: no match for .operator\+|invalid operands to binary expression
#include "base/strong.hpp"

auto next(base::LcoreId lcore) {
#if WRONG
  return lcore + base::LcoreId(1);
#else
  return base::LcoreId(lcore.value() + 1);
#endif
}
