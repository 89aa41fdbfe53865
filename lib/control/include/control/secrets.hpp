// SPDX-License-Identifier: Apache-2.0
/// @file secrets.hpp – random bytes of the kernel, for the hash secret and for the egress core.
///
/// Purpose    getrandom(2) and nothing else: ports, IDs and the hash secret must be unpredictable.
/// Threads    any.
/// RFC        5452 §9.2; 4086.
#pragma once

#include "base/keyed_hash.hpp"
#include "egress/wire.hpp"

namespace control {

[[nodiscard]] base::KeyedHash::Secret draw_secret() noexcept;

class KernelEntropy final : public egress::EntropySource {
 public:
  /// Aborts when the kernel has none to give: a predictable port would be worse than no service.
  void fill(base::MutableBytes bytes) noexcept override;
};

}  // namespace control
