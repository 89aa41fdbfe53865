// SPDX-License-Identifier: Apache-2.0
/// @file rdata.hpp – checks the rdata of types that may hold compressed names; private to this library.
///
/// Purpose    names in rdata are read only for the types that may compress them; the rdata of every other type is opaque
///            and forwarded unchanged.
/// RFC        1035 §3.3, §3.4.1; 3597 §4 (which types may compress); 3596 §2.2 (AAAA).
#pragma once

#include "base/bytes.hpp"
#include "dns/types.hpp"
#include "name_table.hpp"

namespace dns {

/// Steps over `rdata_bytes` of rdata; on failure `in` has failed.
void check_rdata(base::ByteReader& in, NameTable& names, QType type, QClass klass, std::size_t rdata_bytes) noexcept;

}  // namespace dns
