// SPDX-License-Identifier: Apache-2.0
/// @file kernel_entropy.hpp – the egress core's source of unpredictable ports and IDs.
///
/// Purpose    secrets::fill_from_kernel() behind the interface that the egress core knows.
/// Threads    any.
#pragma once

#include "egress/wire.hpp"
#include "secrets/kernel_random.hpp"

namespace control {

class KernelEntropy final : public egress::EntropySource {
 public:
  void fill(base::MutableBytes bytes) noexcept override { secrets::fill_from_kernel(bytes); }
};

}  // namespace control
