// SPDX-License-Identifier: Apache-2.0
/// @file report.hpp – a run's results as JSON and as text for a terminal.
///
/// Purpose    everything that a verdict needs. Per stream: outcomes of queries, rcodes, wrong answers by reason,
///            latency quantiles and buckets, seconds. Per run: how late the generator was. docs/benchmarking.md
///            explains each key.
/// Threads    after the run.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"
#include "loadgen/backend.hpp"
#include "loadgen/engine.hpp"

namespace loadgen {

struct RunFacts {
  std::string server;    // with its port
  std::string backend;   // "sockets", or the profile's name
  std::string began_at;  // wall clock, RFC 3339
  std::uint64_t seed = 0;
  base::Instant end;
  std::uint64_t bad_checksums = 0;
  BackendStats backend_stats;
};

struct Report {
  std::string json;
  std::string page;
  std::uint64_t wrong_answers = 0;  // of all streams, and wrong checksums
};

[[nodiscard]] Report make_report(const Engine& engine, const RunFacts& facts);

}  // namespace loadgen
