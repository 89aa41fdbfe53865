// SPDX-License-Identifier: Apache-2.0
// Entry, exit and moves of fetches in the schedulers and refresh lists.
#include "queues.hpp"

namespace egress {

void Queues::enqueue(SlotId index, base::Instant now) noexcept {
  costs_->settle_tcp(index);
  state_->fetches.note_queued(index, now);
  const Fetch& fetch = state_->fetches[index];
  const Place place{.zone_queue = ZoneTable::queue_of(fetch.zone, fetch.queue_kind),
                    .name_class = state_->history.zones().class_of(fetch.queue_kind, fetch.zone),
                    .client = fetch.client_hash};
  state_->uplink_of(fetch).queue().push(index, place, state_->fetches.demand_of(index, now), now);
  deadlines_->arm(index);
}

void Queues::enqueue_refresh(SlotId index, base::Instant now) noexcept {
  state_->fetches.note_refresh(index, now);
  state_->uplink_of(state_->fetches[index]).refreshes().push(index);
}

void Queues::take_out(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage == Stage::kQueued) {
    Uplink& uplink = state_->uplink_of(fetch);
    uplink.note_served(uplink.queue().class_of_queued(index));
    uplink.queue().charge(index, now);
  }
  remove(index);
  if (state_->fetches.note_out(index)) state_->history.zones().note_out(fetch.zone);
}

void Queues::remove(SlotId index) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage == Stage::kQueued) state_->uplink_of(fetch).queue().remove(index);
  if (fetch.stage == Stage::kRefresh) state_->uplink_of(fetch).refreshes().remove(index);
}

void Queues::join(SlotId index, std::uint64_t client_hash, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage != Stage::kQueued) return;
  const Demand demand = state_->fetches.demand_of(index, now);
  Scheduler& queue = state_->uplink_of(fetch).queue();
  queue.offer(index, client_hash, demand);
  queue.update(index, demand);
}

void Queues::update_demand(SlotId index, base::Instant now) noexcept {
  const Fetch& fetch = state_->fetches[index];
  if (fetch.stage != Stage::kQueued) return;
  state_->uplink_of(fetch).queue().update(index, state_->fetches.demand_of(index, now));
}

void Queues::reclassify_zone_of(const Fetch& fetch) noexcept {
  const ZoneTable& zones = state_->history.zones();
  Scheduler& queue = state_->uplink_of(fetch).queue();
  for (const QueueKind kind : {QueueKind::kByZone, QueueKind::kUnknownClient}) {
    queue.move_zone_queue(ZoneTable::queue_of(fetch.zone, kind), zones.class_of(kind, fetch.zone));
  }
}

}  // namespace egress
