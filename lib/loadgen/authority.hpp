// SPDX-License-Identifier: Apache-2.0
/// @file authority.hpp – the generator as the server's own upstream; private to this library.
///
/// Purpose    a server behind shared memory reaches no other upstream. Every name has an A record with a TTL of one hour.
/// Threads    any.
/// RFC        1035 §4.1.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace loadgen {

/// `room` begins with a query of `bytes` bytes and becomes its answer. Returns the answer's size; 0 when it was not a query.
[[nodiscard]] std::size_t answer_as_authority(base::MutableBytes room, std::size_t bytes) noexcept;

}  // namespace loadgen
