// SPDX-License-Identifier: Apache-2.0
// layer: base
// flags: -Werror=unused-result
// expect: ignoring return.* value
#include "base/outcome.hpp"

enum class Why : unsigned char { kFull };
base::Outcome<int, Why> open();

void caller() {
#if WRONG
  open();
#else
  static_cast<void>(open().has_value());
#endif
}
