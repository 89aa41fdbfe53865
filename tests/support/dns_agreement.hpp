// SPDX-License-Identifier: Apache-2.0
/// @file dns_agreement.hpp – compares what the wire codec, the reference and ldns find in a message.
///
/// Purpose    the oracles of property tests and fuzz targets. Each returns the difference; empty means agreement.
///
///            Sluice refuses and ldns accepts (each is a Flaw of dns_reference.hpp): other headers than one question's,
///            bytes after the last record, a second OPT, OPT elsewhere than in additional or not owned by the root,
///            EDNS options beyond their rdata, pointers forwards or into the header or more than 128 of them, a
///            compressed question, rdata shorter or longer than its type says, names that lie on a TTL, an address or the OPT,
///            more records than the codec walks.
///            Sluice accepts and ldns refuses: rdata of types that ldns parses and a forwarder need not (TXT, NSEC,
///            RRSIG, TSIG …), address records of other classes than IN.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "dns/answer.hpp"
#include "dns/response.hpp"

namespace test {

[[nodiscard]] std::string query_disagreement(base::Bytes message);
[[nodiscard]] std::string response_disagreement(base::Bytes message, dns::ResponseScratch& scratch);

/// A reply to `query` out of `response`: within every limit, the client's own, and the same records with aged TTLs.
struct AnswerCase {
  base::Bytes query;
  base::Bytes response;
  dns::TtlRule ttl;
  dns::Ede ede = dns::Ede::kNone;
  std::size_t room_bytes = dns::kMaxMessageBytes;
  std::uint16_t limit_bytes = 0;  // 0: the limit of the query
};
[[nodiscard]] std::string answer_disagreement(const AnswerCase& c, dns::ResponseScratch& scratch);

/// Prints a disagreement and aborts; for fuzz targets.
void require_agreement(const std::string& disagreement);

}  // namespace test
