// SPDX-License-Identifier: Apache-2.0
// Schedule, names and verdicts of loop probes.
#include "loop_probes.hpp"

#include <algorithm>
#include <string_view>

#include "dns/name.hpp"

namespace egress {
namespace {

constexpr base::Duration kLookEvery = std::chrono::seconds(1);
constexpr base::Duration kProbeEvery = std::chrono::hours(1);
constexpr base::Duration kProbeLoopEvery = std::chrono::minutes(1);
constexpr base::Duration kJudgeAfter = std::chrono::seconds(10);

}  // namespace

void LoopProbes::look(base::Instant now) noexcept {
  next_look_at_ = now + kLookEvery;
  for (std::uint16_t uplink = 0; uplink < state_->uplinks.size(); ++uplink) {
    const std::size_t servers = state_->uplinks[uplink].servers().size();
    for (std::uint8_t server = 0; server < servers; ++server) look_at(uplink, server, now);
  }
}

void LoopProbes::look_at(std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept {
  Servers& servers = state_->uplinks[uplink].servers();
  Probe& probe = probes_[uplink][server];
  if (!servers.path(server).resolved) {
    probe.due_at = now;  // a path that is resolved again may lead to another machine
    return;
  }
  if (probe.judged_at <= now) {
    probe.judged_at = base::Instant::never();
    if (!probe.came_back && servers.is_loop(server)) {
      servers.set_loop(server, Loop::kNone);
      probe.due_at = now + kProbeEvery;
    }
  }
  if (probe.due_at > now || !send(probe, uplink, server, now)) return;
  probe.came_back = false;
  probe.judged_at = now + kJudgeAfter;
  probe.due_at = now + (servers.is_loop(server) ? kProbeLoopEvery : kProbeEvery);
}

bool LoopProbes::send(Probe& probe, std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t drawn = state_->entropy.u64();
  for (std::size_t i = 0; i < kLabelBytes; ++i) {
    probe.label[i] = static_cast<std::byte>(kDigits[drawn >> (4 * i) & 0xfU]);
  }
  std::array<std::byte, 1 + kLabelBytes + kLoopZone.size()> name;
  name[0] = std::byte{kLabelBytes};
  std::copy(probe.label.begin(), probe.label.end(), name.begin() + 1);
  std::copy(kLoopZone.begin(), kLoopZone.end(), name.begin() + 1 + kLabelBytes);
  base::ByteReader in(name);
  dns::QuestionKey key;
  key.assign(dns::NameView::read_plain(in), dns::QType::kTxt, dns::QClass::kIn, dns::UplinkId(uplink), 0);
  const SlotId index = state_->fetches.open({.key = key.view(), .hash = drawn, .uplink = uplink}, now);
  if (index == kNoSlot) return false;
  state_->count(EngineCounter::kLoopProbes);
  if (dispatcher_->send_probe(index, server, now)) return true;
  completer_->drop(index, Failure::kAbandoned, now);
  return false;
}

void LoopProbes::take(dns::KeyView key) noexcept {
  const base::Bytes qname = key.qname();
  if (qname.size() != 1 + kLabelBytes + kLoopZone.size()) return;
  const base::Bytes label = qname.subspan(1, kLabelBytes);
  for (std::uint16_t uplink = 0; uplink < state_->uplinks.size(); ++uplink) {
    Servers& servers = state_->uplinks[uplink].servers();
    for (std::uint8_t server = 0; server < servers.size(); ++server) {
      Probe& probe = probes_[uplink][server];
      if (probe.judged_at == base::Instant::never() || !std::equal(label.begin(), label.end(), probe.label.begin())) {
        continue;
      }
      if (!probe.came_back) state_->count(EngineCounter::kLoopsSeen);
      probe.came_back = true;
      probe.due_at = std::min(probe.due_at, probe.judged_at + kProbeLoopEvery);
      servers.set_loop(server, Loop::kYes);
    }
  }
}

}  // namespace egress
