// SPDX-License-Identifier: Apache-2.0
/// @file neighbour.hpp – the four messages of ARP and neighbour discovery that a client needs.
///
/// Purpose    resolves the next hop's MAC and answers for the clients' addresses on a port without a kernel.
/// Threads    pure functions.
/// RFC        826 (ARP); 4861 §4.3, §4.4, §7.1 (solicitations and advertisements), 2464 §7 (multicast MACs).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "net/address.hpp"

namespace loadgen {

/// The shortest Ethernet frame without its check sequence; shorter messages are padded with zeros.
inline constexpr std::size_t kLeastFrameBytes = 60;
/// Room that every message here fits.
inline constexpr std::size_t kNeighbourFrameBytes = 86;

enum class NeighbourKind : std::uint8_t { kAsk, kTell };

struct NeighbourMessage {
  NeighbourKind kind = NeighbourKind::kAsk;
  net::IpAddress sender;  // of the IP header or of ARP
  net::MacAddress sender_mac;
  net::IpAddress target;       // the address that kAsk asks about, or that kTell announces
  net::MacAddress target_mac;  // of kTell
};

/// Nothing when the frame is no such message, or a malformed one. A probe for duplicate addresses (no sender) is none.
[[nodiscard]] std::optional<NeighbourMessage> parse_neighbour(base::Bytes frame) noexcept;

/// A request for the MAC of `target`, from `own`. Returns the frame's length; both addresses are of one family.
[[nodiscard]] std::size_t write_ask(base::MutableBytes room, const net::IpAddress& own, const net::MacAddress& own_mac,
                                    const net::IpAddress& target) noexcept;
/// A reply that `own` is at `own_mac`, to the host that asked.
[[nodiscard]] std::size_t write_tell(base::MutableBytes room, const net::IpAddress& own, const net::MacAddress& own_mac,
                                     const net::IpAddress& asker, const net::MacAddress& asker_mac) noexcept;

}  // namespace loadgen
