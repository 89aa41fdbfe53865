// SPDX-License-Identifier: Apache-2.0
// layer: base
// expect: no match for .operator==|invalid operands to binary expression
#include "base/strong.hpp"

bool same(base::PortId port, base::QueueId queue) {
#if WRONG
  return port == queue;
#else
  return port.value() == queue.value();
#endif
}
