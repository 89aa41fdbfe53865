// SPDX-License-Identifier: Apache-2.0
/// @file query.hpp – a client's question, checked once at the edge.
///
/// Purpose    parses a client's message. A TSIG or SIG(0) at the end is reported and not verified.
///
/// Invariant  a QueryView is of a message with opcode QUERY, one question with a plain qname, no record in answer and
///            authority, and at most one well-formed OPT with owner root in additional.
///
/// Threads    value type; borrows the packet.
/// Lifetime   valid until the packet's burst settles.
/// Cost       one pass over the message.
/// RFC        1035 §4.1, 6891 §6.1.1 (one OPT), 7873 §5.2 (COOKIE lengths 8, 16…40), §5.4 (no question), 9619 (QDCOUNT
///            is one).
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "base/outcome.hpp"
#include "dns/edns.hpp"
#include "dns/header.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"

namespace dns {

enum class QueryReject : std::uint8_t {
  kShort,           // fewer than 12 bytes: dropped
  kIsResponse,      // QR=1: dropped
  kHeaderOnly,      // QDCOUNT=0 and nothing behind the header: dropped
  kOpcode,          // answered NOTIMP
  kQuestionCount,   // QDCOUNT is not one: answered FORMERR
  kCookieOnly,      // no question, but a COOKIE: see CookieQuery; answered FORMERR while cookies are off
  kSectionCounts,   // records in answer or authority, or more additional ones than kMaxAdditional: answered FORMERR
  kBrokenQuestion,  // its name, type or class does not parse: answered FORMERR, without a question
  kMalformed,       // OPT, another record or trailing bytes: answered FORMERR
};

struct EdnsRead;  // edns_read.hpp

class QueryView {
 public:
  [[nodiscard]] static base::Outcome<QueryView, QueryReject> parse(base::Bytes message) noexcept;

  [[nodiscard]] const Header& header() const noexcept { return header_; }
  [[nodiscard]] NameView qname() const noexcept { return qname_; }
  [[nodiscard]] QType qtype() const noexcept { return qtype_; }
  [[nodiscard]] QClass qclass() const noexcept { return qclass_; }
  [[nodiscard]] const Edns& edns() const noexcept { return edns_; }
  /// The server cookie: the bytes behind the eight of the client cookie; empty: none.
  [[nodiscard]] base::Bytes server_cookie() const noexcept { return server_cookie_; }
  [[nodiscard]] bool is_signed() const noexcept { return signed_; }  // TSIG, SIG(0) or TKEY
  /// Bytes of header and question: a reply keeps them as they are.
  [[nodiscard]] std::size_t question_end() const noexcept { return kHeaderBytes + qname_.size() + 4; }

 private:
  QueryView() noexcept = default;
  [[nodiscard]] static base::Outcome<QueryView, QueryReject> made(const std::byte* header, NameView qname, QType qtype,
                                                                  QClass qclass, const EdnsRead& read,
                                                                  bool is_signed) noexcept;
  Header header_;
  NameView qname_;
  QType qtype_{};
  QClass qclass_{};
  Edns edns_;
  base::Bytes server_cookie_;
  bool signed_ = false;
};

/// The part before the error: enough for a reply that repeats the question and answers an OPT with an OPT.
struct BrokenQuery {
  Header header;
  std::size_t question_end = 0;  // within the message
  bool has_opt = false;          // an OPT was found, well-formed or not
};
/// Of a message that is answered FORMERR; empty when the question itself does not parse (kBrokenQuestion).
[[nodiscard]] std::optional<BrokenQuery> salvage(base::Bytes message) noexcept;

/// A message without a question that asks only for a server cookie. Lifetime: borrows the message. RFC 7873 §5.4.
struct CookieQuery {
  Header header;
  Edns edns;
  base::Bytes server_cookie;

  /// Of a message that was rejected as kCookieOnly.
  [[nodiscard]] static std::optional<CookieQuery> parse(base::Bytes message) noexcept;
};

/// The rcode that a rejected query is answered with; kNoError: no reply is sent.
[[nodiscard]] constexpr Rcode owed_rcode(QueryReject reject) noexcept {
  switch (reject) {
    case QueryReject::kShort:
    case QueryReject::kIsResponse:
    case QueryReject::kHeaderOnly:
      return Rcode::kNoError;
    case QueryReject::kOpcode:
      return Rcode::kNotImp;
    case QueryReject::kQuestionCount:
    case QueryReject::kCookieOnly:
    case QueryReject::kSectionCounts:
    case QueryReject::kBrokenQuestion:
    case QueryReject::kMalformed:
      return Rcode::kFormErr;
  }
  return Rcode::kFormErr;
}

}  // namespace dns
