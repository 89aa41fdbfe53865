// SPDX-License-Identifier: Apache-2.0
/// @file kernel_entropy.hpp – the egress core's source of unpredictable ports and IDs.
///
/// Purpose    base::fill_from_kernel() behind the interface that the egress core knows.
/// Threads    any.
#pragma once

#include "base/kernel_random.hpp"
#include "egress/wire.hpp"

namespace control {

class KernelEntropy final : public egress::EntropySource {
 public:
  void fill(base::MutableBytes bytes) noexcept override { base::fill_from_kernel(bytes); }
};

}  // namespace control
