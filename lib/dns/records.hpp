// SPDX-License-Identifier: Apache-2.0
/// @file records.hpp – copies a stored answer's records into a reply: aged, and rotated if wanted; private.
///
/// Cost       one copy, an add for each TTL; rotation reads the fixed fields of the records of the first set.
#pragma once

#include <cstddef>

#include "base/strong.hpp"
#include "dns/answer.hpp"

namespace dns {

/// Adjacent records of one address set that differ in their addresses only: they can be rotated as bytes, and every TTL
/// stays at the offset that `AnswerImage::ttl_offsets` gives.
struct AddressRun {
  std::size_t begin = 0;  // of the first record, in AnswerImage::records
  std::size_t record_bytes = 0;
  std::size_t count = 0;  // below 2: nothing to rotate
};

/// The first set of the answer section behind CNAMEs and their signatures.
[[nodiscard]] AddressRun first_address_run(const AnswerImage& image) noexcept;

/// Which record of `count` comes first for a query ID: every one for as many IDs as any other (but for the remainder),
/// and another one for the next ID.
[[nodiscard]] std::size_t first_place(base::TxId id, std::size_t count) noexcept;

/// `out` has room for the image's records.
void write_records(std::byte* out, const AnswerImage& image, const TtlRule& rule, std::size_t first,
                   const AddressRun& run) noexcept;

}  // namespace dns
