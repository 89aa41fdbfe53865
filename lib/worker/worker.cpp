// SPDX-License-Identifier: Apache-2.0
// The worker's poll, which is the table of contents, and its stages.
#include "worker/worker.hpp"

namespace worker {

using answer::Counter;
using packet::Packet;

namespace {

constexpr std::uint32_t kHousekeepingPolls = 64;         // a power of two
constexpr std::size_t kPacketsPerPoll = packet::kBurst;  // of each ring

}  // namespace

Worker::Worker(const Spec& spec) noexcept
    : id_(spec.id),
      port_(spec.port),
      clock_(spec.clock),
      qsbr_(spec.qsbr),
      published_(spec.generation),
      links_(spec.links),
      tx_checksum_(spec.port->tx_checksum()),
      out_(*spec.port, counters_),
      answerer_({.id = spec.id,
                 .hash = spec.hash,
                 .cache = spec.cache,
                 .inflight = spec.inflight,
                 .misses = spec.links.misses,
                 .completions = spec.links.completions,
                 .recorder = spec.recorder,
                 .allowance = spec.allowance},
                counters_) {}

std::size_t Worker::poll(base::Instant now) noexcept {
  const base::Qsbr::Token token = qsbr_->token();  // before the completion ring is read
  generation_ = published_.load();
  answerer_.begin(*generation_, now);

  std::size_t work = burst_.receive(*port_);  // up to kBurst packets, owned by burst_ until settle()
  if (work != 0) {
    counters_.add(Counter::kRxPkts, work);
    parse_frames();               // Ethernet..UDP  -> query | kToEgress | kPunt | drop by name
    if (parse_messages() != 0) {  // DNS            -> key | error reply | drop by name
      locate();                   // key            -> hash; prefetch of the bucket
      prefetch_entries();
      if (answer_hits(now) != 0) {  // hit          -> reply, in place
        ask_upstream(now);          // miss         -> waiter kept, one record to egress | SERVFAIL
      }
    }
    frame_replies();  // query          -> kReply | kDone
    settle();         // each packet leaves here, once, by its verdict
  }
  work += answerer_.waiters.answer_completions(now, replies_);  // answers that egress posted -> a reply for each waiter
  work += relay_for_egress();
  work += inject_from_kernel();
  out_.flush();

  report_quiescent(token);
  if ((++polls_ & (kHousekeepingPolls - 1)) == 0) {
    answerer_.waiters.expire_waiters(now, replies_);
    out_.flush();
  }
  counters_.add(Counter::kPolls);
  if (work != 0) counters_.add(Counter::kBusyPolls);
  return work;
}

void Worker::parse_frames() noexcept {
  std::size_t queries = 0;
  for (Slot& slot : burst_.slots()) {
    if (slot.packet->segmented) {
      drop(slot, Counter::kFrameSegmented);
      continue;
    }
    const auto reject = slot.frame.read(slot.packet->frame(), slot.packet->checksum);
    if (!reject) {
      queries += classify(slot) == Verdict::kQuery ? 1U : 0U;
      continue;
    }
    switch (*reject) {
      case net::FrameReject::kPunt:
        slot.verdict = Verdict::kPunt;
        break;
      case net::FrameReject::kShort:
        drop(slot, Counter::kFrameShort);
        break;
      case net::FrameReject::kIpChecksum:
        drop(slot, Counter::kFrameIpChecksum);
        break;
      case net::FrameReject::kUdpChecksum:
        drop(slot, Counter::kFrameUdpChecksum);
        break;
      case net::FrameReject::kMartian:
        drop(slot, Counter::kFrameMartian);
        break;
      case net::FrameReject::kDnsFragment:
        drop(slot, Counter::kFrameDnsFragment);
        break;
    }
  }
  counters_.add(Counter::kQueries, queries);
}

// A query goes to port 53 of one of our addresses; a response comes from port 53 of an upstream. All other UDP goes to the
// kernel.
Verdict Worker::classify(Slot& slot) noexcept {
  const net::Flow& flow = slot.frame.flow;
  if (!generation_->is_own(flow.destination)) {
    slot.verdict = Verdict::kPunt;
  } else if (flow.destination_port.value() == net::kDnsPort) {
    slot.verdict = Verdict::kQuery;
    slot.begin_query();
  } else if (flow.source_port.value() == net::kDnsPort && generation_->is_upstream(flow.source)) {
    slot.verdict = Verdict::kToEgress;
  } else {
    slot.verdict = Verdict::kPunt;
  }
  return slot.verdict;
}

std::size_t Worker::parse_messages() noexcept {
  std::size_t open = 0;
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict != Verdict::kQuery) continue;
    answerer_.queries.parse(slot.query);
    open += slot.query.is_open() ? 1U : 0U;
  }
  return open;
}

void Worker::locate() noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.is_open()) answerer_.queries.locate(slot.query);
  }
}

void Worker::prefetch_entries() noexcept {
  std::size_t elsewhere = 0;
  for (Slot& slot : burst_.slots()) {
    if (slot.is_open()) elsewhere += answerer_.queries.prefetch_entry(slot.query) ? 1U : 0U;
  }
  if (elsewhere == 0) return;
  for (Slot& slot : burst_.slots()) {
    if (slot.is_open()) answerer_.queries.prefetch_elsewhere(slot.query);
  }
}

