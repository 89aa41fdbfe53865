// SPDX-License-Identifier: Apache-2.0
// layer: base
// expect: could not convert|no known conversion
#include "base/strong.hpp"

void start(base::PortId port);

void caller() {
#if WRONG
  start(1);
#else
  start(base::PortId(1));
#endif
}
