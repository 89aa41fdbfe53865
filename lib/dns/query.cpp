// SPDX-License-Identifier: Apache-2.0
// Checks a client's message: header, question, OPT.
#include "dns/query.hpp"

#include "edns_read.hpp"

namespace dns {

namespace {

constexpr std::size_t kQuestionFieldsBytes = 4;  // type and class
constexpr std::uint16_t kMaxAdditional = 4;      // OPT, TSIG or SIG(0), and room for later extensions

/// Reads one additional record; false when it is malformed or a second OPT.
[[nodiscard]] bool read_additional(base::ByteReader& in, base::Bytes message, EdnsRead& read,
                                   bool& is_signed) noexcept {
  const std::size_t owner_at = in.offset();
  if (skip_compressed(in, message) == 0) return false;
  const std::size_t owner_bytes = in.offset() - owner_at;
  const QType type{in.u16()};
  OptFields fields;
  fields.klass = in.u16();
  fields.ttl = in.u32();
  fields.rdata = in.bytes(in.u16());
  if (!in.ok()) return false;
  if (type == QType::kOpt) return owner_bytes == 1 && !read.edns.present && read_edns(fields, read);
  is_signed = is_signed || type == QType::kTsig || type == QType::kSig || type == QType::kTkey;
  return true;
}

}  // namespace

base::Outcome<QueryView, QueryReject> QueryView::parse(base::Bytes message) noexcept {
  if (message.size() < kHeaderBytes) return QueryReject::kShort;
  const Header header = Header::load(message.data());
  if (header.has(kFlagQr)) return QueryReject::kIsResponse;
  if (header.opcode() != Opcode::kQuery) return QueryReject::kOpcode;
  if (header.qdcount != 1) {
    if (CookieQuery::parse(message)) return QueryReject::kCookieOnly;
    const bool bare = header.qdcount == 0 && header.ancount == 0 && header.nscount == 0 && header.arcount == 0;
    return bare && message.size() == kHeaderBytes ? QueryReject::kHeaderOnly : QueryReject::kQuestionCount;
  }
  if (header.ancount != 0 || header.nscount != 0 || header.arcount > kMaxAdditional) return QueryReject::kSectionCounts;

  const NameView qname = NameView::at_front(message.subspan(kHeaderBytes));
  const std::size_t fields_at = kHeaderBytes + qname.size();
  if (qname.empty() || message.size() < fields_at + kQuestionFieldsBytes) return QueryReject::kBrokenQuestion;
  const QType qtype{base::load_be16(message.data() + fields_at)};
  const QClass qclass{base::load_be16(message.data() + fields_at + sizeof(std::uint16_t))};
  base::ByteReader in(message);
  in.skip(fields_at + kQuestionFieldsBytes);
  EdnsRead read;
  bool is_signed = false;
  for (std::uint16_t record = 0; record < header.arcount; ++record) {
    if (!read_additional(in, message, read, is_signed)) return QueryReject::kMalformed;
  }
  if (in.left() != 0) return QueryReject::kMalformed;
  return made(message.data(), qname, qtype, qclass, read, is_signed);
}

// Written in place: copying fields that were just stored would wait for those stores.
base::Outcome<QueryView, QueryReject> QueryView::made(const std::byte* header, NameView qname, QType qtype,
                                                      QClass qclass, const EdnsRead& read, bool is_signed) noexcept {
  base::Outcome<QueryView, QueryReject> parsed(QueryView{});
  QueryView& view = parsed.value();
  view.header_ = Header::load(header);
  view.qname_ = qname;
  view.qtype_ = qtype;
  view.qclass_ = qclass;
  if (read.edns.present) view.edns_ = read.edns;
  if (read.edns.has_cookie) view.server_cookie_ = read.server_cookie;
  view.signed_ = is_signed;
  return parsed;
}

std::optional<BrokenQuery> salvage(base::Bytes message) noexcept {
  base::ByteReader in(message);
  BrokenQuery broken;
  broken.header = Header::read(in);
  if (broken.header.qdcount != 1) return std::nullopt;
  const NameView qname = NameView::read_plain(in);
  in.skip(4);
  if (!in.ok()) return std::nullopt;
  broken.question_end = kHeaderBytes + qname.size() + 4;
  const std::uint32_t records = std::uint32_t{broken.header.ancount} + broken.header.nscount + broken.header.arcount;
  for (std::uint32_t record = 0; record < records && in.left() != 0; ++record) {
    if (skip_compressed(in, message) == 0) break;
    const QType type{in.u16()};
    in.skip(6);
    in.skip(in.u16());
    broken.has_opt = broken.has_opt || type == QType::kOpt;
    if (!in.ok()) break;
  }
  return broken;
}

std::optional<CookieQuery> CookieQuery::parse(base::Bytes message) noexcept {
  base::ByteReader in(message);
  CookieQuery query;
  query.header = Header::read(in);
  const Header& header = query.header;
  if (header.qdcount != 0 || header.ancount != 0 || header.nscount != 0 || header.arcount != 1) return std::nullopt;
  EdnsRead read;
  bool is_signed = false;
  if (!read_additional(in, message, read, is_signed) || in.left() != 0 || !read.edns.has_cookie) return std::nullopt;
  query.edns = read.edns;
  query.server_cookie = read.server_cookie;
  return query;
}

}  // namespace dns
