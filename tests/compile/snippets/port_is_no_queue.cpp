// SPDX-License-Identifier: Apache-2.0
// layer: base
// expect: could not convert|no known conversion
#include "base/strong.hpp"

void start(base::QueueId queue);

void caller() {
#if WRONG
  start(base::PortId(1));
#else
  start(base::QueueId(1));
#endif
}
