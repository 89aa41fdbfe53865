// SPDX-License-Identifier: Apache-2.0
// getrandom(2), in full.
#include "control/secrets.hpp"

#include <cerrno>

#include <sys/random.h>

#include "base/contract.hpp"

namespace control {

void KernelEntropy::fill(base::MutableBytes bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    SLUICE_REQUIRE(got > 0 || errno == EINTR);
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

base::KeyedHash::Secret draw_secret() noexcept {
  base::KeyedHash::Secret secret;
  KernelEntropy().fill(secret);
  return secret;
}

}  // namespace control
