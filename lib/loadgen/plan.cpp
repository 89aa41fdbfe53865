// SPDX-License-Identifier: Apache-2.0
// What a run needs: ports, questions kept, seconds.
#include "plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "loadgen/engine.hpp"
#include "loadgen/query_table.hpp"

namespace loadgen {
namespace {

constexpr double kIdsInUse = 32'768;  // of a port's 65,536, so that a free one is found at once
constexpr double kSpare = 1.1;
constexpr double kSpareQueries = 16'384;

double seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// Questions kept at once if nothing is ever answered.
double most_open(const StreamSpec& stream) {
  if (stream.spoof) return 0;
  const double kept_sec = std::min(seconds(stream.retry.client_timeout() + kKeepGivenUp), seconds(stream.duration) + 1);
  return stream.rate_qps * kept_sec;
}

}  // namespace

diag::Result<std::vector<Endpoint>> plan_endpoints(RunSpec& run) {
  std::vector<Endpoint> endpoints;
  for (StreamSpec& stream : run.streams) {
    if (stream.spoof) continue;
    const std::vector<net::IpAddress>& sources = stream.sources.empty() ? run.sources : stream.sources;
    if (stream.ports == 0) {
      stream.ports = static_cast<std::uint32_t>(
          std::max(1.0, std::ceil(most_open(stream) / static_cast<double>(stream.clients) / kIdsInUse)));
    }
    const std::uint64_t wanted = endpoints.size() + std::uint64_t{stream.clients} * stream.ports;
    if (wanted >= kMaxEndpoints) {
      return diag::fail(diag::Code::kInvalid,
                        fmt::format("stream '{}': {} clients with {} ports each are too many; "
                                    "allowed: {} ports in all",
                                    stream.name, stream.clients, stream.ports, kMaxEndpoints - 1));
    }
    for (std::uint32_t client = 0; client < stream.clients; ++client) {
      const net::IpAddress source = sources.empty() ? net::IpAddress{} : sources[client % sources.size()];
      endpoints.insert(endpoints.end(), stream.ports, Endpoint{source});
    }
  }
  return endpoints;
}

diag::Result<std::uint32_t> table_capacity(const RunSpec& run) {
  if (run.max_open != 0) return std::min(run.max_open, kMaxOpenQueries);
  double most = 0;
  for (const StreamSpec& stream : run.streams) most += most_open(stream);
  const double capacity = most * kSpare + kSpareQueries;
  if (capacity > kMaxOpenQueries) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{:.0f} questions could be outstanding, and {} are the most; lower rates or shorten "
                                  "waits, or set --outstanding and accept that questions may stay unsent",
                                  most, kMaxOpenQueries));
  }
  return static_cast<std::uint32_t>(capacity);
}

diag::Result<std::size_t> seconds_of(const RunSpec& run) {
  base::Duration last{0};
  for (const StreamSpec& stream : run.streams) last = std::max(last, stream.end() + stream.retry.client_timeout());
  const auto count = static_cast<std::size_t>(std::ceil(seconds(last))) + 2;
  if (count > kMaxSeconds) {
    return diag::fail(diag::Code::kInvalid, fmt::format("the run takes {} s; allowed: {} s", count, kMaxSeconds));
  }
  return count;
}

}  // namespace loadgen
