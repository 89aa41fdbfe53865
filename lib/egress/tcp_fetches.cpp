// SPDX-License-Identifier: Apache-2.0
// From UDP to TCP and back: requests to the slow path, and their replies.
#include "tcp_fetches.hpp"

#include "dns/answer.hpp"
#include "dns/name.hpp"

namespace egress {
namespace {

constexpr unsigned kSerialShift = 32;

}  // namespace

bool TcpFetches::may_begin(const Fetch& fetch) const noexcept {
  return state_->deps().tcp_fetches != nullptr && state_->settings().upstream_tcp != UpstreamTcp::kNever &&
         fetch.tcp_tries == 0 && fetch.opaque == nullptr;
}

bool TcpFetches::begin(SlotId index, std::uint8_t server, TcpReason reason, base::Instant now) noexcept {
  TcpFetch* request = unanswered_ < kMaxTcpFetches ? state_->deps().tcp_fetches->reserve() : nullptr;
  if (request == nullptr) {
    state_->count(EngineCounter::kTcpRefused);
    return false;
  }
  ++serial_;
  write(*request, index, server);
  state_->deps().tcp_fetches->publish();
  ++unanswered_;
  state_->count(EngineCounter::kTcpAsked);
  queues_->take_out(index, now);
  transactions_->close_all(index, now);
  const std::uint64_t share_from = state_->uplink_of(state_->fetches[index]).begin_tcp();
  state_->fetches.note_tcp(index, {.server = server, .reason = reason, .serial = serial_, .share_from = share_from});
  const base::Instant times_out_at = now + state_->settings().tcp_timeout;
  state_->fetches.set_due(index, times_out_at, times_out_at);
  deadlines_->arm(index);
  return true;
}

void TcpFetches::write(TcpFetch& request, SlotId index, std::uint8_t server) noexcept {
  const Fetch& fetch = state_->fetches[index];
  const Servers& servers = state_->uplink_of(fetch).servers();
  const dns::KeyView key = fetch.key.view();
  request.ticket = std::uint64_t{serial_} << kSerialShift | index;
  request.local = servers.path(server).source;
  request.server = servers.address(server);
  request.timeout = state_->settings().tcp_timeout;
  const std::size_t query_bytes = dns::write_upstream_query(
      request.query,
      {.id = base::TxId(0),
       .folded_qname = key.qname(),
       .letter_case = {},
       .qtype = key.qtype(),
       .qclass = key.qclass(),
       .key_flags = key.flags(),
       .udp_payload_bytes = fetch.without_edns ? std::uint16_t{0} : state_->settings().udp_payload_bytes});
  SLUICE_REQUIRE(query_bytes != 0);
  request.query_bytes = static_cast<std::uint16_t>(query_bytes);
}

SlotId TcpFetches::take(const TcpReply& reply) noexcept {
  SLUICE_REQUIRE(unanswered_ != 0);
  --unanswered_;
  const auto index = static_cast<SlotId>(reply.ticket & 0xffff'ffffU);
  SLUICE_REQUIRE(index < state_->fetches.capacity());
  const Fetch& fetch = state_->fetches[index];
  const bool waits = fetch.stage == Stage::kTcp && fetch.tcp_serial == reply.ticket >> kSerialShift;
  return waits ? index : kNoSlot;
}

bool TcpFetches::is_answer(SlotId index, const dns::ResponseView& response) const noexcept {
  const dns::KeyView key = state_->fetches[index].key.view();
  return response.qtype() == key.qtype() && response.qclass() == key.qclass() &&
         dns::equal_names(response.qname().wire(), key.qname());
}

}  // namespace egress
