// SPDX-License-Identifier: Apache-2.0
// The only place that inlines XXH3.
#define XXH_INLINE_ALL
#include "base/keyed_hash.hpp"

#include <xxhash.h>

namespace base {

std::uint64_t KeyedHash::operator()(Bytes bytes) const noexcept {
  return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret_.data(), secret_.size());
}

}  // namespace base
