// SPDX-License-Identifier: Apache-2.0
/// @file event.hpp – one question of one client, as a trace has it.
///
/// Purpose    what a simulation pulls by the million: numbers only; names and addresses stand in the Dictionary.
/// Threads    a value type.
/// Cost       24 bytes.
///
///   byte 0        8          12       16        20             22      23      24
///        ┌────────┬──────────┬────────┬─────────┬──────────────┬───────┬───────┐
///        │ at_ns  │ question │ client │ ttl_sec │ answer_bytes │ rcode │ flags │
///        └────────┴──────────┴────────┴─────────┴──────────────┴───────┴───────┘
///   flags   bit 0 over TCP │ 1 DO │ 2 CD │ 3 a client's repeat of a question that it waits for │ 4 of a flood
#pragma once

#include <cstddef>
#include <cstdint>

namespace trace {

inline constexpr std::uint32_t kUnknownTtl = 0xffff'ffff;
inline constexpr std::uint16_t kUnknownBytes = 0xffff;
inline constexpr std::uint8_t kUnknownRcode = 0xff;  // no answer was seen

inline constexpr std::uint8_t kOverTcp = 1;
inline constexpr std::uint8_t kDnssecOk = 2;
inline constexpr std::uint8_t kCheckingDisabled = 4;
inline constexpr std::uint8_t kRepeat = 8;  // made traces mark it; readers of captures do when ID and port are the same
inline constexpr std::uint8_t kFlood = 16;  // made traces only

struct Event {
  std::int64_t at_ns = 0;               // since the trace's origin (Info), never less than the event before
  std::uint32_t question = 0;           // index into the Dictionary: folded name, type, class
  std::uint32_t client = 0;             // index into the Dictionary's clients
  std::uint32_t ttl_sec = kUnknownTtl;  // what the answer may be kept for: lowest TTL, or RFC 2308's negative TTL
  std::uint16_t answer_bytes = kUnknownBytes;  // of the DNS message
  std::uint8_t rcode = kUnknownRcode;
  std::uint8_t flags = 0;
  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 24 && alignof(Event) == 8);
static_assert(offsetof(Event, ttl_sec) == 16 && offsetof(Event, flags) == 23);

}  // namespace trace
