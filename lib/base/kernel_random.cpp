// SPDX-License-Identifier: Apache-2.0
// Random numbers of the kernel, by getrandom.
#include "base/kernel_random.hpp"

#include <cerrno>

#include <sys/random.h>

#include "base/contract.hpp"

namespace base {

void fill_from_kernel(MutableBytes bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    SLUICE_REQUIRE(got > 0 || errno == EINTR);
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

KeyedHash::Secret draw_secret() noexcept {
  KeyedHash::Secret secret;
  fill_from_kernel(secret);
  return secret;
}

}  // namespace base
