// SPDX-License-Identifier: Apache-2.0
// Settings, ports and memory around the data plane, and the turns of its roles.
#include "in_process.hpp"

#include <array>

namespace test {
namespace {

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
  make_generation();
  make_plane();
  learn_paths();
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

void InProcess::publish(answer::Generation next) {
  next.number = generation().number + 1;
  published_.store(&later_.emplace_back(std::move(next)));
}

void InProcess::make_plane() {
  using appliance::Part;
  const auto built_if = [](bool wanted) { return wanted ? Part::kBuilt : Part::kLeftOut; };
  const appliance::Plan plan{
      .workers = static_cast<std::uint16_t>(spec_.workers),
      .coalesce = spec_.coalesce,
      .egress = spec_.egress,
      .cache = spec_.cache,
      .tcp_responder = built_if(spec_.tcp),
      .tcp_fetches = built_if(spec_.streams),
      .kernel = Part::kBuilt,
      .egress_tx = spec_.relayed_egress ? appliance::EgressTx::kRelayed : appliance::EgressTx::kOwnQueue};
  table_memory_ = std::make_unique<AlignedMemory>(appliance::DataPlane::bytes_needed(plan));
  appliance::Dependencies with;
  with.table_memory = table_memory_->bytes();
  with.cache_memory = cache_memory_.bytes();
  for (std::size_t i = 0; i < spec_.workers; ++i)
    with.worker_ports.push_back(&ports_.emplace_back(lent_, spec_.packet_room));
  with.egress_port = &ports_.emplace_back(lent_, spec_.packet_room);
  with.clock = &clock;
  with.hash = &hash_;
  with.entropy = &entropy_;
  with.factors = spec_.factors;
  with.generation = [this](std::size_t /*reader*/) { return answer::GenerationReader(&published_); };
  plane_ = std::make_unique<appliance::DataPlane>(plan, with);
  plane_->online();
}

void InProcess::learn_paths() {
  for (std::uint16_t uplink = 0; uplink < spec_.egress.uplinks.size(); ++uplink) {
    for (std::uint16_t server = 0; server < spec_.egress.uplinks[uplink].servers.size(); ++server) {
      const bool is_v4 = spec_.egress.uplinks[uplink].servers[server].is_v4();
      engine().on_path(
          uplink, server,
          {.next_hop = {{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}}},
           .source_mac = {{std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}}},
           .source = is_v4 ? v4(10, 77, 0, 53) : v6(0xfd77, 0x53),
           .vlan_tci = 0,
           .resolved = true});
    }
  }
}

base::MutableBytes InProcess::StreamSink::open(const coalesce::Waiter& /*waiter*/) noexcept { return room; }

void InProcess::StreamSink::send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept {
  const auto end = room.begin() + static_cast<std::ptrdiff_t>(message_bytes);
  replies.push_back({waiter.stream, Frame(room.begin(), end)});
}

void InProcess::tcp_query(base::Handle stream, const net::Flow& flow, const Frame& message) {
  std::vector<std::byte> room(65'535);
  std::copy(message.begin(), message.end(), room.begin());
  answer::Query query;
  query.room = room;
  query.bytes = message.size();
  query.flow = &flow;
  query.stream = stream;
  query.transport = answer::Transport::kTcp;
  tcp_responder().begin_turn(clock.now());
  if (tcp_responder().ask(query, clock.now()) == answer::TcpResponder::Reply::kNow) {
    const auto end = room.begin() + static_cast<std::ptrdiff_t>(query.reply_bytes);
    stream_sink_.replies.push_back({stream, Frame(room.begin(), end)});
  }
  tcp_responder().end_turn();
}

std::size_t InProcess::tcp_turn() {
  tcp_responder().begin_turn(clock.now());
  const std::size_t work = tcp_responder().answer_waiters(clock.now(), stream_sink_);
  tcp_responder().end_turn();
  return work;
}

void InProcess::poll() {
  plane_->poll_workers(clock.now());
  if (spec_.tcp && drives_tcp) tcp_turn();
  egress_role().poll(clock.now());
}

void InProcess::settle() {
  std::size_t work = 1;
  while (work != 0) {
    work = plane_->poll_workers(clock.now());
    if (spec_.tcp && drives_tcp) work += tcp_turn();
    work += egress_role().poll(clock.now());
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
  egress::TcpFetchRing& ring = *plane_->tcp_fetches();
  for (const egress::TcpFetch* ask = ring.front(); ask != nullptr; ask = ring.front()) {
    asks.push_back(*ask);
    ring.pop();
  }
  return asks;
}

void InProcess::end_stream(const egress::TcpReply& reply) { SLUICE_REQUIRE(plane_->tcp_replies()->push(reply)); }

std::vector<Frame> InProcess::punted() {
  std::vector<Frame> all;
  for (std::size_t i = 0; i < spec_.workers; ++i) {
    packet::PacketRing& ring = *plane_->punts()[i];
    for (const packet::Packet* packet = ring.front(); packet != nullptr; packet = ring.front()) {
      all.emplace_back(packet->data, packet->data + packet->length);
      ports_[i].release({packet, 1});
      ring.pop();
    }
  }
  return all;
}

std::uint64_t InProcess::count(answer::Counter which) const {
  std::uint64_t sum = 0;
  for (const worker::Worker* worker : plane_->workers()) sum += worker->counters().read(which);
  if (spec_.tcp) sum += plane_->tcp_responder()->counters().read(which);
  return sum;
}

bool InProcess::conserved() const {
  std::uint64_t outcomes = 0;
  std::uint64_t drops = 0;
  for (std::uint16_t i = 0; i < static_cast<std::uint16_t>(answer::Counter::kCount); ++i) {
    const auto which = static_cast<answer::Counter>(i);
    if (answer::is_query_outcome(which)) outcomes += count(which);
    if (answer::is_frame_drop(which)) drops += count(which);
  }
  const std::uint64_t queries = count(answer::Counter::kQueries);
  const std::uint64_t rest = count(answer::Counter::kResponses) + count(answer::Counter::kPunted) + drops;
  const std::uint64_t by_stream = spec_.tcp ? plane_->tcp_responder()->counters().read(answer::Counter::kQueries) : 0;
  return queries == outcomes && count(answer::Counter::kRxPkts) + by_stream == queries + rest;
}

}  // namespace test
