// SPDX-License-Identifier: Apache-2.0
// Assembling the in-process appliance.
#include "in_process.hpp"

#include <array>

namespace test {
namespace {

constexpr std::size_t kRingSlots = 4'096;

base::KeyedHash::Secret test_secret() {
  base::KeyedHash::Secret secret;
  CountingEntropy().fill(secret);
  return secret;
}

}  // namespace

net::IpAddress InProcess::v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  const std::array octets{static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                          static_cast<std::byte>(d)};
  return net::IpAddress::v4(octets.data());
}

net::IpAddress InProcess::v6(std::uint16_t first, std::uint16_t last) {
  std::array<std::byte, 16> octets{};
  base::store_be16(octets.data(), first);
  base::store_be16(octets.data() + 14, last);
  return net::IpAddress::v6(octets.data());
}

InProcess::InProcess(InProcessSpec spec)
    : spec_(std::move(spec)), hash_(test_secret()), cache_memory_(spec_.cache.size_bytes) {
  if (spec_.egress.uplinks.empty()) {
    egress::UplinkSettings uplink;
    SLUICE_REQUIRE(uplink.servers.push_back(v4(10, 77, 0, 2)));
    SLUICE_REQUIRE(spec_.egress.uplinks.push_back(uplink));
  }
  if (spec_.own.empty()) spec_.own = {v4(10, 77, 0, 53), v6(0xfd77, 0x53)};
  if (spec_.guard.allow.empty()) {
    SLUICE_REQUIRE(spec_.guard.allow.push_back({v4(0, 0, 0, 0), 96}));
    SLUICE_REQUIRE(spec_.guard.allow.push_back({v6(0, 0), 0}));
  }
  cache_ = std::make_unique<cache::Cache>(cache_memory_.bytes(), spec_.cache, qsbr_);
  make_generation();
  make_rings();
  make_recorders();
  make_roles();
  if (spec_.tcp) make_tcp_responder();
}

void InProcess::make_generation() {
  static constexpr std::array kRoot{std::byte{0}};
  if (spec_.forward.empty()) spec_.forward.push_back({kRoot, dns::UplinkId(0)});
  forward_slots_.resize(policy::ForwardTable::slots_for(spec_.forward.size()));
  forward_ =
      std::make_unique<policy::ForwardTable>(*policy::ForwardTable::create(spec_.forward, forward_slots_, hash_));
  local_slots_.resize(policy::LocalData::slots_for(spec_.local.names.size()));
  local_ = std::make_unique<policy::LocalData>(*policy::LocalData::create(spec_.local, local_slots_, hash_));
  acl_ = std::make_unique<policy::Acl>(spec_.guard);
  for (const net::IpAddress& own : spec_.own) SLUICE_REQUIRE(generation_.own.push_back(own));
  for (const egress::UplinkSettings& uplink : spec_.egress.uplinks) {
    for (const net::IpAddress& server : uplink.servers) SLUICE_REQUIRE(generation_.upstreams.push_back(server));
  }
  generation_.acl = acl_.get();
  generation_.forward = forward_.get();
  generation_.local = local_.get();
  generation_.cache = spec_.cache;
  generation_.egress = spec_.egress;
  generation_.number = 1;
  generation_.protocol = spec_.protocol;
  generation_.allowance = spec_.allowance;
  wall_.set(clock.now(), kUnixSec);
  generation_.wall = &wall_;
  published_.store(&generation_);
}

void InProcess::publish(worker::Generation next) {
  next.number = generation().number + 1;
  published_.store(&later_.emplace_back(std::move(next)));
}

void InProcess::make_rings() {
  for (std::size_t i = 0; i < spec_.workers; ++i) {
    ports_.emplace_back(lent_, spec_.packet_room);
    miss_views_.push_back(&misses_.emplace_back(kRingSlots).ring);
    completion_views_.push_back(&completions_.emplace_back(std::size_t{spec_.coalesce.max_questions} * 2).ring);
    response_views_.push_back(&responses_.emplace_back(kRingSlots).ring);
    punts_.emplace_back(kRingSlots);
  }
  ports_.emplace_back(lent_, spec_.packet_room);  // of the egress core
  if (spec_.tcp) {
    miss_views_.push_back(&misses_.emplace_back(kRingSlots).ring);
    completion_views_.push_back(&completions_.emplace_back(std::size_t{spec_.coalesce.max_questions} * 2).ring);
  }
}

