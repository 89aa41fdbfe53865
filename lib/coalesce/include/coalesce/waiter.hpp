// SPDX-License-Identifier: Apache-2.0
/// @file waiter.hpp – a client that waits, in two cache lines; never an mbuf.
///
/// Purpose    all that its reply needs: the way back, its ID, flags and EDNS, and its own spelling of the name.
/// Threads    owned by one worker's table.
#pragma once

#include <cstdint>

#include "base/handle.hpp"
#include "base/instant.hpp"
#include "dns/answer.hpp"
#include "dns/name.hpp"
#include "net/address.hpp"

namespace coalesce {

struct Waiter {
  dns::CaseBits letter_case;
  base::Instant arrived;
  net::Flow reply_flow;  // from us to the client
  dns::ClientState client;
  base::Handle stream;           // the connection to answer on, over TCP
  std::uint32_t table_link = 0;  // the table's own, and nothing to anybody else
};
static_assert(sizeof(Waiter) == 120, "with the table's other links a waiter fills two cache lines");

}  // namespace coalesce
