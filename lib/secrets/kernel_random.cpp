// SPDX-License-Identifier: Apache-2.0
// Random numbers of the kernel, by getrandom.
#include "secrets/kernel_random.hpp"

#include <cerrno>

#include <sys/random.h>

#include "base/contract.hpp"

namespace secrets {

void fill_from_kernel(base::MutableBytes bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    SLUICE_REQUIRE(got > 0 || errno == EINTR);
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

base::KeyedHash::Secret draw_secret() noexcept {
  base::KeyedHash::Secret secret;
  fill_from_kernel(secret);
  return secret;
}

}  // namespace secrets
