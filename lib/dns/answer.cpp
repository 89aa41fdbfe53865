// SPDX-License-Identifier: Apache-2.0
// Writes replies and upstream queries.
#include "dns/answer.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "dns/header.hpp"
#include "records.hpp"

namespace dns {

namespace {

constexpr std::size_t kOptBytes = 11;                            // root owner, type, payload, TTL fields, rdlength
constexpr std::size_t kOptionHeaderBytes = 4;                    // code, length
constexpr std::size_t kEdeOptionBytes = kOptionHeaderBytes + 2;  // we send no text
constexpr std::size_t kKeepaliveOptionBytes = kOptionHeaderBytes + 2;
constexpr std::size_t kCookieOptionBytes = kOptionHeaderBytes + kClientCookieBytes + kServerCookieBytes;
constexpr std::uint16_t kOptionNsid = 3;
constexpr std::uint16_t kOptionCookie = 10;
constexpr std::uint16_t kOptionKeepalive = 11;
constexpr std::uint16_t kOptionEde = 15;
constexpr std::uint32_t kDoBit = 0x8000;

struct OptToWrite {
  std::uint16_t udp_payload_bytes = kUdpPayloadBytes;
  std::uint32_t upper_rcode = 0;  // bits 11…4 of the rcode
  bool dnssec_ok = false;
  std::size_t options_bytes = 0;
};

void write_opt(base::ByteWriter& out, const OptToWrite& opt) noexcept {
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(QType::kOpt));
  out.u16(opt.udp_payload_bytes);
  out.u32(opt.upper_rcode << 24U | (opt.dnssec_ok ? kDoBit : 0U));  // version 0, Z 0
  out.u16(static_cast<std::uint16_t>(opt.options_bytes));
}

/// What a reply carries besides its question: chosen before the first byte is written.
struct Plan {
  const AnswerImage* image = nullptr;   // null: no records
  std::size_t opt_bytes = 0;            // 0: no OPT
  const ReplyExtras* extras = nullptr;  // outlives the plan; not copied: a copy would wait for stores just made
  std::size_t nsid_bytes = 0;           // 0: none
  std::uint16_t keepalive_100ms = 0;    // 0: none
  Ede ede = Ede::kNone;
  bool has_cookie = false;
  Rcode rcode = Rcode::kNoError;
  std::uint16_t flags = 0;  // besides those that depend on the client alone

  Plan(const ReplyExtras& from, Rcode code) noexcept
      : extras(&from),
        nsid_bytes(from.nsid.size()),
        keepalive_100ms(from.keepalive_100ms),
        ede(from.ede),
        has_cookie(from.has_cookie),
        rcode(code) {}
};

[[nodiscard]] Rcode rcode_for(const ClientState& client, Rcode rcode) noexcept {
  const bool needs_opt = static_cast<unsigned>(rcode) > kRcodeMask;
  return needs_opt && !client.edns.present ? Rcode::kServFail : rcode;
}

/// Fits the OPT into `spare_bytes`: leaves out options in the order that answer.hpp gives, the OPT itself last.
void fit_opt(Plan& plan, const ClientState& client, std::size_t spare_bytes) noexcept {
  plan.opt_bytes = 0;
  if (!client.edns.present || spare_bytes < kOptBytes) return;
  plan.opt_bytes = kOptBytes;
  const auto fits = [&](std::size_t option_bytes) {
    if (spare_bytes - plan.opt_bytes < option_bytes) return false;
    plan.opt_bytes += option_bytes;
    return true;
  };
  if (plan.has_cookie && !fits(kCookieOptionBytes)) plan.has_cookie = false;
  if (plan.nsid_bytes != 0 && !fits(kOptionHeaderBytes + plan.nsid_bytes)) plan.nsid_bytes = 0;
  if (plan.keepalive_100ms != 0 && !fits(kKeepaliveOptionBytes)) plan.keepalive_100ms = 0;
  if (plan.ede != Ede::kNone && !fits(kEdeOptionBytes)) plan.ede = Ede::kNone;
}

void write_option(base::ByteWriter& out, std::uint16_t code, std::size_t bytes) noexcept {
  out.u16(code);
  out.u16(static_cast<std::uint16_t>(bytes));
}

void write_options(base::ByteWriter& out, const ClientState& client, const Plan& plan) noexcept {
  if (plan.has_cookie) {
    write_option(out, kOptionCookie, kClientCookieBytes + kServerCookieBytes);
    out.bytes(client.edns.client_cookie);
    out.bytes(plan.extras->server_cookie);
  }
  if (plan.nsid_bytes != 0) {
    write_option(out, kOptionNsid, plan.nsid_bytes);
    out.bytes(plan.extras->nsid);
  }
  if (plan.keepalive_100ms != 0) {
    write_option(out, kOptionKeepalive, sizeof(std::uint16_t));
    out.u16(plan.keepalive_100ms);
  }
  if (plan.ede == Ede::kNone) return;
  write_option(out, kOptionEde, sizeof(std::uint16_t));
  out.u16(static_cast<std::uint16_t>(plan.ede));
}

[[nodiscard]] std::size_t finish(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                                 const Plan& plan) noexcept {
  const std::size_t records_bytes = plan.image != nullptr ? plan.image->records.size() : 0;
  const auto rcode = static_cast<std::uint16_t>(plan.rcode);
  Header header;
  header.id = client.id;
  header.flags = static_cast<std::uint16_t>(kFlagQr | kFlagRa | (client.query_flags & (kFlagRd | kFlagCd)) |
                                            plan.flags | (rcode & kRcodeMask));
  header.qdcount = question_end == kHeaderBytes ? 0 : 1;
  if (plan.image != nullptr) {
    header.ancount = plan.image->ancount;
    header.nscount = plan.image->nscount;
    header.arcount = plan.image->arcount;
  }
  if (plan.opt_bytes != 0) ++header.arcount;
  header.store(room.data());

  const std::size_t records_end = question_end + records_bytes;
  if (plan.opt_bytes == 0) return records_end;
  base::ByteWriter behind(room.subspan(records_end, plan.opt_bytes));
  write_opt(behind, {.upper_rcode = static_cast<std::uint32_t>(rcode >> 4U),
                     .dnssec_ok = client.edns.dnssec_ok,
                     .options_bytes = plan.opt_bytes - kOptBytes});
  write_options(behind, client, plan);
  return records_end + plan.opt_bytes;
}

/// Header, question and OPT.
[[nodiscard]] std::size_t write_bare(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                                     Plan plan) noexcept {
  const std::size_t limit = std::min<std::size_t>(room.size(), client.limit_bytes);
  plan.image = nullptr;
  fit_opt(plan, client, limit > question_end ? limit - question_end : 0);
  if (plan.opt_bytes == 0 && static_cast<unsigned>(plan.rcode) > kRcodeMask) plan.rcode = Rcode::kServFail;
  return finish(room, question_end, client, plan);
}

[[nodiscard]] bool question_fits(base::MutableBytes room, std::size_t question_end) noexcept {
  return SLUICE_CHECK(question_end >= kHeaderBytes && question_end <= room.size());
}

}  // namespace

