// SPDX-License-Identifier: Apache-2.0
/// @file rdata_size.hpp – the shortest RDATA of a type that the response check accepts.
///
/// Purpose    for code that makes answers: the lengths come from the shapes that the check itself uses.
/// Threads    pure function.
#pragma once

#include <cstddef>
#include <optional>

#include "dns/types.hpp"

namespace dns {

/// Bytes of the shortest RDATA, all zeros (root names, empty strings), in class IN; nullopt for a type whose RDATA is
/// opaque and may have any length.
[[nodiscard]] std::optional<std::size_t> shortest_rdata_bytes(QType type) noexcept;

}  // namespace dns
