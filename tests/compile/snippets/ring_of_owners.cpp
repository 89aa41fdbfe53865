// SPDX-License-Identifier: Apache-2.0
// layer: base
// expect: is_trivially_copyable
#include <memory>
#include <span>

#include "base/spsc_ring.hpp"

#if WRONG
using Element = std::unique_ptr<int>;
#else
using Element = int*;
#endif

bool push(std::span<Element> slots) {
  base::SpscRing<Element> ring(slots);
  return ring.reserve() != nullptr;
}
