// SPDX-License-Identifier: Apache-2.0
/// @file response.hpp – an upstream's reply, checked wholly, and what it may be kept as.
///
/// Purpose    a ResponseView cannot exist unless the whole message parses: header, exactly one plain question, every
///            record of every section within bounds, every name and every compressed name in the rdata of the types
///            that may compress (RFC 3597 §4) well formed, at most one OPT and no bytes behind the last record.
/// Threads    value type; borrows the message and the scratch.
/// Lifetime   valid while message and scratch are.
/// Cost       one pass, bounded: at most kMaxRecords records, kMaxNameSteps name bytes in all.
/// RFC        1035 §4.1, 2181 §5.2 and §8 (TTLs), 2308 (negative answers), 6891 §6.1, 8767 §4 (TTL with the top bit).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "base/outcome.hpp"
#include "dns/edns.hpp"
#include "dns/header.hpp"
#include "dns/image.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"

namespace dns {

inline constexpr std::size_t kMaxRecords = 512;

enum class ResponseReject : std::uint8_t {
  kShort,          // fewer than 12 bytes
  kIsQuery,        // QR=0
  kOpcode,         // not QUERY
  kQuestionCount,  // QDCOUNT is not one
  kMalformed,      // any record, name or length out of bounds, two OPTs, trailing bytes
  kTooComplex,     // more records or name steps than we walk
};

enum class AnswerKind : std::uint8_t {
  kPositive,    // NOERROR with a record of the asked type (or any record for ANY) at the end of the CNAME chain
  kNoData,      // NOERROR without one; a CNAME chain in front is allowed
  kNxDomain,    // NXDOMAIN; a CNAME chain in front is allowed
  kFailure,     // any other rcode, lame or empty referral included
  kTruncated,   // TC=1: nothing in it may be kept
};

/// Room for what a parse notes down; the egress core owns one and reuses it.
struct ResponseScratch {
  base::FixedVector<std::uint16_t, kMaxRecords> ttl_offsets;  // relative to the end of the question, OPT left out
  std::array<std::byte, kMaxMessageBytes + 1> records;        // image bytes when the OPT had to be cut out
};

class ResponseView {
 public:
  [[nodiscard]] static base::Outcome<ResponseView, ResponseReject> parse(base::Bytes message,
                                                                         ResponseScratch& scratch) noexcept;

  [[nodiscard]] const Header& header() const noexcept { return header_; }
  [[nodiscard]] NameView qname() const noexcept { return qname_; }
  [[nodiscard]] QType qtype() const noexcept { return qtype_; }
  [[nodiscard]] QClass qclass() const noexcept { return qclass_; }
  /// Header rcode with OPT's upper eight bits.
  [[nodiscard]] Rcode rcode() const noexcept { return image_.rcode; }
  [[nodiscard]] AnswerKind kind() const noexcept { return kind_; }
  /// The smallest TTL of the answer section's records (and of all others when that is empty), TTLs above 2^31-1 read
  /// as 2^31-1. 0 when there is no record.
  [[nodiscard]] std::uint32_t min_ttl_sec() const noexcept { return min_ttl_sec_; }
  /// min(TTL of the SOA in authority, its MINIMUM field); has_soa() says whether there was one. RFC 2308 §5.
  [[nodiscard]] bool has_soa() const noexcept { return has_soa_; }
  [[nodiscard]] std::uint32_t negative_ttl_sec() const noexcept { return negative_ttl_sec_; }
  [[nodiscard]] const Edns& edns() const noexcept { return edns_; }
  /// What to store: the records without OPT. Borrows message or scratch.
  [[nodiscard]] const AnswerImage& image() const noexcept { return image_; }

 private:
  friend class ResponseParser;
  Header header_;
  NameView qname_;
  QType qtype_{};
  QClass qclass_{};
  AnswerKind kind_{};
  std::uint32_t min_ttl_sec_ = 0;
  std::uint32_t negative_ttl_sec_ = 0;
  bool has_soa_ = false;
  Edns edns_;
  AnswerImage image_;
};

}  // namespace dns
