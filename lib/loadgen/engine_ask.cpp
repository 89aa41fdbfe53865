// SPDX-License-Identifier: Apache-2.0
// Queries of the engine: drawn, written, handed to the back end.
#include <algorithm>
#include <cstring>

#include "dns/header.hpp"
#include "loadgen/engine.hpp"

namespace loadgen {
namespace {

constexpr std::size_t kPortRun = 16;  // consecutive queries that share a client's port, and so a system call
constexpr int kIdGuesses = 64;
constexpr std::uint16_t kDoFlag = 0x8000;
constexpr std::uint32_t kFirstSpoofedPort = 1'024;

void randomise_case(base::MutableBytes name, std::uint64_t seed) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < name.size(); ++i, bits >>= 1U) {
    if (i % 64 == 0) bits = base::mix(seed + i);
    const auto c = std::to_integer<unsigned>(name[i]) | 0x20U;
    // Length octets are below 64, so none is taken for a letter.
    if (c >= 'a' && c <= 'z' && std::to_integer<unsigned>(name[i]) >= 'A') {
      name[i] = static_cast<std::byte>(bits & 1U ? c : c & ~0x20U);
    }
  }
}

}  // namespace

std::size_t Engine::write_question(const Stream& stream, const OpenQuery& query, std::byte* room) const noexcept {
  const std::size_t size = stream.names.write(query.draw, room);
  if (stream.spec.letter_case == LetterCase::kRandom) randomise_case({room, size}, query.case_seed);
  base::store_be16(room + size, query.qtype);
  base::store_be16(room + size + 2, static_cast<std::uint16_t>(dns::QClass::kIn));
  return size + 4;
}

void Engine::write_query(const Stream& stream, const OpenQuery& query, Outgoing& out) const noexcept {
  const bool has_opt = stream.spec.edns_bytes != 0 || stream.spec.dnssec == Dnssec::kOk;
  base::ByteWriter header({out.data.data(), dns::kHeaderBytes});
  dns::Header{base::TxId(query.id), dns::kFlagRd, 1, 0, 0, static_cast<std::uint16_t>(has_opt ? 1 : 0)}.write(header);
  std::size_t size = dns::kHeaderBytes + write_question(stream, query, out.data.data() + dns::kHeaderBytes);
  if (has_opt) {
    base::ByteWriter opt(base::MutableBytes(out.data).subspan(size));
    opt.u8(0);  // the root
    opt.u16(static_cast<std::uint16_t>(dns::QType::kOpt));
    opt.u16(stream.spec.edns_bytes != 0 ? stream.spec.edns_bytes : std::uint16_t{dns::kUdpPayloadBytes});
    opt.u16(0);  // extended rcode and version
    opt.u16(stream.spec.dnssec == Dnssec::kOk ? kDoFlag : std::uint16_t{0});
    opt.u16(0);
    size += opt.size();
  }
  out.bytes = static_cast<std::uint16_t>(size);
}

dns::QType Engine::draw_type(Stream& stream, std::uint64_t draw) noexcept {
  if (const auto type = stream.names.type_of(draw)) return *type;
  if (stream.spec.types.size() == 1) return stream.spec.types.front().type;
  std::uint32_t at = stream.draws.below(stream.type_weights);
  for (const TypeShare& share : stream.spec.types) {
    if (at < share.weight) return share.type;
    at -= share.weight;
  }
  return stream.spec.types.back().type;
}

std::uint32_t Engine::open_query(Stream& stream, std::uint32_t endpoint) noexcept {
  for (int i = 0; i < kIdGuesses; ++i) {
    const auto id = static_cast<std::uint16_t>(stream.chance.next());
    if (table_.find(endpoint, id) == QueryTable::kNone) return table_.open(endpoint, id);
  }
  return QueryTable::kNone;
}

