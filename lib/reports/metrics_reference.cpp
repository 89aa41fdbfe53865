// SPDX-License-Identifier: Apache-2.0
// The counter lists as tables.
#include "reports/metrics_reference.hpp"

#include <cstddef>
#include <iterator>
#include <string_view>

#include <fmt/core.h>

#include "blocking/blocks.hpp"
#include "egress/counters.hpp"
#include "parts.hpp"
#include "slowpath/counters.hpp"
#include "stats/counter_block.hpp"
#include "tcp_server/counters.hpp"
#include "upstream_tcp/counters.hpp"

namespace reports {
namespace {

constexpr std::string_view kIntroduction = R"(# Metrics

This file is made from the counter lists in the sources: `ninja -C build metrics-md` writes it anew, and a test fails
while it differs.

`sluicectl stats --json` shows every counter under the path that stands above its table; the same names stand in
`/sluice/stats` of DPDK's telemetry. Counters start at 0 with the process and only grow. The workers' tables exist
twice: summed (`queries`, `frame_drops`, `flows`) and for each worker (`workers[i]`).

These laws hold at any quiet moment and are checked with each `stats`, under `conservation`:

```
queries      =  the sum of all fates                                         (workers: datagrams)
tcp_queries  =  the sum of all fates                                         (over TCP)
rx_pkts      =  queries + responses + punted + the sum of all frame drops
```

A running worker counts a packet in several steps, so a reading is repeated until it falls between two packets; a
difference that stays is a bug.
)";

void add_section(std::string& text, std::string_view title, std::string_view path, std::string_view introduction) {
  fmt::format_to(std::back_inserter(text), "\n## {}\n\n`{}`: {}\n\n| name | meaning |\n|---|---|\n", title, path,
                 introduction);
}

void add_row(std::string& text, std::string_view name, std::string_view help) {
  fmt::format_to(std::back_inserter(text), "| `{}` | {} |\n", name, help);
}

template <stats::CounterEnum E, class Select>
void add_rows(std::string& text, Select select) {
  const auto infos = counter_infos(E::kCount);
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (select(static_cast<E>(i))) add_row(text, infos[i].name, infos[i].help);
  }
}

template <stats::CounterEnum E>
void add_all_rows(std::string& text) {
  add_rows<E>(text, [](E) { return true; });
}

}  // namespace

std::string metrics_reference() {
  using answer::Counter;
  std::string text(kIntroduction);
  add_section(text, "Fates of queries", "queries.fates",
              "every datagram to our port 53 has exactly one; `queries.total` is their number");
  add_rows<Counter>(text, answer::is_query_outcome);
  add_section(text, "Dropped frames", "frame_drops", "packets that never became a query or a reply");
  add_rows<Counter>(text, answer::is_frame_drop);
  add_section(text, "Flows", "flows", "what the workers received and sent");
  add_rows<Counter>(text, [](Counter which) { return !answer::is_query_outcome(which) && !answer::is_frame_drop(which); });
  add_section(text, "TCP connections", "tcp.connections",
              "of clients; null without a TAP interface. `tcp.open` is the number of those that are open: `accepted` "
              "less the sum of all `end_*`");
  add_all_rows<tcp_server::Counter>(text);
  text +=
      "\nWhat came by these connections has the fates and flows of the tables above under `tcp.queries.total`, "
      "`tcp.queries.fates`\nand `tcp.flows`; `queries` and `workers` do not contain it.\n";
  add_section(text, "Egress", "egress", "what is asked upstream, and what comes back");
  add_all_rows<egress::EngineCounter>(text);
  text +=
      "\n## Upstreams\n\n`upstreams[i].servers[j]`: of each server `outstanding`, `sent`, `answered`, `timeouts`, "
      "`timeouts_in_a_row`, and of its quota\n(`egress.fetches_per_server`) `quota` (now; 0: none), `quota_mode` (the "
      "step of the curve), `atr_permille` (average share\nof timeouts) and `spilled` (times a question found it at its "
      "quota). `budgets[i]`: `limit_pps` now, `configured_pps`,\n`used_pkts`, `queued`, `refreshes`, and `lowered`, "
      "how "
      "often the closed loop took a tenth;\n`classes`: of the names `known`, `new` and `unknown` those `queued`, the "
      "`limit` of that, `wait_msec` that a question has\nbefore it, turns taken (`sent`) and questions given up "
      "because there were too many (`shed`). `allowance_exceeded` is what the\nport's counters of dropped packets rose "
      "by "
      "since the start.\n"
      "\n## Limits\n\n`limits[i]`: `name`, `limit`, `used` and `headroom` of everything that can run out: each "
      "worker's "
      "`waiting_clients` (and\n`waiting_clients_soft`, the soft quota) and `questions`, the rings to and from the "
      "egress "
      "core, the egress core's `questions`\nand `ports`, each budget and the classes of its queue, each server's quota "
      "(`fetches.UPLINK.ADDRESS`, where there is one),\nthe memories of zones and known names, TCP connections, "
      "blocks, "
      "packet buffers, and the cache's bytes; of clients and zones, each of\nwhich has a limit of its own, what the "
      "fullest one uses: `waiting_for_one_question`, `clients_per_query` (the limit as it is now),\n"
      "`waiting_at_one_address`, `clients.miss_allowance` (of the last second) and `egress.fetches_per_zone`; "
      "`signed_messages` on their\nway; the egress core's `askers` (one for each worker and question) and "
      "`tcp_questions`. What an ENA port\nleaves of connection tracking is its counter "
      "`conntrack_allowance_available` under `port`.\n";
  add_section(text, "Egress role", "egress_role", "the egress core's own packets and polls");
  add_all_rows<worker::EgressRoleCounter>(text);
  add_section(text, "Cache", "cache", "gauges and counters; `fill_percent` is bytes_used of bytes_capacity");
  add_all_rows<cache::Gauge>(text);
  add_all_rows<cache::Counter>(text);
  add_section(text, "Configuration", "config", "the settings in force and the reloads since the start");
  for (const ReloadStat& stat : kReloadStats) add_row(text, stat.name, stat.help);
  add_section(text, "Blocks", "blocks",
              "clients that are blocked for a while; what became of their queries is in the fates `blocked_*`");
  add_row(text, "active", "blocks in force");
  add_all_rows<blocking::BlockCounter>(text);
  add_section(text, "Slow path", "slowpath", "between the port and the kernel; null without a TAP interface");
  add_all_rows<slowpath::Counter>(text);
  add_section(text, "TCP to upstream servers", "upstream_tcp",
              "the slow path's connections; null without a TAP interface");
  add_all_rows<upstream_tcp::Counter>(text);
  text +=
      "\n## Port\n\n`port.xstats`: the driver's own extended statistics, by the names that it gives them. `port.mbufs` "
      "counts "
      "packet\nbuffers.\n";
  return text;
}

}  // namespace reports
