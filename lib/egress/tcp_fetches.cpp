// SPDX-License-Identifier: Apache-2.0
#include "tcp_fetches.hpp"

#include "dns/answer.hpp"
#include "dns/name.hpp"

namespace egress {
namespace {

constexpr unsigned kSerialShift = 32;

}  // namespace

bool TcpFetches::may_begin(const Fetch& fetch) const noexcept {
  return tables_->around.tcp_fetches != nullptr && tables_->settings.upstream_tcp != UpstreamTcp::kNever &&
         fetch.tcp_tries == 0 && fetch.opaque == nullptr;
}

bool TcpFetches::begin(SlotId index, std::uint8_t server, TcpReason reason, base::Instant now) noexcept {
  TcpFetch* ask = tables_->tcp_unanswered < kMaxTcpFetches ? tables_->around.tcp_fetches->reserve() : nullptr;
  if (ask == nullptr) {
    tables_->count(EngineCounter::kTcpRefused);
    return false;
  }
  Fetch& fetch = tables_->fetches[index];
  const Servers& servers = tables_->uplink_of(fetch).servers;
  const dns::KeyView key = fetch.key.view();
  ask->ticket = std::uint64_t{++tables_->tcp_serial} << kSerialShift | index;
  ask->local = servers.path(server).source;
  ask->server = servers.address(server);
  ask->patience = tables_->settings.tcp_timeout;
  const std::size_t query_bytes = dns::write_upstream_query(
      ask->query, {.id = base::TxId(0),
                   .folded_qname = key.qname(),
                   .letter_case = {},
                   .qtype = key.qtype(),
                   .qclass = key.qclass(),
                   .key_flags = key.flags(),
                   .udp_payload_bytes = fetch.without_edns ? std::uint16_t{0} : tables_->settings.udp_payload_bytes});
  SLUICE_REQUIRE(query_bytes != 0);
  ask->query_bytes = static_cast<std::uint16_t>(query_bytes);
  tables_->around.tcp_fetches->publish();
  ++tables_->tcp_unanswered;
  tables_->count(EngineCounter::kTcpAsked);
  tables_->charge(index, now);
  tables_->unqueue(index);
  tables_->close_transactions(fetch, now);
  tables_->enter_tcp(index, server, reason, now);
  return true;
}

SlotId TcpFetches::take(const TcpReply& reply) noexcept {
  SLUICE_REQUIRE(tables_->tcp_unanswered != 0);
  --tables_->tcp_unanswered;
  const auto index = static_cast<SlotId>(reply.ticket & 0xffff'ffffU);
  SLUICE_REQUIRE(index < tables_->fetches.capacity());
  const Fetch& fetch = tables_->fetches[index];
  const bool waits = fetch.stage == Stage::kTcp && fetch.tcp_serial == reply.ticket >> kSerialShift;
  return waits ? index : kNoSlot;
}

bool TcpFetches::is_answer(SlotId index, const dns::ResponseView& response) const noexcept {
  const dns::KeyView key = tables_->fetches[index].key.view();
  return response.qtype() == key.qtype() && response.qclass() == key.qclass() &&
         dns::equal_names(response.qname().wire(), key.qname());
}

}  // namespace egress