void InProcess::make_recorders() {
  using Place = topk::Recorder::Place;
  const AlignedMemory& cells = table_memory_.emplace_back(policy::MissAllowance::bytes_needed());
  for (std::size_t i = 0; i < 1 + spec_.workers + std::size_t{spec_.tcp ? 1U : 0U}; ++i) {
    const Place place = i == 0 ? Place::kEgress : Place::kAsker;
    const AlignedMemory& memory = table_memory_.emplace_back(topk::Recorder::bytes_needed(place));
    recorders_.emplace_back(memory.bytes(), place, hash_);
    if (i == 0) continue;
    allowances_.emplace_back(cells.bytes(), hash_);
  }
}

std::vector<const topk::Recorder*> InProcess::recorders() const {
  std::vector<const topk::Recorder*> all;
  for (const topk::Recorder& recorder : recorders_) all.push_back(&recorder);
  return all;
}

void InProcess::make_roles() {
  port_wire_ = std::make_unique<worker::PortWire>(egress_port(), clock, egress_counters_);
  relay_wire_ = std::make_unique<worker::RelayWire>(egress_port(), relays_.ring, egress_counters_);
  egress::Wire* wire = port_wire_.get();
  if (spec_.relayed_egress) wire = relay_wire_.get();
  engine_memory_ = std::make_unique<AlignedMemory>(egress::Engine::bytes_needed(spec_.egress));
  engine_ =
      std::make_unique<egress::Engine>(engine_memory_->bytes(), spec_.egress, spec_.cache,
                                       egress::Dependencies{.cache = cache_.get(),
                                                            .wire = wire,
                                                            .entropy = &entropy_,
                                                            .completions = completion_views_,
                                                            .tcp_fetches = spec_.streams ? &tcp_fetches_.ring : nullptr,
                                                            .recorder = &recorders_.front()});
  egress_ = std::make_unique<worker::EgressRole>(
      worker::EgressRole::Spec{.engine = engine_.get(),
                               .wire = wire,
                               .cache = cache_.get(),
                               .port = &egress_port(),
                               .counters = &egress_counters_,
                               .misses = miss_views_,
                               .responses = response_views_,
                               .paths = &paths_.ring,
                               .foreign = &foreign_.ring,
                               .relayed = spec_.relayed_egress ? &relayed_.ring : nullptr,
                               .tcp_replies = &tcp_replies_.ring,
                               .mailbox = &mailbox_,
                               .factors = spec_.factors,
                               .recorder = &recorders_.front(),
                               .generation = &published_});
  for (std::uint16_t i = 0; i < spec_.workers; ++i) {
    const AlignedMemory& memory = table_memory_.emplace_back(coalesce::InflightTable::bytes_needed(spec_.coalesce));
    coalesce::InflightTable& table = tables_.emplace_back(memory.bytes(), spec_.coalesce, hash_);
    qsbr_.online(i);
    workers_.emplace_back(
        worker::Worker::Spec{.id = base::WorkerId(i),
                             .port = &ports_[i],
                             .clock = &clock,
                             .hash = &hash_,
                             .cache = cache_.get(),
                             .qsbr = &qsbr_,
                             .inflight = &table,
                             .recorder = &recorders_[i + std::size_t{1}],
                             .allowance = &allowances_[i],
                             .generation = &published_,
                             .links = {.misses = miss_views_[i],
                                       .completions = completion_views_[i],
                                       .responses = response_views_[i],
                                       .punts = &punts_[i].ring,
                                       .relays = spec_.relayed_egress && i == 0 ? &relays_.ring : nullptr,
                                       .relayed = spec_.relayed_egress && i == 0 ? &relayed_.ring : nullptr}});
  }
  for (std::uint16_t uplink = 0; uplink < spec_.egress.uplinks.size(); ++uplink) {
    for (std::uint16_t server = 0; server < spec_.egress.uplinks[uplink].servers.size(); ++server) {
      const bool is_v4 = spec_.egress.uplinks[uplink].servers[server].is_v4();
      engine_->on_path(
          uplink, server,
          {.next_hop = {{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}}},
           .source_mac = {{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}}},
           .source = is_v4 ? v4(10, 77, 0, 53) : v6(0xfd77, 0x53),
           .vlan_tci = 0,
           .resolved = true});
    }
  }
}

void InProcess::make_tcp_responder() {
  const AlignedMemory& memory = table_memory_.emplace_back(coalesce::InflightTable::bytes_needed(spec_.coalesce));
  coalesce::InflightTable& table = tables_.emplace_back(memory.bytes(), spec_.coalesce, hash_);
  tcp_responder_ = std::make_unique<worker::TcpResponder>(
      worker::TcpResponder::Spec{.id = base::WorkerId(static_cast<std::uint16_t>(spec_.workers)),
                                 .hash = &hash_,
                                 .cache = cache_.get(),
                                 .qsbr = &qsbr_,
                                 .inflight = &table,
                                 .misses = miss_views_.back(),
                                 .completions = completion_views_.back(),
                                 .generation = &published_,
                                 .recorder = &recorders_.back(),
                                 .allowance = &allowances_.back()});
}

