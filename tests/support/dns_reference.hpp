// SPDX-License-Identifier: Apache-2.0
/// @file dns_reference.hpp – a second implementation of the rules for DNS messages, written for clarity and not for speed.
///
/// Purpose    an oracle for dns::QueryView and dns::ResponseView that shares no code with them, and another one from
///            ldns. A refused message has a flaw, so that a test can say which parser refuses it and why.
/// Threads    value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace test {

enum class Flaw {
  kNone,
  kHeader,      // QR, opcode or QDCOUNT
  kCounts,      // a query with records, or with more additional records than accepted
  kCut,         // a field goes beyond the message: every parser refuses this
  kLabelType,   // 0x40 or 0x80: every parser refuses this
  kName,        // too long, a pointer that does not go back, into the header, more than 128 of them
  kCompressed,  // the question's name is compressed
  kOpt,         // twice, not in additional, owner not the root
  kOptions,     // EDNS options that do not fit, too many of them, a COOKIE of a wrong length
  kRdata,       // rdata of a parsed type does not end where rdlength says
  kTrailing,    // bytes after the last record
  kTooMany,     // records
  kOnMoving,    // a name lies on a TTL or on the OPT, or the OPT's removal would break a pointer
};

struct ReferenceRecord {
  unsigned section = 0;
  std::string owner;  // expanded wire form, letters as sent
  unsigned type = 0;
  unsigned klass = 0;
  std::uint32_t ttl = 0;
  std::string rdata;  // names expanded
  std::size_t ttl_at = 0;
  bool rdata_is_checked = false;  // in replies, for the parsed types
};

struct ReferenceMessage {
  Flaw flaw = Flaw::kNone;
  unsigned id = 0;
  unsigned flags = 0;
  unsigned counts[4] = {};  // as in the header
  std::string qname;
  unsigned qtype = 0;
  unsigned qclass = 0;
  std::size_t question_end = 0;
  std::vector<ReferenceRecord> records;  // without OPT
  bool has_opt = false;
  std::size_t opt_at = 0;
  std::size_t opt_end = 0;
  unsigned opt_payload = 0;
  std::uint32_t opt_ttl = 0;
};

enum class Role { kQuery, kReply };
[[nodiscard]] ReferenceMessage reference_parse(std::string_view message, Role role);

enum class ReferenceKind { kPositive, kNoData, kNxDomain, kFailure, kTruncated };
[[nodiscard]] ReferenceKind reference_kind(const ReferenceMessage& message);
/// The TTL of each record after its RRset got one TTL and its SOA got the negative TTL.
[[nodiscard]] std::vector<std::uint32_t> reference_ttls(const ReferenceMessage& message);

[[nodiscard]] std::string lower(std::string_view text);

/// The result of ldns.
struct LdnsMessage {
  bool accepted = false;
  unsigned id = 0;
  unsigned flags = 0;  // without rcode's upper bits
  unsigned counts[4] = {};
  std::string qname;
  unsigned qtype = 0;
  unsigned qclass = 0;
  std::vector<ReferenceRecord> records;  // ttl_at unused
  bool has_opt = false;
  unsigned opt_payload = 0;
  unsigned opt_version = 0;
  unsigned extended_rcode = 0;
  bool dnssec_ok = false;
};
[[nodiscard]] LdnsMessage ldns_parse(std::string_view message);

/// The wire form of a name; empty when ldns refuses the text.
[[nodiscard]] std::string ldns_name_from_text(const std::string& text);

/// True when ldns parses no more of a record than Sluice does, so that both must agree.
[[nodiscard]] bool ldns_agrees_on_rdata(const ReferenceRecord& record);

}  // namespace test
