// SPDX-License-Identifier: Apache-2.0
/// @file counters.hpp – frames between the port and the kernel, and drops.
///
/// Purpose    every drop of the slow path has a counter.
/// Threads    written by the slow path thread, read by control.
#pragma once

#include "stats/counter_block.hpp"

namespace slowpath {

// clang-format off
#define SLUICE_SLOWPATH_COUNTERS(X)                                                                   \
  X(kToKernel,       "to_kernel",        "frames written to the TAP interface")                       \
  X(kToKernelLost,   "to_kernel_lost",   "frames lost: the TAP interface did not accept them")                \
  X(kFromKernel,     "from_kernel",      "frames read from the TAP interface")                        \
  X(kInjectFull,     "inject_full",      "frames from the kernel lost: the worker's ring was full")   \
  X(kForeignFull,    "foreign_full",     "frames from the kernel to an upstream lost: no token in time") \
  X(kNoBuffer,       "no_buffer",        "frames from the kernel lost: the packet pool was dry")      \
  X(kFrameTooBig,    "frame_too_big",    "frames from the kernel lost: larger than a packet buffer")  \
  X(kPathUpdates,    "path_updates",     "changes of an upstream's next hop")                         \
  X(kPathUpdatesLost,"path_updates_lost","path changes delayed: the ring to egress was full")
// clang-format on
SLUICE_COUNTERS(Counter, SLUICE_SLOWPATH_COUNTERS)
using Counters = stats::CounterBlock<Counter>;

}  // namespace slowpath
