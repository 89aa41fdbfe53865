// SPDX-License-Identifier: Apache-2.0
/// @file dependencies.hpp – what an Engine borrows: cache, wire, entropy, rings.
///
/// Purpose    handed to the Engine once, at creation.
/// Threads    the egress core; the rings have their other end elsewhere.
/// Ownership  everything outlives the Engine.
#pragma once

#include <span>

#include "cache/cache.hpp"
#include "egress/miss.hpp"
#include "egress/tcp_fetch.hpp"
#include "egress/wire.hpp"
#include "topk/recorder.hpp"

namespace egress {

struct Dependencies {
  cache::Cache* cache = nullptr;  // the Engine is its only writer
  Wire* wire = nullptr;
  EntropySource* entropy = nullptr;
  std::span<CompletionRing* const> completions;  // index = WorkerId; capacity >= that worker's pending queries
  TcpFetchRing* tcp_fetches = nullptr;           // kMaxTcpFetches slots; nullptr: nothing is asked over TCP
  topk::Recorder* recorder = nullptr;            // packets by the client that opened their fetch; may be null
};

}  // namespace egress
