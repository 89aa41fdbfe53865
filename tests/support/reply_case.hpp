// SPDX-License-Identifier: Apache-2.0
/// @file reply_case.hpp – one outstanding question, any datagram, and an oracle that says whether it is the reply.
///
///   byte 0: what to correct before delivery      1 ID │ 2 port │ 4 address │ 8 question of the query after the header
///           and the transport                    16 TCP, where only the question matters
#pragma once

#include <algorithm>
#include <cctype>
#include <vector>

#include "dns/response.hpp"
#include "unit/egress/fakes.hpp"

namespace test {

class ReplyCase {
 public:
  ReplyCase() : bench_(settings()) {}

  /// Delivers the rest of `input` to the engine; aborts when a mismatch completes anything or a match does not.
  void run(base::Bytes input) {
    if (input.empty()) return;
    const auto right = std::to_integer<unsigned>(input[0]);
    bench_.ask("www.example");
    bench_.poll();
    const SentPacket sent = bench_.wire.sent.back();
    if ((right & 16U) != 0) return run_stream(input.subspan(1), right, sent);
    net::Flow flow = sent.flow.reversed();
    if ((right & 2U) == 0) flow.source_port = base::UdpPort(5'353);
    if ((right & 4U) == 0) flow.source = ip("10.77.0.3");
    Wire message = Wire().append(input.subspan(1));
    patch(message.bytes(), right, sent);
    const bool matches = (right & 6U) == 6 && is_reply(message.view(), sent);
    const std::size_t sends = bench_.wire.sent.size();
    bench_.deliver(flow, message);
    // After FORMERR and NOTIMP egress asks again without EDNS; after truncation or a wrong ID over TCP.
    const std::vector<egress::TcpFetch> asks = bench_.tcp_fetches();
    const bool asked_again = bench_.wire.sent.size() > sends || !asks.empty();
    SLUICE_REQUIRE(matches ? bench_.done.size() == 1 || asked_again : bench_.done.empty());
    SLUICE_REQUIRE(matches || bench_.cached("www.example") == nullptr);
    forget();
    for (const egress::TcpFetch& ask : asks) bench_.end_tcp(ask, egress::TcpEnd::kFailed);
  }

 private:
  // The slow path has matched its own ID; without an answer over TCP the clients get the truncated reply.
  void run_stream(base::Bytes rest, unsigned right, const SentPacket& sent) {
    bench_.deliver(sent, bench_.reply_to(sent, dns::kFlagTc));
    const std::vector<egress::TcpFetch> asks = bench_.tcp_fetches();
    SLUICE_REQUIRE(asks.size() == 1 && bench_.done.empty());
    Wire message = Wire().append(rest);
    patch(message.bytes(), right | 1U, sent);
    const bool matches = is_reply(message.view(), sent);
    const std::size_t sends = bench_.wire.sent.size();
    bench_.deliver_tcp(asks[0], message);
    const bool asked_again = bench_.wire.sent.size() > sends;
    SLUICE_REQUIRE(bench_.done.size() == 1 || (matches && asked_again));
    SLUICE_REQUIRE(matches || bench_.done[0].ancount == 0);
    SLUICE_REQUIRE(matches || bench_.cached("www.example") == nullptr);
    forget();
  }

  static egress::Settings settings() {
    egress::Settings settings = with_tcp();
    settings.max_fetches = 4;
    settings.uplinks[0].budget.limit_pps = 0;
    return settings;
  }
  static void patch(std::vector<std::byte>& message, unsigned right, const SentPacket& sent) {
    if ((right & 1U) != 0 && message.size() >= 2) base::store_be16(message.data(), sent.id.value());
    if ((right & 8U) == 0 || message.size() < 12) return;
    const Wire question = Wire().raw(sent.qname).u16(static_cast<unsigned>(sent.qtype)).u16(1);
    const auto after_header = message.begin() + 12;
    const auto replaced =
        std::min<std::ptrdiff_t>(message.end() - after_header, static_cast<std::ptrdiff_t>(question.size()));
    message.insert(message.erase(after_header, after_header + replaced), question.view().begin(),
                   question.view().end());
  }
  // RFC 5452 §9.1, a second implementation in its simplest form.
  static bool is_reply(base::Bytes m, const SentPacket& sent) {
    const std::size_t question_end = 12 + sent.qname.size() + 4;
    if (m.size() < question_end || base::load_be16(m.data()) != sent.id.value()) return false;
    const unsigned flags = base::load_be16(m.data() + 2);
    if ((flags & 0x8000U) == 0 || (flags & 0x7800U) != 0 || base::load_be16(m.data() + 4) != 1) return false;
    for (std::size_t i = 0; i < sent.qname.size(); ++i) {
      if (std::tolower(std::to_integer<int>(m[12 + i])) != static_cast<unsigned char>(sent.qname[i])) return false;
    }
    const std::byte* behind_name = m.data() + 12 + sent.qname.size();
    if (base::load_be16(behind_name) != static_cast<unsigned>(sent.qtype)) return false;
    if (base::load_be16(behind_name + 2) != 1) return false;
    static const auto scratch = std::make_unique<dns::ResponseScratch>();
    return dns::ResponseView::parse(m, *scratch).has_value();
  }
  void forget() {
    bench_.engine->abandon_all();
    bench_.poll();
    if (const cache::Entry* kept = bench_.cached("www.example")) {
      SLUICE_REQUIRE(bench_.cache->remove(kept->hash(), kept->key()));
    }
    bench_.done.clear();
    bench_.wire.sent.clear();
    bench_.poll();
  }

  Bench bench_;
};

}  // namespace test
