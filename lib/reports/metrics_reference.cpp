// SPDX-License-Identifier: Apache-2.0
// Writes docs/metrics.md from the counter lists and the rows of fields.hpp.
#include "metrics_reference.hpp"

#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

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

<!-- Generated from the counter lists in the sources by scripts/gen-docs. Do not edit. -->

`sluicectl stats --json` shows every counter under the path above its table; the same names are in
`/sluice/stats` of DPDK's telemetry. Counters start at 0 with the process and only grow. The workers' tables appear
twice: summed (`queries`, `frame_drops`, `flows`) and for each worker (`workers[i]`).

These invariants hold whenever no packet is being processed. Each `stats` checks them, under `conservation`:

```
queries      =  the sum of all outcomes                                      (workers: datagrams)
tcp_queries  =  the sum of all outcomes                                      (over TCP)
rx_pkts      =  queries + responses + punted + the sum of all frame drops
```

A running worker counts a packet in several steps, so a reading is repeated until it falls between two packets. A
difference that remains is a bug.
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

template <class Source, std::size_t N>
void add_fields(std::string& text, const std::array<Field<Source>, N>& fields) {
  for (const Field<Source>& field : fields) add_row(text, field.name, field.help);
}

}  // namespace

std::string metrics_reference() {
  using answer::Counter;
  std::string text(kIntroduction);
  add_section(text, "Outcomes of queries", "queries.outcomes",
              "every datagram to port 53 has exactly one; `queries.total` is their sum");
  add_rows<Counter>(text, answer::is_query_outcome);
  add_section(text, "Dropped frames", "frame_drops", "packets that were not passed on as a query or a reply");
  add_rows<Counter>(text, answer::is_frame_drop);
  add_section(text, "Flows", "flows", "packets and polls of the workers");
  add_rows<Counter>(text,
                    [](Counter which) { return !answer::is_query_outcome(which) && !answer::is_frame_drop(which); });
  add_section(text, "TCP connections", "tcp.connections",
              "of clients; null without a TAP interface. `tcp.open` is the number of those that are open: `accepted` "
              "less the sum of all `end_*`");
  add_all_rows<tcp_server::Counter>(text);
  text +=
      "\nQueries over TCP have the outcomes and flows of the tables above, under `tcp.queries.total`, "
      "`tcp.queries.outcomes`\nand `tcp.flows`. `queries` and `workers` do not include them.\n";
  add_section(text, "Egress", "egress", "questions to upstream servers and their replies");
  add_all_rows<egress::EngineCounter>(text);
  add_section(text, "Upstream servers", "upstreams[i].servers[j]", "`address`, `state`, and");
  add_fields(text, kServerFields);
  add_section(text, "Budgets", "budgets[i]", "`uplink`, and");
  add_fields(text, kBudgetFields);
  add_section(text, "Classes of the queue", "budgets[i].classes",
              "the classes `known`, `new` and `unknown`, each with");
  add_fields(text, kClassFields);
  text += "\n`allowance_exceeded`: packets that the port reports as dropped by the provider since the start.\n";
  add_section(
      text, "Limits", "limits[i]",
      "`name`, `limit`, `used` and `headroom`. In these names ASKER is a worker (`worker0`, of rings `asker0`) or "
      "`tcp`");
  for (const LimitInfo& info : kLimitInfos) add_row(text, info.name, info.help);
  text +=
      "\nAn ENA port reports its free connection tracking entries as `conntrack_allowance_available` under `port`.\n";
  add_section(text, "Egress role", "egress_role", "the egress core's own packets and polls");
  add_all_rows<worker::EgressRoleCounter>(text);
  add_section(text, "Cache", "cache", "gauges and counters; `fill_percent` is bytes_used of bytes_capacity");
  add_all_rows<cache::Gauge>(text);
  add_all_rows<cache::Counter>(text);
  add_section(text, "Configuration", "config", "the settings in force and the reloads since the start");
  add_fields(text, kReloadStats);
  add_section(text, "Blocks", "blocks", "client blocks; their queries are counted in the outcomes `blocked_*`");
  add_row(text, "active", "blocks in force");
  add_all_rows<blocking::BlockCounter>(text);
  add_section(text, "Slow path", "slowpath", "between the port and the kernel; null without a TAP interface");
  add_all_rows<slowpath::Counter>(text);
  add_section(text, "TCP to upstream servers", "upstream_tcp",
              "the slow path's connections; null without a TAP interface");
  add_all_rows<upstream_tcp::Counter>(text);
  text +=
      "\n## Port\n\n`port.xstats`: the extended statistics of the driver, under its own names. `port.mbufs` counts "
      "packet "
      "buffers.\n";
  return text;
}

}  // namespace reports
