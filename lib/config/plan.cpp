// SPDX-License-Identifier: Apache-2.0
// Settings to the plan of the data plane.
#include "config/plan.hpp"

namespace config {
namespace {

/// The thread that polls a port's queue may send through it: no ring is needed then.
bool shares_thread_with_first_worker(const LcoreSettings& lcores) {
  return lcores.egress_cpu == lcores.worker_cpus.front();
}

}  // namespace

appliance::Plan plan_of(const Settings& settings) {
  const appliance::Part slow_path = settings.port.tap.empty() ? appliance::Part::kLeftOut : appliance::Part::kBuilt;
  const bool needs_relay =
      settings.profile.egress_tx == profile::EgressTx::kViaWorker && !shares_thread_with_first_worker(settings.lcores);
  return {.workers = settings.workers(),
          .coalesce = settings.coalesce,
          .egress = settings.egress,
          .cache = settings.cache,
          .tcp_responder = slow_path,
          .tcp_fetches = slow_path,
          .kernel = slow_path,
          .egress_tx = needs_relay ? appliance::EgressTx::kRelayed : appliance::EgressTx::kOwnQueue};
}

}  // namespace config
