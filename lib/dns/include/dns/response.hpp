// SPDX-License-Identifier: Apache-2.0
/// @file response.hpp – an upstream's reply: checked as a whole, and the image that may be cached.
///
/// Purpose    parses an upstream's message and classifies the answer.
///
/// Invariant  a ResponseView is of a message that parses as a whole: header, exactly one plain question, every record of
///            every section within bounds, every name and every compressed name in the rdata of the types that may
///            compress (RFC 3597 §4) well formed, at most one OPT and no bytes behind the last record.
///
/// Threads    value type; borrows the message and the scratch.
/// Lifetime   valid while message and scratch are.
/// Image      the records as received, normalised in three ways: 1. the OPT is removed; 2. adjacent records of one RRset
///            all get their lowest TTL (not RRSIG: RFC 4034 §3); 3. the SOA of a negative answer gets min(TTL, MINIMUM),
///            so that caches behind us cannot keep the answer longer than we do.
/// Cost       one pass over the message, linear also for names (see name_table.hpp), and at most kMaxNameSteps steps
///            through labels to compare names. Records are copied only when one of the three changes them.
/// RFC        1035 §4.1, 2181 §5.2 (TTLs), 2308 (negative answers), 6891 §6.1, 8767 §4 (TTL with the top bit).
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

inline constexpr std::size_t kMaxRecords = 4'096;  // 64 KiB of A records
inline constexpr std::size_t kMaxNameSteps = 16'384;
inline constexpr std::size_t kMaxCnameChain = 32;
inline constexpr std::size_t kPointerReachBytes = 0x4000;  // a compression pointer has 14 bits

enum class ResponseReject : std::uint8_t {
  kShort,          // fewer than 12 bytes
  kIsQuery,        // QR=0
  kOpcode,         // not QUERY
  kQuestionCount,  // QDCOUNT is not one
  kMalformed,      // any record, name or length out of bounds, two OPTs, trailing bytes
  kTooComplex,     // more than kMaxRecords records or kMaxNameSteps steps
};

enum class AnswerKind : std::uint8_t {
  kPositive,   // NOERROR with a record of the asked type (or any record for ANY) at the end of the CNAME chain
  kNoData,     // NOERROR without one; a CNAME chain in front is allowed
  kNxDomain,   // NXDOMAIN; a CNAME chain in front is allowed
  kFailure,    // any other rcode, a referral, an answer to another name, a CNAME loop
  kTruncated,  // TC=1: not cached
};

/// Position of a record in the message. 6 bytes.
struct RecordNote {
  std::uint16_t owner_at = 0;
  std::uint16_t fields_at = 0;  // type, class, TTL, rdlength
  std::uint8_t section = 0;     // 0 answer, 1 authority, 2 additional
};
static_assert(sizeof(RecordNote) == 6);

/// A note about the name that starts at an offset; see name_table.hpp.
using NameNotes = std::array<std::uint16_t, kPointerReachBytes>;

/// Working memory of a parse, about 130 KB; the egress core owns one and reuses it. Needs no initialisation.
struct ResponseScratch {
  base::FixedVector<std::uint16_t, kMaxRecords> ttl_offsets;  // relative to the end of the question, OPT left out
  base::FixedVector<RecordNote, kMaxRecords> notes;           // one for each TTL offset
  std::array<std::byte, kMaxMessageBytes + 1> records;        // image bytes when they differ from the message's
  NameNotes names;
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
  /// min(TTL of the first SOA in authority, its MINIMUM field); has_soa() says whether there was one. RFC 2308 §5.
  [[nodiscard]] bool has_soa() const noexcept { return has_soa_; }
  [[nodiscard]] std::uint32_t negative_ttl_sec() const noexcept { return negative_ttl_sec_; }
  [[nodiscard]] const Edns& edns() const noexcept { return edns_; }
  /// The records without OPT, to be stored. Borrows message or scratch.
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
