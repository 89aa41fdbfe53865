// SPDX-License-Identifier: Apache-2.0
/// @file telemetry.hpp – the same figures for dpdk-telemetry.py.
///
/// Purpose    /sluice/status, /sluice/stats, /sluice/cache, /sluice/upstreams, /sluice/lcore: the JSON of the reports, as
///            far as DPDK's telemetry can carry it (numbers and words, dictionaries in dictionaries).
/// Threads    the callbacks run on DPDK's telemetry thread: they read what any thread may read (counters, figures,
///            settings) and never the mailbox or the cache's entries. View::port and View::healthy must allow that.
/// Ownership  borrows the view until stop_telemetry(). DPDK cannot take a command back: it then answers with nothing.
/// Errors     register_telemetry(): DPDK refused a command; the appliance runs without it.
#pragma once

#include "diag/result.hpp"
#include "reports/view.hpp"

namespace control {

/// After rte_eal_init(). Once per process and view.
[[nodiscard]] diag::Status register_telemetry(const reports::View& view);
/// Before the view or what it points to goes away. Waits for a callback that runs.
void stop_telemetry() noexcept;

}  // namespace control
