// SPDX-License-Identifier: Apache-2.0
/// @file waiter.hpp – a waiting client, in two cache lines; its packet buffer is not kept.
///
/// Purpose    what its reply needs: addresses and ports, ID, flags and EDNS, and the letter case of its question.
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
  base::Handle stream;           // over TCP: the connection to reply on
  std::uint32_t table_link = 0;  // used by the table only
};
static_assert(sizeof(Waiter) == 120, "with the table's other links a waiter fills two cache lines");

}  // namespace coalesce
