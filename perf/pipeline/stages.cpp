// SPDX-License-Identifier: Apache-2.0
// The order and the conditions for a packet are worker.cpp's; steps that it skips for a whole burst are also measured.
#include "stages.hpp"

namespace perf {
namespace {

using worker::Slot;
using worker::Verdict;

double cost_of_reading() {
  constexpr int kTimes = 1'000;
  const std::uint64_t begin = ticks();
  for (int i = 0; i < kTimes; ++i) static_cast<void>(ticks());
  return static_cast<double>(ticks() - begin) / kTimes;
}

}  // namespace

Bench::Stages::Stages(OneWorker& world, dpdk::QueuePort& port, const answer::GenerationReader& published)
    : port_(port),
      published_(published),
      answerer_(std::make_unique<answer::Answerer>(world.answerer_spec(), counters_)),
      reading_(cost_of_reading()) {}

void Bench::Stages::poll(base::Instant now, std::array<double, kStages.size()>& sums) noexcept {
  std::size_t stage = 0;
  std::uint64_t last = ticks();
  const auto close_stage = [&] {
    const std::uint64_t here = ticks();
    sums[stage++] += static_cast<double>(here - last) - reading_;
    last = here;
  };
  const auto for_open = [&](auto&& step) {
    for (Slot& slot : burst_->slots()) {
      if (slot.is_open()) step(slot.query);
    }
    close_stage();
  };
  answerer_->begin(*published_.load(), now);
  burst_->receive(port_);
  close_stage();
  parse_frames();
  close_stage();
  for_open([&](answer::Query& query) { answerer_->queries.parse(query); });
  for_open([&](answer::Query& query) { answerer_->queries.locate(query); });
  std::size_t elsewhere = 0;
  for_open([&](answer::Query& query) { elsewhere += answerer_->queries.prefetch_entry(query) ? 1U : 0U; });
  if (elsewhere != 0) {
    for (Slot& slot : burst_->slots()) {
      if (slot.is_open()) answerer_->queries.prefetch_elsewhere(slot.query);  // counted with the next stage
    }
  }
  for_open([&](answer::Query& query) { answerer_->queries.answer_hit(query, now); });
  for_open([&](answer::Query& query) { answerer_->queries.ask(query, now); });
  frame_replies();
  close_stage();
  settle();
  close_stage();
}

void Bench::Stages::parse_frames() noexcept {
  for (Slot& slot : burst_->slots()) {
    const auto reject = slot.frame.read(slot.packet->frame(), slot.packet->checksum);
    slot.verdict = reject ? Verdict::kDone : Verdict::kQuery;
    if (!reject) slot.begin_query();
  }
}

void Bench::Stages::frame_replies() noexcept {
  for (Slot& slot : burst_->slots()) {
    if (slot.verdict != Verdict::kQuery) continue;
    answerer_->record(slot.query);
    slot.verdict = Verdict::kDone;
    if (slot.query.state != answer::QueryState::kAnswered) continue;
    slot.packet->tx_checksum = port_.tx_checksum();
    slot.packet->l3_offset = static_cast<std::uint8_t>(slot.frame.l3_offset);
    slot.packet->length = static_cast<std::uint16_t>(
        net::make_reply(slot.packet->writable(), slot.frame, slot.query.reply_bytes, slot.packet->tx_checksum));
    slot.verdict = Verdict::kReply;
  }
}

void Bench::Stages::settle() noexcept {
  for (Slot& slot : burst_->slots()) {
    if (slot.verdict == Verdict::kReply) {
      out_.push(*slot.packet);
    } else {
      port_.release({slot.packet, 1});
    }
  }
  burst_->clear();
  out_.flush();
}

}  // namespace perf
