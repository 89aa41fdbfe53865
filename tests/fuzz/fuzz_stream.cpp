// SPDX-License-Identifier: Apache-2.0
// Any bytes as a stream. Messages are within the room, and the same whether the stream comes whole or cut.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/contract.hpp"
#include "dns/stream.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 16U + 1U;
  std::array<std::array<std::byte, 300>, 2> rooms{};
  dns::StreamFramer whole(rooms[0]);
  dns::StreamFramer cut(rooms[1]);
  base::Bytes chunk = std::as_bytes(std::span(data, size)).subspan(1);
  base::Bytes left = chunk;  // what the second framer has not been given
  base::Bytes part;
  while (!chunk.empty()) {
    const dns::StreamStep step = whole.next(chunk);
    dns::StreamStep same;
    while (same.event == dns::StreamEvent::kNeedMore && !(part.empty() && left.empty())) {
      if (part.empty()) {
        part = left.first(std::min(piece, left.size()));
        left = left.subspan(part.size());
      }
      same = cut.next(part);
    }
    SLUICE_REQUIRE(step.event == same.event && step.message.size() == same.message.size());
    SLUICE_REQUIRE(step.message.size() <= rooms[0].size());
    if (!step.message.empty())
      SLUICE_REQUIRE(std::memcmp(&step.message[0], &same.message[0], step.message.size()) == 0);
  }
  SLUICE_REQUIRE(whole.is_between_messages() == cut.is_between_messages());
  return 0;
}