void Engine::ask_new(std::size_t index, base::Instant intended) noexcept {
  Stream& stream = streams_[index];
  const std::uint64_t draw = stream.names.draw(stream.draws);
  const auto qtype = static_cast<std::uint16_t>(draw_type(stream, draw));
  const std::optional<std::uint32_t> whose = stream.names.client_of(draw);
  const std::uint32_t client = whose                      ? *whose % stream.spec.clients
                               : stream.spec.clients == 1 ? 0
                                                          : stream.draws.below(stream.spec.clients);
  const std::uint64_t case_seed = stream.spec.letter_case == LetterCase::kRandom ? stream.draws.next() : 0;
  const auto port = static_cast<std::uint32_t>(stream.stats.queries / kPortRun % stream.spec.ports);
  const std::uint32_t slot = open_query(stream, stream.first_endpoint + client * stream.spec.ports + port);
  if (slot == QueryTable::kNone) {
    ++stream.stats.unsent;
    stream.stats.latency.record(
        stream.spec.retry.client_timeout());  // it is never sent: counts as the whole client timeout
    return;
  }
  OpenQuery& query = table_[slot];
  query.intended = intended;
  query.draw = draw;
  query.case_seed = case_seed;
  query.qtype = qtype;
  query.stream = static_cast<std::uint8_t>(index);
  query.tries = 1;
  most_waiting_ = std::max(most_waiting_, ++waiting_);
  table_.set_deadline(slot, intended + stream.spec.retry.waits[0]);
  Outgoing& out = batch_[batch_end_ % kBatch];
  out.endpoint = query.endpoint;
  write_query(stream, query, out);
  in_batch_[batch_end_++ % kBatch] = {query.stream, intended};
}

void Engine::ask_spoofed(std::size_t index, base::Instant intended) noexcept {
  Stream& stream = streams_[index];
  OpenQuery query;
  query.draw = stream.names.draw(stream.draws);
  query.qtype = static_cast<std::uint16_t>(draw_type(stream, query.draw));
  query.case_seed = stream.draws.next();
  query.id = static_cast<std::uint16_t>(stream.chance.next());
  Outgoing& out = batch_[batch_end_ % kBatch];
  out.endpoint = kSpoofed;
  auto octets = stream.spec.spoof->address.octets();
  std::uint64_t bits = 0;
  for (std::size_t bit = stream.spec.spoof->length, left = 0; bit < 8 * octets.size(); ++bit, --left, bits >>= 1U) {
    if (left == 0) {
      bits = stream.draws.next();
      left = 64;
    }
    if (bits & 1U) octets[bit / 8] |= static_cast<std::byte>(0x80U >> (bit % 8));
  }
  out.source = net::IpAddress::v6(octets.data());
  out.source_port =
      base::UdpPort(static_cast<std::uint16_t>(kFirstSpoofedPort + stream.draws.below(65'536 - kFirstSpoofedPort)));
  write_query(stream, query, out);
  in_batch_[batch_end_++ % kBatch] = {static_cast<std::uint8_t>(index), intended};
}

void Engine::ask_again(std::uint32_t slot) noexcept {
  OpenQuery& query = table_[slot];
  if (batch_end_ - batch_begin_ == kBatch) flush(now_);
  if (batch_end_ - batch_begin_ == kBatch) return table_.set_deadline(slot, query.deadline);  // in the next turn
  Stream& stream = streams_[query.stream];
  Outgoing& out = batch_[batch_end_ % kBatch];
  out.endpoint = query.endpoint;
  write_query(stream, query, out);
  in_batch_[batch_end_++ % kBatch] = {query.stream, base::Instant::never()};
  ++stream.stats.retries;
  table_.set_deadline(slot, query.deadline + stream.spec.retry.waits[query.tries++]);
}

// The batch is a ring; what wraps goes out in two pieces.
void Engine::flush(base::Instant now) noexcept {
  while (batch_begin_ != batch_end_) {
    const std::size_t at = batch_begin_ % kBatch;
    const std::size_t piece = std::min(batch_end_ - batch_begin_, kBatch - at);
    const std::size_t sent = backend_->send(std::span(batch_).subspan(at, piece));
    for (std::size_t i = at; i < at + sent; ++i) {
      StreamStats& stats = streams_[in_batch_[i].stream].stats;
      ++stats.packets;
      ++stats.second(now - begin_).packets_sent;
      if (in_batch_[i].intended != base::Instant::never())
        static_cast<void>(handed_over_.push_back(in_batch_[i].intended));
    }
    batch_begin_ += sent;
    if (sent != piece) return;
  }
}

}  // namespace loadgen
