// SPDX-License-Identifier: Apache-2.0
// The worker's poll, which is the table of contents, and the stages that deal with frames and with leaving.
#include "worker/worker.hpp"

namespace worker {
namespace {

constexpr std::uint32_t kHousekeepingPolls = 64;  // a power of two
constexpr std::size_t kPacketsPerPoll = kBurst;   // of each ring

}  // namespace

Worker::Worker(const Spec& spec) noexcept
    : id_(spec.id),
      port_(spec.port),
      clock_(spec.clock),
      hash_(spec.hash),
      cache_(spec.cache),
      qsbr_(spec.qsbr),
      inflight_(spec.inflight),
      published_(spec.generation),
      links_(spec.links),
      out_(*spec.port, counters_) {}

std::size_t Worker::poll(base::Instant now) noexcept {
  const base::Qsbr::Token token = qsbr_->token();  // before looking whether anything is held
  generation_ = published_->load(std::memory_order_acquire);

  std::size_t work = burst_.receive(*port_);  // up to kBurst packets, owned by burst_ until settle()
  if (work != 0) {
    counters_.add(Counter::kRxPkts, work);
    parse_frames();      // Ethernet..UDP  -> query | kToEgress | kPunt | drop by name
    parse_messages();    // DNS            -> key and hash | error reply | drop by name
    prefetch_buckets();  // touch memory before anybody needs it
    prefetch_entries();
    answer_hits(now);   // hit            -> kReply, in place
    ask_upstream(now);  // miss           -> waiter kept, one record to egress | SERVFAIL
    settle();           // each packet leaves here, once, by its verdict
  }
  work += answer_completions(now);  // answers that egress posted -> a reply for each waiter
  work += relay_for_egress();
  work += inject_from_kernel();
  out_.flush();

  report_quiescent(token);
  if ((++polls_ & (kHousekeepingPolls - 1)) == 0) expire_waiters(now);
  counters_.add(Counter::kPolls);
  if (work != 0) counters_.add(Counter::kBusyPolls);
  return work;
}

void Worker::parse_frames() noexcept {
  for (Slot& slot : burst_.slots()) {
    if (slot.packet.segmented) {
      drop(slot, Counter::kFrameSegmented);
      continue;
    }
    const auto frame = net::FrameView::parse(slot.packet.frame(), slot.packet.checksum);
    if (frame) {
      slot.frame = *frame;
      classify(slot);
      continue;
    }
    switch (frame.error()) {
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
}

// A query is what is sent to port 53 of an address of ours; a response is what an upstream sends from port 53. All
// other UDP is the kernel's.
void Worker::classify(Slot& slot) noexcept {
  const net::Flow& flow = slot.frame.flow;
  if (!generation_->is_own(flow.destination)) {
    slot.verdict = Verdict::kPunt;
  } else if (flow.destination_port.value() == net::kDnsPort) {
    slot.verdict = Verdict::kQuery;
    counters_.add(Counter::kQueries);
  } else if (flow.source_port.value() == net::kDnsPort && generation_->is_upstream(flow.source)) {
    slot.verdict = Verdict::kToEgress;
  } else {
    slot.verdict = Verdict::kPunt;
  }
}

void Worker::settle() noexcept {
  for (Slot& slot : burst_.slots()) {
    switch (slot.verdict) {
      case Verdict::kReply:
        out_.push(slot.packet);
        break;
      case Verdict::kPunt:
        punt(slot);
        break;
      case Verdict::kToEgress:
        hand_to_egress(slot);
        break;
      case Verdict::kQuery:  // every stage leaves a verdict; a packet without one goes back like a finished one
      case Verdict::kDone:
        port_->release({&slot.packet, 1});
        break;
    }
  }
  burst_.clear();
}

void Worker::punt(Slot& slot) noexcept {
  if (links_.punts != nullptr && links_.punts->push(slot.packet)) {
    counters_.add(Counter::kPunted);
    return;
  }
  counters_.add(Counter::kPuntFull);
  port_->release({&slot.packet, 1});
}

void Worker::hand_to_egress(Slot& slot) noexcept {
  if (links_.responses->push(Response{slot.packet, slot.frame})) {
    counters_.add(Counter::kResponses);
    return;
  }
  counters_.add(Counter::kResponseFull);
  port_->release({&slot.packet, 1});
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
    SLUICE_REQUIRE(links_.relayed->push({taken.ticket, result}));  // as large as the ring it answers
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

// The token was sampled before the completion ring was looked at: what egress posted since belongs to a later one.
void Worker::report_quiescent(base::Qsbr::Token token) noexcept {
  if (links_.completions->front() == nullptr) qsbr_->report(id_.value(), token);
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
