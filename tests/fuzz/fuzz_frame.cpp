// SPDX-License-Identifier: Apache-2.0
// Any bytes as a frame. An accepted frame lies within its bytes, and its reply parses as the flow turned round.
#include <cstdint>
#include <memory>

#include "base/contract.hpp"
#include "net/frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto known = data[0] % 2 == 0 ? net::RxChecksum::kUnknown : net::RxChecksum::kGood;
  const auto mode = net::TxChecksum::kSoftware;
  const std::size_t frame_bytes = size - 1;
  const auto room = std::make_unique<std::byte[]>(frame_bytes);  // exact, so that a sanitizer sees every overrun
  if (frame_bytes != 0) std::memcpy(room.get(), data + 1, frame_bytes);

  const auto query = net::FrameView::parse({room.get(), frame_bytes}, known);
  if (!query) return 0;
  SLUICE_REQUIRE(query->payload_bytes <= frame_bytes - query->payload_offset);
  const std::size_t reply_bytes = net::make_reply({room.get(), frame_bytes}, *query, query->payload_bytes, mode);
  SLUICE_REQUIRE(reply_bytes == query->payload_offset + std::size_t{query->payload_bytes});
  const auto reply = net::FrameView::parse({room.get(), reply_bytes}, net::RxChecksum::kUnknown);
  if (!reply) SLUICE_REQUIRE(reply.error() == net::FrameReject::kMartian);  // a query sent to a multicast address
  if (reply)
    SLUICE_REQUIRE(reply->flow.source == query->flow.destination && reply->payload_bytes == query->payload_bytes);
  return 0;
}
