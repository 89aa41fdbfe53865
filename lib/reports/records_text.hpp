// SPDX-License-Identifier: Apache-2.0
/// @file records_text.hpp – stored records as lines of a zone file.
///
/// Purpose    what an operator reads of a cache entry. Works on a copy of the records: no cache, no reader slot.
/// Threads    control; allocates.
/// Errors     records that ldns does not take give no lines; the cache holds only what dns::ResponseView has checked.
/// RFC        1035 §5.1
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace reports {

/// An AnswerImage with storage of its own.
struct StoredRecords {
  std::vector<std::byte> records;
  std::vector<std::uint16_t> ttl_offsets;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;
};

struct RecordLines {
  std::vector<std::string> answer;
  std::vector<std::string> authority;
  std::vector<std::string> additional;
};

/// Each TTL less `age_sec`, never below 0. `qname` is the name to which compression pointers lead.
[[nodiscard]] RecordLines records_text(base::Bytes qname, dns::QType qtype, dns::QClass qclass, StoredRecords stored,
                                       std::uint32_t age_sec);

}  // namespace reports
