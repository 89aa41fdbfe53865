// SPDX-License-Identifier: Apache-2.0
// Accounting of packets per fetch.
#include "costs.hpp"

#include <array>

namespace egress {

void Costs::record(const Fetch& fetch, std::uint32_t packets) noexcept {
  topk::Recorder* const recorder = state_->deps().recorder;
  if (recorder == nullptr || !recorder->is_on() || fetch.is_probe() || packets == 0) return;
  const dns::KeyView key = fetch.key.view();
  recorder->upstream({fetch.opener, key.qname(), key.qtype()}, packets);
}

void Costs::settle_tcp(SlotId index) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage != Stage::kTcp) return;
  state_->fetches.add_tcp_cost(index, state_->uplink_of(fetch).end_tcp(fetch.tcp_share_from));
}

void Costs::count(const Fetch& fetch) noexcept {
  constexpr std::array kByPackets{EngineCounter::kCost0,    EngineCounter::kCost1,    EngineCounter::kCost2,
                                  EngineCounter::kCost3,    EngineCounter::kCost4To8, EngineCounter::kCost4To8,
                                  EngineCounter::kCost4To8, EngineCounter::kCost4To8, EngineCounter::kCost4To8};
  const std::uint32_t tcp_packets = (fetch.tcp_millipkts + 500U) / 1'000U;
  record(fetch, tcp_packets);
  const std::size_t packets = fetch.sends + tcp_packets;
  state_->count(packets < kByPackets.size() ? kByPackets[packets] : EngineCounter::kCostMore);
}

}  // namespace egress
