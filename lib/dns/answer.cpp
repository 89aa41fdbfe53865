// SPDX-License-Identifier: Apache-2.0
#include "dns/answer.hpp"

#include <algorithm>
#include <cstring>

#include "base/contract.hpp"
#include "dns/header.hpp"

namespace dns {

namespace {

constexpr std::size_t kOptBytes = 11;       // root owner, type, payload, TTL fields, rdlength
constexpr std::size_t kEdeOptionBytes = 6;  // code, length, info code; we send no text
constexpr std::uint16_t kOptionEde = 15;
constexpr std::uint32_t kDoBit = 0x8000;

struct OptToWrite {
  std::uint16_t udp_payload_bytes = kUdpPayloadBytes;
  std::uint32_t upper_rcode = 0;  // bits 11…4 of the rcode
  bool dnssec_ok = false;
  Ede ede = Ede::kNone;
};

void write_opt(base::ByteWriter& out, const OptToWrite& opt) noexcept {
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(QType::kOpt));
  out.u16(opt.udp_payload_bytes);
  out.u32(opt.upper_rcode << 24U | (opt.dnssec_ok ? kDoBit : 0U));  // version 0, Z 0
  if (opt.ede == Ede::kNone) {
    out.u16(0);
    return;
  }
  out.u16(kEdeOptionBytes);
  out.u16(kOptionEde);
  out.u16(2);
  out.u16(static_cast<std::uint16_t>(opt.ede));
}

/// What a reply carries besides its question: chosen before the first byte is written.
struct Plan {
  const AnswerImage* image = nullptr;  // null: no records
  std::size_t opt_bytes = 0;
  Ede ede = Ede::kNone;
  Rcode rcode = Rcode::kNoError;
  std::uint16_t flags = 0;  // besides those that depend on the client alone
};

[[nodiscard]] Rcode rcode_for(const ClientState& client, Rcode rcode) noexcept {
  const bool needs_opt = static_cast<unsigned>(rcode) > kRcodeMask;
  return needs_opt && !client.edns.present ? Rcode::kServFail : rcode;
}

/// Fits the OPT into `spare_bytes`: without EDE if need be, not at all if even that is too much.
void fit_opt(Plan& plan, const ClientState& client, std::size_t spare_bytes) noexcept {
  if (!client.edns.present || spare_bytes < kOptBytes) {
    plan.opt_bytes = 0;
    return;
  }
  if (plan.ede != Ede::kNone && spare_bytes < kOptBytes + kEdeOptionBytes) plan.ede = Ede::kNone;
  plan.opt_bytes = kOptBytes + (plan.ede == Ede::kNone ? 0 : kEdeOptionBytes);
}

[[nodiscard]] std::size_t finish(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                                 const Plan& plan) noexcept {
  const std::size_t records_bytes = plan.image != nullptr ? plan.image->records.size() : 0;
  const auto rcode = static_cast<std::uint16_t>(plan.rcode);
  Header header;
  header.id = client.id;
  header.flags = static_cast<std::uint16_t>(kFlagQr | kFlagRa | (client.query_flags & (kFlagRd | kFlagCd)) |
                                            plan.flags | (rcode & kRcodeMask));
  header.qdcount = 1;
  if (plan.image != nullptr) {
    header.ancount = plan.image->ancount;
    header.nscount = plan.image->nscount;
    header.arcount = plan.image->arcount;
  }
  if (plan.opt_bytes != 0) ++header.arcount;
  base::ByteWriter front(room.first(kHeaderBytes));
  header.write(front);

  const std::size_t records_end = question_end + records_bytes;
  if (plan.opt_bytes == 0) return records_end;
  base::ByteWriter behind(room.subspan(records_end, plan.opt_bytes));
  write_opt(
      behind,
      {.upper_rcode = static_cast<std::uint32_t>(rcode >> 4U), .dnssec_ok = client.edns.dnssec_ok, .ede = plan.ede});
  return records_end + plan.opt_bytes;
}

void write_records(std::byte* out, const AnswerImage& image, const TtlRule& rule) noexcept {
  if (image.records.empty()) return;
  std::memcpy(out, image.records.data(), image.records.size());
  if (rule.all_sec != 0) {
    for (const std::uint16_t offset : image.ttl_offsets) base::store_be32(out + offset, rule.all_sec);
    return;
  }
  const std::uint32_t cap_sec = std::min(rule.cap_sec, kMaxTtlSec);
  for (const std::uint16_t offset : image.ttl_offsets) {
    SLUICE_ASSUME(offset + sizeof(std::uint32_t) <= image.records.size());
    const std::uint32_t stored_sec = std::min(base::load_be32(out + offset), cap_sec);
    const std::uint32_t left_sec = stored_sec > rule.age_sec ? stored_sec - rule.age_sec : 0;
    base::store_be32(out + offset, std::max(left_sec, rule.floor_sec));
  }
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

ClientState ClientState::of_udp(const QueryView& query) noexcept {
  ClientState client;
  client.id = query.header().id;
  client.query_flags = query.header().flags;
  client.edns = query.edns();
  client.limit_bytes = static_cast<std::uint16_t>(query.edns().udp_limit_bytes());
  return client;
}

ClientState ClientState::of_tcp(const QueryView& query) noexcept {
  ClientState client = of_udp(query);
  client.limit_bytes = kMaxMessageBytes;
  return client;
}

ClientState ClientState::of_broken(const BrokenQuery& query) noexcept {
  ClientState client;
  client.id = query.header.id;
  client.query_flags = query.header.flags;
  client.edns.present = query.has_opt;
  client.limit_bytes = kClassicUdpBytes;
  return client;
}

std::size_t write_answer(base::MutableBytes room, std::size_t question_end, const ClientState& client,
                         const AnswerImage& image, const TtlRule& ttl, Ede ede) noexcept {
  if (!question_fits(room, question_end)) return 0;
  Plan plan;
  plan.rcode = rcode_for(client, image.rcode);
  plan.ede = ede;
  const bool asked_for_ad = (client.query_flags & kFlagAd) != 0 || client.edns.dnssec_ok;
  if (asked_for_ad) plan.flags = image.flags & kFlagAd;

  const std::size_t limit = std::min<std::size_t>(room.size(), client.limit_bytes);
  const std::size_t needed = question_end + image.records.size() + (client.edns.present ? kOptBytes : 0);
  if ((image.flags & kFlagTc) != 0 || needed > limit) {
    plan.flags = kFlagTc;  // no data, so nothing that AD could vouch for
    return write_bare(room, question_end, client, plan);
  }
  plan.image = &image;
  fit_opt(plan, client, limit - question_end - image.records.size());
  write_records(room.data() + question_end, image, ttl);
  return finish(room, question_end, client, plan);
}

std::size_t write_error(base::MutableBytes room, std::size_t question_end, const ClientState& client, Rcode rcode,
                        Ede ede) noexcept {
  if (!question_fits(room, question_end)) return 0;
  Plan plan;
  plan.rcode = rcode_for(client, rcode);
  plan.ede = ede;
  return write_bare(room, question_end, client, plan);
}

std::size_t write_header_error(base::MutableBytes room, Rcode rcode) noexcept {
  if (room.size() < kHeaderBytes) return 0;
  base::ByteReader in(room);
  Header header = Header::read(in);
  header.flags = static_cast<std::uint16_t>(kFlagQr | kFlagRa | (header.flags & (kOpcodeMask | kFlagRd)) |
                                            (static_cast<unsigned>(rcode) & kRcodeMask));
  header.qdcount = header.ancount = header.nscount = header.arcount = 0;
  base::ByteWriter out(room);
  header.write(out);
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
