// SPDX-License-Identifier: Apache-2.0
// The egress core's poll: rings in, engine, packets out.
#include "worker/egress_role.hpp"

#include <cstring>

namespace worker {

using packet::Packet;

namespace {

constexpr std::size_t kMissesPerRing = 64;  // of one worker per poll
constexpr std::size_t kResponsesPerRing = 64;
constexpr std::size_t kStreamsPerPoll = 8;
constexpr std::size_t kForeignPerPoll = 8;
constexpr std::size_t kFlushBucketsPerPoll = 4'096;
constexpr std::size_t kLoadsPerPoll = 64;
constexpr base::Duration kSweepEvery = std::chrono::milliseconds(10);
constexpr std::size_t kSweepShare = 10'000;                  // 1 % of the buckets a second, in steps of 10 ms
constexpr std::uint64_t kForeignTicket = ~std::uint64_t{1};  // its result is ignored

bool load(Packet& packet, base::Bytes frame) noexcept {
  if (frame.size() > packet.room) return false;
  std::memcpy(packet.data, frame.data(), frame.size());
  packet.length = static_cast<std::uint16_t>(frame.size());
  packet.tx_checksum = net::TxChecksum::kSoftware;
  return true;
}

}  // namespace

egress::SendResult PortWire::transmit(base::Bytes frame, std::uint64_t /*ticket*/) noexcept {
  Packet packet;
  if (!port_->allocate(packet)) {
    counters_->add(EgressRoleCounter::kWireNoBuffer);
    return {egress::Sent::kRefused, {}};
  }
  if (!load(packet, frame) || port_->transmit({&packet, 1}) != 1) {
    port_->release({&packet, 1});
    return {egress::Sent::kRefused, {}};
  }
  return {egress::Sent::kAccepted, clock_->now()};  // after the port has accepted it
}

egress::SendResult RelayWire::transmit(base::Bytes frame, std::uint64_t ticket) noexcept {
  Packet packet;
  if (!port_->allocate(packet)) {
    counters_->add(EgressRoleCounter::kWireNoBuffer);
    return {egress::Sent::kRefused, {}};
  }
  if (!load(packet, frame) || !relays_->push({packet, ticket})) {
    port_->release({&packet, 1});
    return {egress::Sent::kRefused, {}};
  }
  return {egress::Sent::kPending, {}};
}

EgressRole::EgressRole(const Spec& spec) noexcept : spec_(spec) {}

std::size_t EgressRole::poll(base::Instant now) noexcept {
  take_settings(now);
  take_factors();
  std::size_t work = take_updates();  // results of relayed packets, paths
  work += take_responses(now);        // replies first: they end fetches and answer clients
  work += take_streams(now);
  work += take_misses(now);
  work += take_foreign(now);  // the kernel's packets to an upstream, one token each
  spec_.engine->poll(now);    // timeouts, retries, sends
  work += serve_mailbox(now);
  sweep(now);
  spec_.cache->reclaim();
  spec_.counters->add(EgressRoleCounter::kPolls);
  if (work != 0) spec_.counters->add(EgressRoleCounter::kBusyPolls);
  return work;
}

// Once per poll, so that a poll works with one generation.
void EgressRole::take_settings(base::Instant now) noexcept {
  if (!spec_.generation.is_set()) return;
  const answer::Generation& generation = *spec_.generation.load();
  if (spec_.recorder != nullptr) {
    spec_.recorder->begin(now, generation.watch, generation.egress.zone_suffixes.span());
  }
  if (generation.number == settings_number_) return;
  settings_number_ = generation.number;
  spec_.engine->apply(generation.egress, generation.cache);
  spec_.cache->set_max_answer(generation.cache.max_answer_bytes);
}

void EgressRole::take_factors() noexcept {
  if (spec_.factors == nullptr || spec_.factors->version() == factors_version_) return;
  factors_version_ = spec_.factors->version();  // read first: later changes are seen in the next poll
  for (std::size_t i = 0; i < spec_.engine->uplinks(); ++i) {
    spec_.engine->scale_budget(static_cast<std::uint16_t>(i), spec_.factors->permille(i));
  }
}

std::size_t EgressRole::take_updates() noexcept {
  std::size_t work = 0;
  if (spec_.relayed != nullptr) {
    for (const Relayed* done = spec_.relayed->front(); done != nullptr; done = spec_.relayed->front()) {
      if (done->ticket != kForeignTicket) spec_.engine->on_transmitted(done->ticket, done->result);
      spec_.relayed->pop();
      ++work;
    }
  }
  for (const egress::PathUpdate* update = spec_.paths->front(); update != nullptr; update = spec_.paths->front()) {
    spec_.engine->on_path(update->uplink, update->server, update->path);
    spec_.paths->pop();
    ++work;
  }
  return work;
}

std::size_t EgressRole::take_responses(base::Instant now) noexcept {
  std::size_t work = 0;
  for (ResponseRing* ring : spec_.responses) {
    for (std::size_t i = 0; i < kResponsesPerRing; ++i) {
      const Response* response = ring->front();
      if (response == nullptr) break;
      const net::FrameView& frame = response->frame;
      spec_.engine->on_response(frame, response->packet.frame().subspan(frame.payload_offset, frame.payload_bytes),
                                now);
      spec_.port->release({&response->packet, 1});
      ring->pop();
      ++work;
    }
  }
  return work;
}

std::size_t EgressRole::take_streams(base::Instant now) noexcept {
  std::size_t work = 0;
  if (spec_.tcp_replies == nullptr) return work;
  for (; work < kStreamsPerPoll; ++work) {
    const egress::TcpReply* reply = spec_.tcp_replies->front();
    if (reply == nullptr) break;
    spec_.engine->on_tcp_reply(*reply, now);
    reply->release();
    spec_.tcp_replies->pop();
  }
  return work;
}

std::size_t EgressRole::take_misses(base::Instant now) noexcept {
  std::size_t work = 0;
  for (egress::MissRing* ring : spec_.misses) {
    for (std::size_t i = 0; i < kMissesPerRing; ++i) {
      const egress::Miss* miss = ring->front();
      if (miss == nullptr) break;
      spec_.engine->on_miss(*miss, now);
      ring->pop();
      ++work;
    }
  }
  return work;
}

// Without a token the frame stays at the front of its ring; the slow path drops and counts if the ring is full.
std::size_t EgressRole::take_foreign(base::Instant now) noexcept {
  std::size_t work = 0;
  for (; work < kForeignPerPoll; ++work) {
    const packet::Foreign* foreign = spec_.foreign->front();
    if (foreign == nullptr || !spec_.engine->charge_foreign(foreign->uplink, now)) break;
    const egress::SendResult result = spec_.wire->transmit(foreign->packet.frame(), kForeignTicket);
    spec_.counters->add(result.sent == egress::Sent::kRefused ? EgressRoleCounter::kForeignFull
                                                              : EgressRoleCounter::kForeignSent);
    spec_.port->release({&foreign->packet, 1});
    spec_.foreign->pop();
  }
  return work;
}

std::size_t EgressRole::serve_mailbox(base::Instant now) noexcept {
  Mailbox& box = *spec_.mailbox;
  if (box.state.load(std::memory_order_acquire) != Mailbox::State::kAsked) return 0;
  switch (box.request) {
    case Mailbox::Request::kListInflight:
      box.count = spec_.engine->list(box.rows, now);
      break;
    case Mailbox::Request::kListZones:
      box.count = spec_.engine->list_zones(box.zones);
      break;
    case Mailbox::Request::kFlush:
      if (flush_more(box)) return 1;
      break;
    case Mailbox::Request::kLoad:
      if (load_more(box, now)) return 1;
      break;
  }
  box.state.store(Mailbox::State::kDone, std::memory_order_release);
  return 1;
}

// A part of the table per poll, so that no packet waits for a flush.
bool EgressRole::flush_more(Mailbox& box) noexcept {
  if (!flushing_) {
    flushing_ = true;
    flush_cursor_ = {};
  }
  const base::Bytes name(box.name.data(), box.name_bytes);
  if (spec_.cache->flush(flush_cursor_, name, kFlushBucketsPerPoll, box.scope, box.only)) return true;
  flushing_ = false;
  box.count = static_cast<std::size_t>(flush_cursor_.removed);
  return false;
}

// A part per poll. An entry that the cache holds is newer than one from a file.
bool EgressRole::load_more(Mailbox& box, base::Instant now) noexcept {
  const std::size_t end = std::min(loaded_to_ + kLoadsPerPoll, box.entries.size());
  for (; loaded_to_ < end; ++loaded_to_) {
    const cache::NewEntry& entry = box.entries[loaded_to_];
    if (spec_.cache->find(entry.hash, entry.key) != nullptr) continue;
    if (spec_.cache->insert(entry, now) != nullptr) ++loaded_;
  }
  if (loaded_to_ < box.entries.size()) return true;
  box.count = loaded_;
  loaded_to_ = loaded_ = 0;
  return false;
}

void EgressRole::sweep(base::Instant now) noexcept {
  if (now - swept_at_ < kSweepEvery) return;
  swept_at_ = now;
  spec_.cache->sweep(now, spec_.cache->bucket_count() / kSweepShare + 1);
}

void EgressRole::release_all() noexcept {
  for (ResponseRing* ring : spec_.responses) {
    for (const Response* response = ring->front(); response != nullptr; response = ring->front()) {
      spec_.port->release({&response->packet, 1});
      ring->pop();
    }
  }
  for (const packet::Foreign* foreign = spec_.foreign->front(); foreign != nullptr; foreign = spec_.foreign->front()) {
    spec_.port->release({&foreign->packet, 1});
    spec_.foreign->pop();
  }
}

}  // namespace worker
