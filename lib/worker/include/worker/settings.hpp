// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – settings of the polling loop and of the clients' TCP connections.
///
/// Purpose    when a polling thread lets go of its core; what a connection may cost.
/// Threads    value types; control makes them, others get copies.
#pragma once

#include <chrono>
#include <cstdint>

namespace worker {

struct IdleSettings {
  std::uint32_t polls_before_pause = 64;     // empty polls in a row before the CPU's pause instruction
  std::uint32_t polls_before_sleep = 2'048;  // empty polls in a row before the thread sleeps; 0: never sleeps
  std::chrono::microseconds sleep{50};
};

/// Limits of clients' TCP connections. RFC 7766 §6.2, 9210 §4.
struct TcpSettings {
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_connections_per_client = 100;  // of one address
  std::uint32_t max_queries_per_connection = 0;    // then it is closed; 0: no limit
  std::uint32_t max_in_flight = 200;               // queries of one connection that wait; more are not read
  std::chrono::milliseconds idle_timeout{10'000};  // without a query or a pending answer
  std::chrono::milliseconds query_timeout{3'000};  // between the first octet of a query and its last
  std::uint64_t max_unsent_bytes = 256U << 10U;    // of one connection whose client does not read
  std::uint64_t max_buffered_bytes = 64U << 20U;   // of all: queries that came in part, answers that are not read
};

}  // namespace worker
