// SPDX-License-Identifier: Apache-2.0
// Names, answers and frames by number.
#include "support/questions.hpp"

#include <array>
#include <cstring>

#include "base/contract.hpp"
#include "dns/header.hpp"
#include "net/frame.hpp"

namespace perf {
namespace {

constexpr std::array kServer{std::byte{10}, std::byte{77}, std::byte{0}, std::byte{53}};
constexpr net::MacAddress kClientMac{
    {std::byte{2}, std::byte{0x77}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0}}};
constexpr net::MacAddress kServerMac{
    {std::byte{2}, std::byte{0x77}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0x53}}};
constexpr std::size_t kFrameBytes = 1'600;
constexpr std::size_t kDigits = 8;

dns::NameView view_of(const std::vector<std::byte>& wire) {
  base::ByteReader in(wire);
  return dns::NameView::read_plain(in);
}

}  // namespace

net::IpAddress server_address() noexcept { return net::IpAddress::v4(kServer.data()); }

net::IpAddress client_address(std::uint32_t number) noexcept {
  const std::array octets{std::byte{10}, static_cast<std::byte>(1 + (number >> 16U)),
                          static_cast<std::byte>(number >> 8U), static_cast<std::byte>(number)};
  return net::IpAddress::v4(octets.data());
}

std::vector<std::byte> name(std::uint64_t number) {
  constexpr std::string_view kZone = "\5bench\7example";
  std::vector<std::byte> wire(kNameBytes);
  wire[0] = std::byte{1 + kDigits};
  wire[1] = std::byte{'q'};
  for (std::size_t i = kDigits; i != 0; --i, number /= 10) wire[1 + i] = static_cast<std::byte>('0' + number % 10);
  std::memcpy(&wire[2 + kDigits], kZone.data(), kZone.size());
  SLUICE_REQUIRE(2 + kDigits + kZone.size() + 1 == kNameBytes);
  return wire;
}

dns::QuestionKey key(std::uint64_t number) {
  const std::vector<std::byte> wire = name(number);
  dns::QuestionKey key;
  key.assign(view_of(wire), dns::QType::kA, dns::QClass::kIn, dns::UplinkId(0), 0);
  return key;
}

std::vector<std::byte> message(std::uint64_t number, std::uint16_t id, Opt opt) {
  std::vector<std::byte> bytes(dns::kMaxNameBytes + 64);
  base::ByteWriter out(bytes);
  dns::Header header;
  header.id = base::TxId(id);
  header.flags = dns::kFlagRd;
  header.qdcount = 1;
  header.arcount = opt == Opt::kPresent ? 1 : 0;
  header.write(out);
  out.bytes(name(number));
  out.u16(static_cast<std::uint16_t>(dns::QType::kA));
  out.u16(static_cast<std::uint16_t>(dns::QClass::kIn));
  if (opt == Opt::kPresent) {
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(dns::QType::kOpt));
    out.u16(1'232);
    out.u32(0);
    out.u16(0);
  }
  bytes.resize(out.size());
  return bytes;
}

Frame datagram(base::Bytes payload, Client client) {
  const net::Flow flow{.source_mac = kClientMac,
                       .destination_mac = kServerMac,
                       .source = client_address(client.number),
                       .destination = server_address(),
                       .source_port = base::UdpPort(static_cast<std::uint16_t>(1'024 + client.number % 60'000)),
                       .destination_port = base::UdpPort(net::kDnsPort)};
  Frame frame(kFrameBytes);
  std::memcpy(frame.data() + net::udp_header_bytes(flow), payload.data(), payload.size());
  frame.resize(net::write_udp_frame(frame, flow, payload.size(), net::TxChecksum::kSoftware));
  return frame;
}

Frame query(std::uint64_t number, Client client, Opt opt) { return datagram(message(number, client.id, opt), client); }

Answer::Answer(std::size_t records) : records_(records * 16) {
  base::ByteWriter out(records_);
  for (std::size_t i = 0; i < records; ++i) {
    ttl_offsets_.push_back(static_cast<std::uint16_t>(i * 16 + 6));
    out.u16(0xc00c);
    out.u16(static_cast<std::uint16_t>(dns::QType::kA));
    out.u16(static_cast<std::uint16_t>(dns::QClass::kIn));
    out.u32(kTtlSec);
    out.u16(4);
    out.u32(0xc000'0200U + static_cast<std::uint32_t>(i));
  }
}

dns::AnswerImage Answer::image() const noexcept {
  dns::AnswerImage image;
  image.records = records_;
  image.ttl_offsets = ttl_offsets_;
  image.ancount = static_cast<std::uint16_t>(ttl_offsets_.size());
  image.flags = dns::kFlagRa;
  return image;
}

cache::NewEntry Answer::entry(const dns::QuestionKey& key, std::uint64_t hash) const noexcept {
  return {.key = key.view(),
          .hash = hash,
          .image = image(),
          .kind = dns::AnswerKind::kPositive,
          .ttl_sec = kTtlSec,
          .keep_sec = 3'600};
}

}  // namespace perf
