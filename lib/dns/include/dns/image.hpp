// SPDX-License-Identifier: Apache-2.0
/// @file image.hpp – an answer as it is stored: the records without OPT, and the offsets of their TTLs.
///
/// Purpose    the form in which an answer is in the cache and from which each client's reply is built.
///            Compression pointers into the question (offset 12…) stay valid because every reply repeats a question of
///            the same length; pointers between records stay valid because the records move as one block.
/// Threads    immutable once built.
/// Ownership  AnswerImage borrows; the cache entry (or the egress core's transient answer) owns the bytes.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

struct AnswerImage {
  base::Bytes records;                         // answer, authority, additional (no OPT), as received
  std::span<const std::uint16_t> ttl_offsets;  // of each 32-bit TTL, relative to records
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;  // without OPT
  Rcode rcode = Rcode::kNoError;
  std::uint16_t flags = 0;  // of kFlagAa | kFlagTc | kFlagRa | kFlagAd, as received
};

}  // namespace dns