base::MutableBytes InProcess::StreamSink::open(const coalesce::Waiter& /*waiter*/) noexcept { return room; }

void InProcess::StreamSink::send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept {
  const auto end = room.begin() + static_cast<std::ptrdiff_t>(message_bytes);
  replies.push_back({waiter.stream, Frame(room.begin(), end)});
}

void InProcess::tcp_query(base::Handle stream, const net::Flow& flow, const Frame& message) {
  std::vector<std::byte> room(65'535);
  std::copy(message.begin(), message.end(), room.begin());
  worker::Query query;
  query.room = room;
  query.bytes = message.size();
  query.flow = &flow;
  query.stream = stream;
  query.transport = worker::Transport::kTcp;
  tcp_responder_->begin_turn(clock.now());
  if (tcp_responder_->ask(query, clock.now()) == worker::TcpResponder::Fate::kAnswered) {
    const auto end = room.begin() + static_cast<std::ptrdiff_t>(query.reply_bytes);
    stream_sink_.replies.push_back({stream, Frame(room.begin(), end)});
  }
  tcp_responder_->end_turn();
}

std::size_t InProcess::tcp_turn() {
  tcp_responder_->begin_turn(clock.now());
  const std::size_t work = tcp_responder_->answer_waiters(clock.now(), stream_sink_);
  tcp_responder_->end_turn();
  return work;
}

void InProcess::poll() {
  for (worker::Worker& worker : workers_) worker.poll(clock.now());
  if (tcp_responder_ && drives_tcp) tcp_turn();
  egress_->poll(clock.now());
}

void InProcess::settle() {
  std::size_t work = 1;
  while (work != 0) {
    work = 0;
    for (worker::Worker& worker : workers_) work += worker.poll(clock.now());
    if (tcp_responder_ && drives_tcp) work += tcp_turn();
    work += egress_->poll(clock.now());
  }
}

void InProcess::run_for(base::Duration span, base::Duration step) {
  for (base::Duration done{0}; done < span; done += step) {
    clock.advance(step);
    settle();
  }
}

std::vector<Frame> InProcess::sent() {
  std::vector<Frame> all;
  for (HeapPort& port : ports_) {
    for (Frame& frame : port.sent()) all.push_back(std::move(frame));
  }
  return all;
}

std::vector<egress::TcpFetch> InProcess::tcp_fetches() {
  std::vector<egress::TcpFetch> asks;
  for (const egress::TcpFetch* ask = tcp_fetches_.ring.front(); ask != nullptr; ask = tcp_fetches_.ring.front()) {
    asks.push_back(*ask);
    tcp_fetches_.ring.pop();
  }
  return asks;
}

void InProcess::end_stream(const egress::TcpReply& reply) { SLUICE_REQUIRE(tcp_replies_.ring.push(reply)); }

std::vector<Frame> InProcess::punted() {
  std::vector<Frame> all;
  for (std::size_t i = 0; i < punts_.size(); ++i) {
    worker::PacketRing& ring = punts_[i].ring;
    for (const worker::Packet* packet = ring.front(); packet != nullptr; packet = ring.front()) {
      all.emplace_back(packet->data, packet->data + packet->length);
      ports_[i].release({packet, 1});
      ring.pop();
    }
  }
  return all;
}

std::uint64_t InProcess::count(worker::Counter which) const {
  std::uint64_t sum = 0;
  for (const worker::Worker& worker : workers_) sum += worker.counters().read(which);
  if (tcp_responder_) sum += tcp_responder_->counters().read(which);
  return sum;
}

bool InProcess::conserved() const {
  std::uint64_t fates = 0;
  std::uint64_t drops = 0;
  for (std::uint16_t i = 0; i < static_cast<std::uint16_t>(worker::Counter::kCount); ++i) {
    const auto which = static_cast<worker::Counter>(i);
    if (worker::is_query_fate(which)) fates += count(which);
    if (worker::is_frame_drop(which)) drops += count(which);
  }
  const std::uint64_t queries = count(worker::Counter::kQueries);
  const std::uint64_t rest = count(worker::Counter::kResponses) + count(worker::Counter::kPunted) + drops;
  const std::uint64_t by_stream = tcp_responder_ ? tcp_responder_->counters().read(worker::Counter::kQueries) : 0;
  return queries == fates && count(worker::Counter::kRxPkts) + by_stream == queries + rest;
}

}  // namespace test
