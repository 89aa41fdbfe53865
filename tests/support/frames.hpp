// SPDX-License-Identifier: Apache-2.0
// Frames of clients and upstream servers, built with the project's own writers, and parsed again.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.hpp"
#include "heap_port.hpp"
#include "net/frame.hpp"
#include "zone_names.hpp"

namespace test {

struct QuerySpec {
  std::string_view qname = "www.example.";
  dns::QType qtype = dns::QType::kA;
  std::uint16_t id = 1;
  std::uint16_t flags = dns::kFlagRd;
  std::uint16_t edns_bytes = 0;  // 0: no OPT
};

inline std::vector<std::byte> query_message(const QuerySpec& spec) {
  std::vector<std::byte> room(512);
  base::ByteWriter out(room);
  dns::Header{base::TxId(spec.id), spec.flags, 1, 0, 0, spec.edns_bytes != 0 ? std::uint16_t{1} : std::uint16_t{0}}
      .write(out);
  out.bytes(wire_name(spec.qname));
  out.u16(static_cast<std::uint16_t>(spec.qtype));
  out.u16(1);
  if (spec.edns_bytes != 0) {
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(dns::QType::kOpt));
    out.u16(spec.edns_bytes);
    out.u32(0);
    out.u16(0);
  }
  room.resize(out.size());
  return room;
}

/// A reply with `records` A records (192.0.2.1 …) of `ttl_sec` to a query message.
inline std::vector<std::byte> reply_message(base::Bytes query, std::uint16_t records, std::uint32_t ttl_sec,
                                            dns::Rcode rcode = dns::Rcode::kNoError) {
  base::ByteReader in(query);
  dns::Header header = dns::Header::read(in);
  const dns::NameView qname = dns::NameView::read_plain(in);
  in.skip(4);
  SLUICE_REQUIRE(in.ok() && !qname.empty());
  std::vector<std::byte> room(4'096);
  base::ByteWriter out(room);
  header.flags = static_cast<std::uint16_t>(dns::kFlagQr | dns::kFlagRd | dns::kFlagRa | static_cast<unsigned>(rcode));
  header.ancount = records;
  header.nscount = 0;
  header.arcount = 0;
  header.write(out);
  out.bytes(query.subspan(dns::kHeaderBytes, in.offset() - dns::kHeaderBytes));
  for (std::uint16_t i = 0; i < records; ++i) {
    out.u16(0xc00c);
    out.u16(static_cast<std::uint16_t>(dns::QType::kA));
    out.u16(1);
    out.u32(ttl_sec);
    out.u16(4);
    out.u32(0xc000'0201U + i);
  }
  room.resize(out.size());
  return room;
}

inline Frame udp_frame(const net::Flow& flow, base::Bytes payload) {
  const std::size_t headers = net::udp_header_bytes(flow);
  Frame frame(headers + payload.size());
  std::memcpy(frame.data() + headers, payload.data(), payload.size());
  const std::size_t length = net::write_udp_frame(frame, flow, payload.size(), net::TxChecksum::kSoftware);
  SLUICE_REQUIRE(length == frame.size());
  return frame;
}

}  // namespace test
