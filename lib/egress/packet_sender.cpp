// SPDX-License-Identifier: Apache-2.0
// Frames of upstream queries, and the results of their transmission.
#include "packet_sender.hpp"

#include <array>
#include <cstring>

#include "dns/answer.hpp"
#include "net/frame.hpp"

namespace egress {
namespace {

constexpr std::size_t kFrameRoomBytes = 1'536;  // headers and an opaque message

// RFC 8945 §5.5: only the ID changes.
std::size_t write_opaque(base::MutableBytes room, const OpaqueMessage& message, base::TxId id) noexcept {
  const base::Bytes octets = message.view();
  if (octets.size() > room.size()) return 0;
  std::memcpy(room.data(), octets.data(), octets.size());
  base::store_be16(room.data(), id.value());
  return octets.size();
}

}  // namespace

bool PacketSender::send(SlotId index, std::uint8_t server, Budget::Ticket token, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  Uplink& uplink = state_->uplink_of(fetch);
  const SlotId to = transactions_->towards(index, server, now);
  if (to == kNoSlot) {
    state_->count(EngineCounter::kNoTransaction);
    uplink.budget().give_back(token);
    return false;
  }
  const Transaction& transaction = state_->transactions[to];
  std::array<std::byte, kFrameRoomBytes> room;
  const std::size_t frame_bytes = write_frame(fetch, transaction, room);
  SLUICE_REQUIRE(frame_bytes != 0);
  const WireTicket ticket{.uplink = fetch.uplink,
                          .token = token,
                          .generation = transaction.generation,
                          .resend = fetch.sends != 0 ? std::uint8_t{1} : std::uint8_t{0},
                          .server = server,
                          .transaction = to};
  const SendResult result = state_->deps().wire->transmit(base::Bytes(room).first(frame_bytes), ticket.pack());
  if (result.sent == Sent::kRefused) {
    state_->count(EngineCounter::kTxRefused);
    uplink.budget().give_back(token);
    state_->fetches.repeat_server(index, server);
    return false;
  }
  if (result.sent == Sent::kAccepted) count_accepted(ticket, result.at);
  costs_->record(fetch, 1);
  queues_->take_out(index, now);
  state_->transactions.note_sent(to, result.sent == Sent::kAccepted ? result.at : now);
  state_->fetches.note_sent(index, server);
  state_->fetches.forget_retransmits(index);
  deadlines_->set_due(index);
  deadlines_->arm(index);
  return true;
}

std::size_t PacketSender::write_frame(const Fetch& fetch, const Transaction& transaction,
                                      base::MutableBytes room) const noexcept {
  const Servers& servers = state_->uplinks[fetch.uplink].servers();
  const Path& path = servers.path(transaction.server);
  const net::Flow flow{.source_mac = path.source_mac,
                       .destination_mac = path.next_hop,
                       .vlan_tci = path.vlan_tci,
                       .source = transaction.local,
                       .destination = servers.address(transaction.server),
                       .source_port = transaction.port,
                       .destination_port = base::UdpPort(net::kDnsPort)};
  const dns::KeyView key = fetch.key.view();
  const dns::UpstreamQuery query{
      .id = transaction.id,
      .folded_qname = key.qname(),
      .letter_case = transaction.letter_case,
      .qtype = key.qtype(),
      .qclass = key.qclass(),
      .key_flags = key.flags(),
      .udp_payload_bytes = fetch.without_edns ? std::uint16_t{0} : state_->settings().udp_payload_bytes};
  const std::size_t headers = net::udp_header_bytes(flow);
  const std::size_t payload_bytes = fetch.opaque != nullptr
                                        ? write_opaque(room.subspan(headers), *fetch.opaque, transaction.id)
                                        : dns::write_upstream_query(room.subspan(headers), query);
  if (payload_bytes == 0) return 0;
  return net::write_udp_frame(room, flow, payload_bytes, net::TxChecksum::kSoftware);
}

void PacketSender::count_accepted(const WireTicket& ticket, base::Instant at) noexcept {
  Uplink& uplink = state_->uplinks[ticket.uplink];
  uplink.budget().confirm(ticket.token, at);
  uplink.servers().note_sent(ticket.server);
  state_->count(EngineCounter::kSent);
  if (ticket.resend != 0) state_->count(EngineCounter::kResent);
}

void PacketSender::on_transmitted(std::uint64_t packed, SendResult result) noexcept {
  const WireTicket ticket = WireTicket::unpack(packed);
  SLUICE_REQUIRE(ticket.uplink < state_->uplinks.size() && ticket.transaction < state_->transactions.capacity());
  const bool accepted = result.sent == Sent::kAccepted;
  if (accepted) {
    count_accepted(ticket, result.at);
  } else {
    state_->count(EngineCounter::kTxRefused);
    state_->uplinks[ticket.uplink].budget().give_back(ticket.token);
  }
  const Transaction& transaction = state_->transactions[ticket.transaction];
  if (!transaction.live || transaction.generation != ticket.generation) return;  // the fetch has ended meanwhile
  if (!accepted) return take_back(ticket);
  const Fetch& fetch = state_->fetches[transaction.fetch];
  if (fetch.transaction != ticket.transaction || fetch.stage != Stage::kSent) return;
  state_->transactions.correct_sent_at(ticket.transaction, result.at);
  deadlines_->set_due(transaction.fetch);
  deadlines_->arm(transaction.fetch);
}

void PacketSender::take_back(const WireTicket& ticket) noexcept {
  const Transaction& transaction = state_->transactions[ticket.transaction];
  const Fetch& fetch = state_->fetches[transaction.fetch];
  state_->transactions.note_not_sent(ticket.transaction);
  state_->fetches.note_not_sent(transaction.fetch);
  if (fetch.transaction != ticket.transaction || fetch.stage != Stage::kSent) return;
  state_->fetches.repeat_server(transaction.fetch, fetch.server);
  queues_->enqueue(transaction.fetch, transaction.last_sent_at);
}

}  // namespace egress
