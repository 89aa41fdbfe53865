// SPDX-License-Identifier: Apache-2.0
/// @file kernel_random.hpp – random bytes from the kernel, for everything that an attacker must not guess.
///
/// Purpose    hash secrets, cookie secrets, source ports and query IDs: getrandom(2) and nothing else. Numbers that a
///            seed must repeat come from base/random.hpp.
/// Threads    any. A system call: never on a worker.
/// Errors     aborts when the kernel has none to give: a predictable port would be worse than no service.
/// RFC        4086; 5452 §9.2.
#pragma once

#include "base/bytes.hpp"
#include "base/keyed_hash.hpp"

namespace secrets {

void fill_from_kernel(base::MutableBytes bytes) noexcept;

[[nodiscard]] base::KeyedHash::Secret draw_secret() noexcept;

}  // namespace secrets