ClientState ClientState::of_broken(const BrokenQuery& query) noexcept {
  ClientState client;
  client.id = query.header.id;
  client.query_flags = query.header.flags;
  client.edns.present = query.has_opt;
  client.limit_bytes = kClassicUdpBytes;
  return client;
}

std::size_t write_answer(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                         const AnswerImage& image, const TtlRule& ttl, const ReplyExtras& extras) noexcept {
  if (!question_fits(room, question_end)) return 0;
  Plan plan(extras, rcode_for(client, image.rcode));
  const bool asked_for_ad = (client.query_flags & kFlagAd) != 0 || client.edns.dnssec_ok;
  if (asked_for_ad && extras.ad == AdBit::kRelay) plan.flags = image.flags & kFlagAd;

  const std::size_t limit = std::min<std::size_t>(room.size(), client.limit_bytes);
  std::size_t needed = question_end + image.records.size();
  if (client.edns.present) needed += kOptBytes + (extras.has_cookie ? kCookieOptionBytes : 0);
  if ((image.flags & kFlagTc) != 0 || needed > limit) {
    plan.flags = kFlagTc;  // without data AD has no meaning
    return write_bare(room, question_end, client, plan);
  }
  plan.image = &image;
  fit_opt(plan, client, limit - question_end - image.records.size());
  AddressRun run;
  if (extras.rotation == Rotation::kByQueryId && image.ancount > 1) run = first_address_run(image);
  const std::size_t first = run.count > 1 ? first_place(client.id, run.count) : 0;
  write_records(room.data() + question_end, image, ttl, first, run);
  return finish(room, question_end, client, plan);
}

std::size_t write_error(base::MutableBytes room, std::size_t question_end, const ClientState& client, Rcode rcode,
                        const ReplyExtras& extras) noexcept {
  if (!question_fits(room, question_end)) return 0;
  return write_bare(room, question_end, client, Plan(extras, rcode_for(client, rcode)));
}

std::size_t write_header_error(base::MutableBytes room, Rcode rcode) noexcept {
  if (room.size() < kHeaderBytes) return 0;
  const Header asked = Header::load(room.data());
  Header header;
  header.id = asked.id;
  header.flags = static_cast<std::uint16_t>(kFlagQr | kFlagRa | (asked.flags & (kOpcodeMask | kFlagRd)) |
                                            (static_cast<unsigned>(rcode) & kRcodeMask));
  header.store(room.data());
  return kHeaderBytes;
}

std::size_t write_question(base::MutableBytes room, base::Bytes folded_qname, const CaseBits& letter_case, QType qtype,
                           QClass qclass, const ClientState& client) noexcept {
  base::ByteWriter out(room);
  Header header;
  header.id = client.id;
  header.flags = client.query_flags;
  header.qdcount = 1;
  header.write(out);
  out.bytes(folded_qname);
  out.u16(static_cast<std::uint16_t>(qtype));
  out.u16(static_cast<std::uint16_t>(qclass));
  if (!out.ok()) return 0;
  apply_case(room.subspan(kHeaderBytes, folded_qname.size()), letter_case);
  return out.size();
}

std::size_t write_upstream_query(base::MutableBytes room, const UpstreamQuery& query) noexcept {
  const bool checking_disabled = (query.key_flags & kKeyFlagCd) != 0;
  ClientState asker;
  asker.id = query.id;
  asker.query_flags = static_cast<std::uint16_t>(kFlagRd | kFlagAd | (checking_disabled ? kFlagCd : 0U));
  const std::size_t question_end =
      write_question(room, query.folded_qname, query.letter_case, query.qtype, query.qclass, asker);
  if (question_end == 0) return 0;
  if (query.udp_payload_bytes == 0) return question_end;
  if (room.size() - question_end < kOptBytes) return 0;
  base::store_be16(room.data() + 10, 1);  // ARCOUNT
  base::ByteWriter out(room.subspan(question_end));
  write_opt(out, {.udp_payload_bytes = query.udp_payload_bytes, .dnssec_ok = (query.key_flags & kKeyFlagDo) != 0});
  return question_end + out.size();
}

}  // namespace dns
