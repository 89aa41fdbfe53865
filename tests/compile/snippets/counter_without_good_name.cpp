// SPDX-License-Identifier: Apache-2.0
// layer: stats
// expect: counter names: \[a-z0-9_\], unique, help
#include "stats/counter_block.hpp"

#if WRONG
#define LIST(X) X(kHits, "Hits", "answers from the cache")
#else
#define LIST(X) X(kHits, "hits", "answers from the cache")
#endif
SLUICE_COUNTERS(Sample, LIST)
