// SPDX-License-Identifier: Apache-2.0
// Creation of the engine's tables, and new settings.
#include "engine_state.hpp"

#include <algorithm>

namespace egress {
namespace {

History::Secrets draw_secrets(EntropySource* source, EntropyBuffer& entropy) noexcept {
  History::Secrets secrets;
  if (source == nullptr) return secrets;  // only measuring
  source->fill(secrets.zones);
  secrets.clients = entropy.u64();
  return secrets;
}

}  // namespace

EngineState::EngineState(base::Arena& arena, const Settings& chosen, const cache::Settings& chosen_cache,
                         const Dependencies& deps) noexcept
    : settings_(chosen),
      cache_settings_(chosen_cache),
      deps_(deps),
      entropy(deps.entropy),
      fetches(arena, chosen.max_fetches),
      transactions(arena, chosen.max_fetches, chosen.first_port),
      history(arena, chosen.max_fetches, draw_secrets(deps.entropy, entropy)),
      uplinks(arena, chosen) {
  if (deps.entropy != nullptr) uplinks.set_queue_rules(settings_);
}

void EngineState::apply(const Settings& chosen, const cache::Settings& chosen_cache) noexcept {
  Settings next = chosen;
  next.uplinks = settings_.uplinks;
  next.max_fetches = settings_.max_fetches;
  next.first_port = settings_.first_port;
  next.joining = settings_.joining;
  for (std::size_t i = 0; i < std::min(next.uplinks.size(), chosen.uplinks.size()); ++i) {
    const BudgetSettings& budget = chosen.uplinks[i].budget;
    if (uplinks[i].set_budget(budget)) next.uplinks[i].budget = budget;
    uplinks[i].servers().set_quota(chosen.fetch_quota);
    next.uplinks[i].closed_loop = chosen.uplinks[i].closed_loop;
    next.uplinks[i].rebind = chosen.uplinks[i].rebind;
    next.uplinks[i].private_zones = chosen.uplinks[i].private_zones;
  }
  settings_ = next;
  cache_settings_ = chosen_cache;
  uplinks.set_queue_rules(settings_);
}

}  // namespace egress
