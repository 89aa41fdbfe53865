// SPDX-License-Identifier: Apache-2.0
// Any bytes as a client's stream: however they are cut, and whenever a message must wait, the same messages leave.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/contract.hpp"
#include "inbox.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static std::array<std::array<std::byte, 65'535>, 2> rooms;
  dns::StreamFramer framer(rooms[0]);
  dns::StreamFramer plain(rooms[1]);
  const std::size_t piece = data[0] + 1U;
  std::size_t pauses = data[1];  // bit i: the i-th chunk is kept unread
  const base::Bytes stream = std::as_bytes(std::span(data, size)).subspan(2);
  tcp_server::Inbox inbox;
  base::Bytes expected = stream;
  for (std::size_t at = 0; at < stream.size(); at += piece, pauses >>= 1U) {
    base::Bytes fresh = stream.subspan(at, std::min(piece, stream.size() - at));
    for (bool more = (pauses & 1U) == 0; more;) {
      const dns::StreamStep step = inbox.next(fresh, framer);
      more = step.event != dns::StreamEvent::kNeedMore;
      if (!more) break;
      const dns::StreamStep same = plain.next(expected);
      SLUICE_REQUIRE(step.event == same.event && std::ranges::equal(step.message, same.message));
    }
    inbox.keep(fresh);
  }
  return 0;
}
