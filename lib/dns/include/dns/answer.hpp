// SPDX-License-Identifier: Apache-2.0
/// @file answer.hpp – one client's reply, written behind the client's own header and question.
///
/// Purpose    turns a query in place into its reply: its ID, its letter case, aged TTLs, its own OPT, TC if too large.
///            The reply is made of the client's question and the stored image: data of another client cannot leak.
/// Threads    any; writes only into the room it is given.
/// Cost       one copy of the image and one add per TTL; no allocation.
/// RFC        1035 §4.1.1, 2181 §9 (TC), 4035 §3.2 and 6840 §5.7 (AD, CD), 6891 §6.1.1 and §7, 8914 §2 (EDE), 8767 §4,
///            5001 §2.3 (NSID), 7828 §3.3 (keepalive), 7873 §5.2 (COOKIE).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "dns/edns.hpp"
#include "dns/image.hpp"
#include "dns/query.hpp"
#include "dns/question_key.hpp"
#include "dns/types.hpp"

namespace dns {

/// What a reply depends on besides the answer; small enough to be stored in a waiter.
struct ClientState {
  base::TxId id;
  std::uint16_t query_flags = 0;  // the query's second header word; RD, AD and CD matter
  Edns edns;
  std::uint16_t limit_bytes =
      0;  // the largest reply that this client accepts: Edns::udp_limit_bytes(), or 65535 over TCP

  [[nodiscard]] bool is_over_tcp() const noexcept { return limit_bytes == kMaxMessageBytes; }

  /// Written in place: copying fields that were just stored would wait for those stores.
  void set(const Header& header, const Edns& of_client, std::size_t limit) noexcept {
    id = header.id;
    query_flags = header.flags;
    edns = of_client;
    limit_bytes = static_cast<std::uint16_t>(limit);
  }
  [[nodiscard]] static ClientState of(const Header& header, const Edns& edns) noexcept {  // over UDP
    ClientState client;
    client.set(header, edns, edns.udp_limit_bytes());
    return client;
  }
  [[nodiscard]] static ClientState of_udp(const QueryView& query) noexcept { return of(query.header(), query.edns()); }
  [[nodiscard]] static ClientState of_tcp(const QueryView& query) noexcept {
    ClientState client;
    client.set(query.header(), query.edns(), kMaxMessageBytes);
    return client;
  }
  /// For a reply that is only an error.
  [[nodiscard]] static ClientState of_broken(const BrokenQuery& query) noexcept;
};

/// How stored TTLs become those of the reply: max(floor, min(stored, cap) - age). The cap is applied first, so that no
/// client caches an answer for longer than `cap` seconds after it was received.
struct TtlRule {
  std::uint32_t age_sec = 0;            // subtracted from every TTL, never below floor_sec
  std::uint32_t floor_sec = 1;          // a fresh answer never has TTL 0
  std::uint32_t cap_sec = 0xffff'ffff;  // above kMaxTtlSec means kMaxTtlSec
  std::uint32_t all_sec = 0;            // not zero: every TTL becomes this (stale answers)
};

/// Does a reply rotate the first set of addresses, so that clients that use the first one share the load?
enum class Rotation : std::uint8_t {
  kOff,
  kByQueryId,  // the query's ID chooses which record comes first
};

/// May a reply copy the upstream's AD bit?
enum class AdBit : std::uint8_t { kRelay, kClear };

inline constexpr std::size_t kServerCookieBytes = 16;

/// What a reply carries besides its records. Converts from an Ede, as most have nothing else.
struct ReplyExtras {
  ReplyExtras(Ede code = Ede::kNone) noexcept
      : ede(code) {}  // NOLINT(google-explicit-constructor): most have nothing else

  Ede ede;
  Rotation rotation = Rotation::kOff;
  AdBit ad = AdBit::kRelay;
  bool has_cookie = false;
  std::array<std::byte, kServerCookieBytes> server_cookie;  // written behind the client's cookie, when has_cookie
  base::Bytes nsid;                                         // empty: none
  std::uint16_t keepalive_100ms = 0;                        // how long an idle TCP connection stays open; 0: no option
};

/// `room` starts with header and question of `question_end` bytes and is as large as the buffer allows. Writes the
/// reply over it and returns its length. A reply that exceeds the client's limit (or the room) becomes header,
/// question and OPT with TC=1, and so does one whose image has TC. When room is short, EDE is left out first, then the
/// keepalive, then NSID; the cookie never. `question_end` of 12 means a reply without question. An rcode above 15 needs
/// OPT; a client without one gets SERVFAIL. Returns 0 when `question_end` does not fit. `image.records` must not be in
/// `room`.
[[nodiscard]] std::size_t write_answer(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                                       const AnswerImage& image, const TtlRule& ttl,
                                       const ReplyExtras& extras) noexcept;

/// Sets AA in a written reply: the data is local, not from another server.
inline void mark_authoritative(base::MutableBytes reply) noexcept { reply[2] |= std::byte{kFlagAa >> 8U}; }

/// A reply without records: rcode, question and OPT.
[[nodiscard]] std::size_t write_error(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                                      Rcode rcode, const ReplyExtras& extras) noexcept;

/// A reply to a query that did not parse: header only (QDCOUNT=0); ID, opcode and RD are those of the query. Returns 0
/// when the query has fewer than twelve bytes.
[[nodiscard]] std::size_t write_header_error(base::MutableBytes room, Rcode rcode) noexcept;

/// Header and question of a waiter, from its key and letter case; returns question_end, 0 when room is short.
[[nodiscard]] std::size_t write_question(base::MutableBytes room, base::Bytes folded_qname, const CaseBits& letter_case,
                                         QType qtype, QClass qclass, const ClientState& client) noexcept;

/// The query to the upstream: RD=1, AD=1 (6840 §5.7: asks for AD in the reply, which then is known for every client of
/// the key), CD and DO from the key, our OPT. Returns its length, 0 when room is short.
struct UpstreamQuery {
  base::TxId id;
  base::Bytes folded_qname;
  CaseBits letter_case;  // 0x20; all zero: lower case
  QType qtype;
  QClass qclass;
  std::uint8_t key_flags = 0;                          // kKeyFlagDo, kKeyFlagCd
  std::uint16_t udp_payload_bytes = kUdpPayloadBytes;  // 0: without OPT, for a server that does not know it
};
[[nodiscard]] std::size_t write_upstream_query(base::MutableBytes room, const UpstreamQuery& query) noexcept;

}  // namespace dns