std::size_t Worker::answer_hits(base::Instant now) noexcept {
  std::size_t open = 0;
  for (Slot& slot : burst_.slots()) {
    if (!slot.is_open()) continue;
    answerer_.queries.answer_hit(slot.query, now);
    open += slot.query.is_open() ? 1U : 0U;
  }
  return open;
}

void Worker::ask_upstream(base::Instant now) noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.is_open()) answerer_.queries.ask(slot.query, now);
  }
}

void Worker::frame_replies() noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict != Verdict::kQuery) continue;
    answerer_.record(slot.query);
    slot.verdict = Verdict::kDone;
    if (slot.query.state == answer::QueryState::kAnswered) frame_reply(slot);
  }
}

void Worker::frame_reply(Slot& slot) noexcept {
  Packet& packet = *slot.packet;
  packet.tx_checksum = tx_checksum_;
  packet.l3_offset = static_cast<std::uint8_t>(slot.frame.l3_offset);
  packet.length =
      static_cast<std::uint16_t>(net::make_reply(packet.writable(), slot.frame, slot.query.reply_bytes, tx_checksum_));
  if (packet.length == 0) return drop(slot, Counter::kNoReplyRoom);
  slot.verdict = Verdict::kReply;
}

// A waiter's reply is a new packet: the query's buffer was released after its burst.
base::MutableBytes Worker::Replies::open(const coalesce::Waiter& waiter) noexcept {
  if (!worker_.port_->allocate(packet_)) {
    worker_.counters_.add(Counter::kNoBuffer);
    return {};
  }
  return packet_.writable().subspan(net::udp_header_bytes(waiter.reply_flow));
}

void Worker::Replies::send(const coalesce::Waiter& waiter, std::size_t message_bytes) noexcept {
  packet_.tx_checksum = worker_.tx_checksum_;
  packet_.l3_offset = net::l3_offset_of(waiter.reply_flow);
  packet_.length = static_cast<std::uint16_t>(
      net::write_udp_frame(packet_.writable(), waiter.reply_flow, message_bytes, packet_.tx_checksum));
  worker_.out_.push(packet_);
}

void Worker::Replies::cancel() noexcept { worker_.port_->release({&packet_, 1}); }

void Worker::settle() noexcept {
  std::size_t done = 0;
  for (Slot& slot : burst_.slots()) {
    if (slot.verdict == Verdict::kReply) [[likely]] {
      out_.push(*slot.packet);
    } else if (slot.verdict == Verdict::kPunt) {
      punt(slot);
    } else if (slot.verdict == Verdict::kToEgress) {
      hand_to_egress(slot);
    } else {  // kDone; frame_replies() has left no kQuery
      done_[done++] = *slot.packet;
    }
  }
  if (done != 0) port_->release({done_.data(), done});
  burst_.clear();
}

void Worker::punt(Slot& slot) noexcept {
  if (links_.punts != nullptr && links_.punts->push(*slot.packet)) {
    counters_.add(Counter::kPunted);
    return;
  }
  counters_.add(Counter::kPuntFull);
  port_->release({slot.packet, 1});
}

void Worker::hand_to_egress(Slot& slot) noexcept {
  if (links_.responses->push(Response{*slot.packet, slot.frame})) {
    counters_.add(Counter::kResponses);
    return;
  }
  counters_.add(Counter::kResponseFull);
  port_->release({slot.packet, 1});
}

void Worker::drop(Slot& slot, Counter reason) noexcept {
  counters_.add(reason);
  slot.verdict = Verdict::kDone;
}

std::size_t Worker::relay_for_egress() noexcept {
  if (links_.relays == nullptr) return 0;
  std::size_t work = 0;
  for (; work < kPacketsPerPoll; ++work) {
    const Relay* relay = links_.relays->front();
    if (relay == nullptr) break;
    const Relay taken = *relay;
    links_.relays->pop();
    egress::SendResult result{egress::Sent::kRefused, {}};
    if (port_->transmit({&taken.packet, 1}) == 1) {
      result = {egress::Sent::kAccepted, clock_->now()};
      counters_.add(Counter::kTxPkts);
      counters_.add(Counter::kRelayed);
    } else {
      port_->release({&taken.packet, 1});
    }
    SLUICE_REQUIRE(links_.relayed->push({taken.ticket, result}));  // it has as many slots as the ring of relays
  }
  return work;
}

std::size_t Worker::inject_from_kernel() noexcept {
  if (links_.injects == nullptr) return 0;
  std::size_t work = 0;
  for (; work < kPacketsPerPoll; ++work) {
    const Packet* packet = links_.injects->front();
    if (packet == nullptr) break;
    out_.push(*packet);
    links_.injects->pop();
    counters_.add(Counter::kInjected);
  }
  return work;
}

// The token was taken before the completion ring was read: completions posted since belong to a later token.
void Worker::report_quiescent(base::Qsbr::Token token) noexcept {
  if (!answerer_.waiters.holds_completion()) qsbr_->report(id_.value(), token);
}

void Worker::release_all() noexcept {
  if (links_.injects != nullptr) {
    for (const Packet* packet = links_.injects->front(); packet != nullptr; packet = links_.injects->front()) {
      port_->release({packet, 1});
      links_.injects->pop();
    }
  }
  if (links_.relays != nullptr) {
    for (const Relay* relay = links_.relays->front(); relay != nullptr; relay = links_.relays->front()) {
      port_->release({&relay->packet, 1});
      links_.relays->pop();
    }
  }
}

}  // namespace worker
