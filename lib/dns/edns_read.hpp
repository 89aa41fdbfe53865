// SPDX-License-Identifier: Apache-2.0
/// @file edns_read.hpp – checks the rdata of an OPT and extracts its options; private to this library.
///
/// Cost       at most kMaxEdnsOptions options are walked; more are refused.
/// RFC        6891 §6.1.2, 7873 §5 (COOKIE lengths), 5001 §2.1 (NSID).
#pragma once

#include "base/bytes.hpp"
#include "dns/edns.hpp"

namespace dns {

/// The fixed fields of a record whose type is OPT.
struct OptFields {
  std::uint16_t klass = 0;  // the sender's UDP payload
  std::uint32_t ttl = 0;    // upper rcode bits, version, DO and Z
  base::Bytes rdata;
};

/// The options of an OPT that we act on.
struct EdnsRead {
  Edns edns;
  base::Bytes server_cookie;  // behind the client's own eight bytes; empty: none was sent
};

/// Fills `read`; false when the options do not fit their lengths. A version that we do not know may lay out its
/// options differently, so only version 0 is looked into. Of several COOKIE options the first counts.
[[nodiscard]] bool read_edns(const OptFields& opt, EdnsRead& read) noexcept;

}  // namespace dns
