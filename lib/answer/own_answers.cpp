// SPDX-License-Identifier: Apache-2.0
// Cookies, class CH, type ANY.
#include "own_answers.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace answer {
namespace {

constexpr std::uint16_t kPointerToQuestion = 0xc000 | dns::kHeaderBytes;
constexpr std::uint16_t kTtlAt = 6;  // of a record whose owner is a pointer
constexpr std::array<std::uint16_t, 1> kTtlOffsets{kTtlAt};
constexpr std::size_t kMostRecordBytes = 160;

using std::string_view_literals::operator""sv;
constexpr std::array kVersionNames{"\7version\4bind\0"sv, "\7version\6server\0"sv};
constexpr std::array kIdentityNames{"\10hostname\4bind\0"sv, "\2id\6server\0"sv};
constexpr std::string_view kHinfo = "\7RFC8482\0"sv;  // CPU and OS (RFC 8482 §4.2)

base::Bytes bytes_of(std::string_view text) noexcept { return base::as_bytes_of(text.data(), text.size()); }

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, base::Bytes qname) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return dns::equal_names(bytes_of(name), qname); });
}

/// One record whose owner is the question's name. Its TTL comes from the reply's TtlRule.
class OneRecord {
 public:
  OneRecord(dns::QType qtype, dns::QClass qclass) noexcept {
    out_.u16(kPointerToQuestion);
    out_.u16(static_cast<std::uint16_t>(qtype));
    out_.u16(static_cast<std::uint16_t>(qclass));
    out_.u32(0);
  }
  OneRecord(const OneRecord&) = delete;
  OneRecord& operator=(const OneRecord&) = delete;

  void rdata(base::Bytes rdata) noexcept {
    out_.u16(static_cast<std::uint16_t>(rdata.size()));
    out_.bytes(rdata);
  }
  /// TXT: one character string.
  void text(const ShortText& text) noexcept {
    out_.u16(static_cast<std::uint16_t>(text.size() + 1));
    out_.u8(static_cast<std::uint8_t>(text.size()));
    out_.bytes(text.span());
  }
  [[nodiscard]] dns::AnswerImage image() const noexcept {
    return {.records = out_.written(), .ttl_offsets = kTtlOffsets, .ancount = 1};
  }

 private:
  std::array<std::byte, kMostRecordBytes> room_;
  base::ByteWriter out_{room_};
};
static_assert(kMostRecordBytes >= 12 + 1 + ShortText::capacity());

}  // namespace

bool takes_cookie(Context& context, Query& query, base::Bytes server_cookie) noexcept {
  const ProtocolSettings& protocol = context.generation->protocol;
  if (!query.client.edns.has_cookie || !protocol.cookies) return true;
  const policy::CookieVerdict verdict =
      protocol.cookies->judge(query.client.edns.client_cookie, server_cookie, query.flow->source,
                              context.generation->wall->unix_sec(context.now));
  if (verdict == policy::CookieVerdict::kGood) context.counters.add(Counter::kCookiesGood);
  if (verdict == policy::CookieVerdict::kBad) context.counters.add(Counter::kCookiesBad);
  const bool is_needed = protocol.server_cookie == ServerCookie::kRequired && query.transport == Transport::kUdp;
  if (!is_needed || verdict == policy::CookieVerdict::kGood) return true;
  context.reply_error(query, Counter::kBadCookie, dns::Rcode::kBadCookie, dns::Ede::kNone);
  return false;
}

// RFC 7873 §5.4: the message has no question, only a COOKIE option.
void answer_cookie_only(Context& context, Query& query) noexcept {
  const auto asked = dns::CookieQuery::parse(query.room.first(query.bytes));
  if (!asked) return context.drop(query, Counter::kDropHeaderOnly);
  query.client = dns::ClientState::of(asked->header, asked->edns);
  query.question_end = dns::kHeaderBytes;
  if (!context.generation->acl->allows(query.flow->source)) {
    return context.reply_error(query, Counter::kRefusedAcl, dns::Rcode::kRefused, dns::Ede::kProhibited);
  }
  if (!takes_cookie(context, query, asked->server_cookie)) return;
  context.reply_error(query, Counter::kCookieOnly, dns::Rcode::kNoError, dns::Ede::kNone);
}

// RFC 4892. Answered from the settings or REFUSED; never forwarded.
void answer_chaos(Context& context, Query& query, const dns::QueryView& view) noexcept {
  const ProtocolSettings& protocol = context.generation->protocol;
  const ShortText* text = nullptr;
  if (is_one_of(kVersionNames, view.qname().wire())) text = &protocol.version;
  if (is_one_of(kIdentityNames, view.qname().wire())) text = &protocol.identity;
  const bool is_text = view.qtype() == dns::QType::kTxt || view.qtype() == dns::QType::kAny;
  if (text == nullptr || text->empty() || !is_text) {
    return context.reply_error(query, Counter::kRefusedClass, dns::Rcode::kRefused, dns::Ede::kNone);
  }
  OneRecord record(dns::QType::kTxt, dns::QClass::kCh);
  record.text(*text);
  context.counters.add(Counter::kChaos);
  const dns::ReplyExtras extras = context.extras_for(query.client, query.flow->source, dns::Ede::kNone);
  context.finish(
      query, dns::write_answer(query.room, query.question_end, query.client, record.image(), {.floor_sec = 0}, extras));
}

// RFC 8482 §4.2. The record is not signed: clients that validate answers to ANY need `any: forward`.
void answer_any(Context& context, Query& query) noexcept {
  OneRecord record(dns::QType::kHinfo, query.key.view().qclass());
  record.rdata(bytes_of(kHinfo));
  context.counters.add(Counter::kAny);
  const dns::TtlRule ttl{.floor_sec = 0,
                         .all_sec = static_cast<std::uint32_t>(context.generation->protocol.any_ttl.count())};
  const dns::ReplyExtras extras = context.extras_for(query.client, query.flow->source, dns::Ede::kNone);
  context.finish(query, dns::write_answer(query.room, query.question_end, query.client, record.image(), ttl, extras));
}

}  // namespace answer
