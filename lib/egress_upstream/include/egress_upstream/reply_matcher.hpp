// SPDX-License-Identifier: Apache-2.0
/// @file reply_matcher.hpp – whether a datagram is the reply to an open transaction.
///
/// Purpose    addresses, ports, ID, QR, opcode and the whole question must match. A datagram that does not match gets the
///            reason as its result; matching changes nothing.
/// Threads    egress only; pure.
/// RFC        5452 §9.1; 4343 (names compare without case).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "dns/question_key.hpp"
#include "egress_upstream/transaction_table.hpp"
#include "net/address.hpp"
#include "net/frame.hpp"

namespace egress {

enum class Mismatch : std::uint8_t {
  kUnknownPort,  // no open transaction on this port
  kLate,         // the transaction of this port and ID closed a moment ago
  kWrongTarget,  // sent to another address of ours
  kWrongSource,  // from another address or port than the query went to
  kShort,        // shorter than a DNS header
  kIsQuery,      // QR is 0
  kWrongId,
  kWrongOpcode,
  kWrongQuestion,  // no question or another one
  kWrongCase,      // 0x20: the name in another letter case
};

/// What a reply must match besides the transaction itself.
struct Expected {
  net::IpAddress server;
  dns::KeyView key;
  bool may_omit_question = false;  // RFC 8945 §5.3: an error reply to a signed message may
};

/// Why the reply does not match; none when it does.
[[nodiscard]] std::optional<Mismatch> mismatch_of(const Transaction& transaction, const Expected& expected,
                                                  const net::Flow& flow, base::Bytes payload) noexcept;

/// For a datagram to a port without an open transaction: kLate or kUnknownPort.
[[nodiscard]] Mismatch stray_reason(const PortMap& ports, base::UdpPort port, base::Bytes payload,
                                    base::Instant now) noexcept;

}  // namespace egress
