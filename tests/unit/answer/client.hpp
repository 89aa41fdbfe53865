// SPDX-License-Identifier: Apache-2.0
// A client and an upstream beside an in-process appliance, in few words.
#pragma once

#include <string_view>
#include <vector>

#include "frames.hpp"
#include "in_process.hpp"

namespace test {

inline net::Flow client_flow(std::uint16_t port = 40'000, unsigned host = 100) {
  net::Flow flow;
  flow.source = InProcess::v4(10, 77, 0, host);
  flow.destination = InProcess::v4(10, 77, 0, 53);
  flow.source_port = base::UdpPort(port);
  flow.destination_port = base::UdpPort(53);
  return flow;
}

/// The DNS message in a frame that we sent.
inline base::Bytes message_of(const Frame& frame) {
  const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
  SLUICE_REQUIRE(view.has_value());
  return base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes);
}

inline dns::Header header_of(const Frame& frame) {
  base::ByteReader in(message_of(frame));
  return dns::Header::read(in);
}

/// Asks and lets everything settle; what was sent is in appliance.sent().
inline void ask(InProcess& appliance, const QuerySpec& query, const net::Flow& flow = client_flow(),
                std::size_t worker = 0) {
  appliance.port(worker).arrive(udp_frame(flow, query_message(query)));
  appliance.settle();
}

/// The upstream's reply to a packet that the appliance sent it.
inline Frame reply_to(const Frame& upstream, std::uint16_t records, std::uint32_t ttl_sec,
                      dns::Rcode rcode = dns::Rcode::kNoError) {
  const auto view = net::FrameView::parse(upstream, net::RxChecksum::kUnknown);
  return udp_frame(view->flow.reversed(), reply_message(message_of(upstream), records, ttl_sec, rcode));
}

}  // namespace test
