// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include "dns/answer.hpp"
#include "dns/name.hpp"

namespace egress {
namespace {

constexpr unsigned kSerialShift = 32;

}  // namespace

bool Streams::may_begin(const Question& question) const noexcept {
  return tables_->around.tcp_fetches != nullptr && tables_->settings.upstream_tcp != UpstreamTcp::kNever &&
         question.streams == 0 && question.opaque == nullptr;
}

bool Streams::begin(Index index, std::uint8_t server, TcpReason reason, base::Instant now) noexcept {
  TcpFetch* ask = tables_->streams_unanswered < kMaxTcpFetches ? tables_->around.tcp_fetches->reserve() : nullptr;
  if (ask == nullptr) {
    tables_->count(EngineCounter::kStreamRefused);
    return false;
  }
  Question& question = tables_->questions[index];
  const Servers& servers = tables_->uplink_of(question).servers;
  const dns::KeyView key = question.key.view();
  ask->ticket = std::uint64_t{++tables_->stream_serial} << kSerialShift | index;
  ask->local = servers.path(server).source;
  ask->server = servers.address(server);
  ask->patience = tables_->settings.stream_timeout;
  const std::size_t query_bytes = dns::write_upstream_query(
      ask->query,
      {.id = base::TxId(0),
       .folded_qname = key.qname(),
       .letter_case = {},
       .qtype = key.qtype(),
       .qclass = key.qclass(),
       .key_flags = key.flags(),
       .udp_payload_bytes = question.without_edns ? std::uint16_t{0} : tables_->settings.udp_payload_bytes});
  SLUICE_REQUIRE(query_bytes != 0);
  ask->query_bytes = static_cast<std::uint16_t>(query_bytes);
  tables_->around.tcp_fetches->publish();
  ++tables_->streams_unanswered;
  tables_->count(EngineCounter::kStreamAsked);
  tables_->charge(index, now);
  tables_->unqueue(index);
  tables_->close_attempts(question, now);
  tables_->enter_stream(index, server, reason, now);
  return true;
}

Index Streams::take(const TcpReply& reply) noexcept {
  SLUICE_REQUIRE(tables_->streams_unanswered != 0);
  --tables_->streams_unanswered;
  const auto index = static_cast<Index>(reply.ticket & 0xffff'ffffU);
  SLUICE_REQUIRE(index < tables_->questions.capacity());
  const Question& question = tables_->questions[index];
  const bool waits = question.stage == Stage::kStream && question.stream_serial == reply.ticket >> kSerialShift;
  return waits ? index : kNoIndex;
}

bool Streams::is_answer(Index index, const dns::ResponseView& response) const noexcept {
  const dns::KeyView key = tables_->questions[index].key.view();
  return response.qtype() == key.qtype() && response.qclass() == key.qclass() &&
         dns::equal_names(response.qname().wire(), key.qname());
}

}  // namespace egress
