// SPDX-License-Identifier: Apache-2.0
// Placing the rings and tables, then making the roles over them.
#include "appliance/data_plane.hpp"

#include <bit>
#include <cstdint>

#include "base/arena.hpp"
#include "base/contract.hpp"

namespace appliance {
namespace {

constexpr std::size_t kMissSlots = 4'096;  // new questions of one subscriber between two polls of the egress core
constexpr std::size_t kResponseSlots = 1'024;
constexpr std::size_t kPacketSlots = 1'024;  // to and from the kernel
constexpr std::size_t kForeignSlots = 256;
constexpr std::size_t kRelaySlots = 256;
constexpr std::size_t kPathSlots = 256;

/// Every Miss gets one Completion, and at most max_pending are open.
std::size_t completion_slots(const coalesce::Settings& settings) noexcept {
  return std::bit_ceil(std::size_t{settings.max_pending} + 1);
}

}  // namespace

struct DataPlane::Placed {
  struct Subscriber {
    egress::MissRing* misses = nullptr;
    egress::CompletionRing* completions = nullptr;
    base::MutableBytes inflight;
    base::MutableBytes recorder;
  };
  Placed(base::Arena& arena, const Plan& plan);

  packet::PacketRing* injects = nullptr;
  packet::ForeignRing* foreign = nullptr;
  egress::PathRing* paths = nullptr;
  egress::TcpFetchRing* tcp_fetches = nullptr;
  egress::TcpReplyRing* tcp_replies = nullptr;
  worker::RelayRing* relays = nullptr;
  worker::RelayedRing* relayed = nullptr;
  std::vector<worker::ResponseRing*> responses;
  std::vector<packet::PacketRing*> punts;
  std::vector<Subscriber> subscribers;
  base::MutableBytes egress_recorder;
  base::MutableBytes allowance_cells;
  base::MutableBytes engine;
};

DataPlane::Placed::Placed(base::Arena& arena, const Plan& plan) {
  using Place = topk::Recorder::Place;
  if (plan.kernel == Part::kBuilt) injects = arena.ring<packet::Packet>(kPacketSlots);
  foreign = arena.ring<packet::Foreign>(kForeignSlots);
  paths = arena.ring<egress::PathUpdate>(kPathSlots);
  if (plan.tcp_fetches == Part::kBuilt) {
    tcp_fetches = arena.ring<egress::TcpFetch>(egress::kMaxTcpFetches);
    tcp_replies = arena.ring<egress::TcpReply>(egress::kMaxTcpFetches);
  }
  if (plan.egress_tx == EgressTx::kRelayed) {
    relays = arena.ring<worker::Relay>(kRelaySlots);
    relayed = arena.ring<worker::Relayed>(kRelaySlots);
  }
  for (std::size_t i = 0; i < plan.workers; ++i) {
    responses.push_back(arena.ring<worker::Response>(kResponseSlots));
    punts.push_back(plan.kernel == Part::kBuilt ? arena.ring<packet::Packet>(kPacketSlots) : nullptr);
  }
  for (std::size_t i = 0; i < plan.subscribers(); ++i) {
    Subscriber& subscriber = subscribers.emplace_back();
    subscriber.misses = arena.ring<egress::Miss>(kMissSlots);
    subscriber.completions = arena.ring<egress::Completion>(completion_slots(plan.coalesce));
    subscriber.inflight = arena.bytes(coalesce::InflightTable::bytes_needed(plan.coalesce));
    subscriber.recorder = arena.bytes(topk::Recorder::bytes_needed(Place::kAsker));
  }
  egress_recorder = arena.bytes(topk::Recorder::bytes_needed(Place::kEgress));
  allowance_cells = arena.bytes(policy::MissAllowance::bytes_needed());
  engine = arena.bytes(egress::Engine::bytes_needed(plan.egress));
}

std::size_t DataPlane::bytes_needed(const Plan& plan) {
  base::Arena arena;
  static_cast<void>(Placed(arena, plan));
  return arena.used();
}

DataPlane::DataPlane(const Plan& plan, const Dependencies& with)
    : DataPlane(plan, with, [&] {
        base::Arena arena(with.table_memory);
        return Placed(arena, plan);
      }()) {}

DataPlane::DataPlane(const Plan& plan, const Dependencies& with, const Placed& placed)
    : plan_(plan),
      with_(with),
      cache_(with.cache_memory, plan.cache, qsbr_),
      responses_(placed.responses),
      punts_(placed.punts),
      injects_(placed.injects),
      foreign_(placed.foreign),
      paths_(placed.paths),
      tcp_fetches_(placed.tcp_fetches),
      tcp_replies_(placed.tcp_replies),
      relays_(placed.relays),
      relayed_(placed.relayed) {
  SLUICE_REQUIRE(with.worker_ports.size() == plan.workers);
  for (const Placed::Subscriber& subscriber : placed.subscribers) {
    misses_.push_back(subscriber.misses);
    completions_.push_back(subscriber.completions);
  }
  make_recorders(placed);
  make_egress(placed);
  make_workers();
  if (plan.tcp_responder == Part::kBuilt) make_tcp_responder();
}

// All allowances lie over the same cells: a client has one allowance, whichever worker its queries come to.
void DataPlane::make_recorders(const Placed& placed) {
  using Place = topk::Recorder::Place;
  recorders_.emplace_back(placed.egress_recorder, Place::kEgress, *with_.hash);
  for (const Placed::Subscriber& subscriber : placed.subscribers) {
    recorders_.emplace_back(subscriber.recorder, Place::kAsker, *with_.hash);
    allowances_.emplace_back(placed.allowance_cells, *with_.hash);
    inflight_.emplace_back(subscriber.inflight, plan_.coalesce, *with_.hash);
  }
  for (const topk::Recorder& recorder : recorders_) recorder_views_.push_back(&recorder);
}

egress::Wire& DataPlane::make_wire() {
  if (plan_.egress_tx == EgressTx::kRelayed) {
    return relay_wire_.emplace(*with_.egress_port, *relays_, egress_counters_);
  }
  return port_wire_.emplace(*with_.egress_port, *with_.clock, egress_counters_);
}

void DataPlane::make_egress(const Placed& placed) {
  egress::Wire& wire = make_wire();
  const egress::Dependencies around{.cache = &cache_,
                                    .wire = &wire,
                                    .entropy = with_.entropy,
                                    .completions = completions_,
                                    .tcp_fetches = tcp_fetches_,
                                    .recorder = &recorders_.front()};
  engine_ = std::make_unique<egress::Engine>(placed.engine, plan_.egress, plan_.cache, around);
  egress_role_ = std::make_unique<worker::EgressRole>(
      worker::EgressRole::Spec{.engine = engine_.get(),
                               .wire = &wire,
                               .cache = &cache_,
                               .port = with_.egress_port,
                               .counters = &egress_counters_,
                               .misses = misses_,
                               .responses = responses_,
                               .paths = paths_,
                               .foreign = foreign_,
                               .relayed = relayed_,
                               .tcp_replies = tcp_replies_,
                               .mailbox = &mailbox_,
                               .factors = with_.factors,
                               .recorder = &recorders_.front(),
                               .generation = with_.generation(plan_.egress_reader())});
}

void DataPlane::make_workers() {
  for (std::uint16_t i = 0; i < plan_.workers; ++i) {
    const bool is_first = i == 0;
    specs_.push_back({.id = base::WorkerId(i),
                      .port = with_.worker_ports[i],
                      .clock = with_.clock,
                      .hash = with_.hash,
                      .cache = &cache_,
                      .qsbr = &qsbr_,
                      .inflight = &inflight_[i],
                      .recorder = &recorders_[i + std::size_t{1}],
                      .allowance = &allowances_[i],
                      .generation = with_.generation(i),
                      .links = {.misses = misses_[i],
                                .completions = completions_[i],
                                .responses = responses_[i],
                                .punts = punts_[i],
                                .injects = is_first ? injects_ : nullptr,
                                .relays = is_first ? relays_ : nullptr,
                                .relayed = is_first ? relayed_ : nullptr}});
    worker_views_.push_back(&workers_.emplace_back(specs_.back()));
  }
}

void DataPlane::make_tcp_responder() {
  tcp_responder_ = std::make_unique<answer::TcpResponder>(
      answer::TcpResponder::Spec{.id = base::WorkerId(plan_.workers),
                                 .hash = with_.hash,
                                 .cache = &cache_,
                                 .qsbr = &qsbr_,
                                 .inflight = &inflight_.back(),
                                 .misses = misses_.back(),
                                 .completions = completions_.back(),
                                 .generation = with_.generation(plan_.tcp_reader()),
                                 .recorder = &recorders_.back(),
                                 .allowance = &allowances_.back()});
}

void DataPlane::online() noexcept {
  for (std::size_t i = 0; i < plan_.workers; ++i) qsbr_.online(i);
}

void DataPlane::offline() noexcept {
  for (std::size_t i = 0; i < plan_.workers; ++i) qsbr_.offline(i);
  if (tcp_responder_) tcp_responder_->leave();
}

std::size_t DataPlane::poll_workers(base::Instant now) noexcept {
  std::size_t work = 0;
  for (worker::Worker& worker : workers_) work += worker.poll(now);
  return work;
}

void DataPlane::release_all() noexcept {
  egress_role_->release_all();
  for (worker::Worker& worker : workers_) worker.release_all();
}

}  // namespace appliance
