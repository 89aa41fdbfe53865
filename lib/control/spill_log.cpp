// SPDX-License-Identifier: Apache-2.0
// One line for each zone that is due.
#include "spill_log.hpp"

#include <fmt/core.h>

#include "dns/text.hpp"

namespace control {
namespace {

std::string line_of(const egress::ZoneRow& zone) {
  dns::NameText room;
  return fmt::format(
      "zone {}: exceeds egress.fetches_per_zone: {} fetches outstanding (quota {}); {} allowed and {} refused so far",
      dns::name_to_text(zone.wire_name(), room), zone.outstanding, zone.quota, zone.allowed, zone.dropped);
}

}  // namespace

bool SpillLog::has_news(const egress::EngineCounters& counters) noexcept {
  const std::uint64_t now =
      counters.read(egress::EngineCounter::kRefusedZone) + counters.read(egress::EngineCounter::kShedZone);
  return std::exchange(spilled_, now) != now;
}

std::vector<std::string> SpillLog::look(std::span<const egress::ZoneRow> zones, base::Instant now) {
  forget_quiet(now);
  std::vector<std::string> lines;
  std::size_t left_out = 0;
  for (const egress::ZoneRow& zone : zones) {
    if (zone.dropped == 0) continue;
    std::string name;
    for (const std::byte octet : zone.wire_name()) name.push_back(static_cast<char>(octet));
    const auto [place, is_first] = logged_.try_emplace({zone.uplink, std::move(name)});
    Logged& logged = place->second;
    const bool has_spilled = is_first || zone.dropped != logged.dropped;
    const bool is_due = is_first || now - logged.at >= kQuiet;
    if (has_spilled && is_due && lines.size() == kLinesAtOnce) {
      ++left_out;
      if (is_first) logged_.erase(place);  // so that its first line comes at the next look
      continue;
    }
    if (has_spilled && is_due) {
      lines.push_back(line_of(zone));
      logged.at = now;
      logged.dropped = zone.dropped;
    }
  }
  if (left_out != 0) lines.push_back(fmt::format("and {} more zones; see `sluicectl fetchlimit`", left_out));
  return lines;
}

// Bounds the map by the size of the egress core's own table.
void SpillLog::forget_quiet(base::Instant now) {
  std::erase_if(logged_, [&](const auto& entry) { return now - entry.second.at >= 2 * kQuiet; });
}

}  // namespace control
