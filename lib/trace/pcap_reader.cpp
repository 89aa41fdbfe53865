// SPDX-License-Identifier: Apache-2.0
// Packets by libpcap to messages, messages to events.
#include "pcap_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <pcap/pcap.h>

#include "message_source.hpp"
#include "packet.hpp"
#include "tcp_streams.hpp"

namespace trace {
namespace {

class PcapSource final : public MessageSource {
 public:
  explicit PcapSource(const Opened& file) : MessageSource(file, Format::kPcap, "packet"), streams_(mutable_skips()) {}

 private:
  struct Close {
    void operator()(pcap_t* pcap) const noexcept { pcap_close(pcap); }
  };

  [[nodiscard]] diag::Status open_file() override;
  [[nodiscard]] bool read_unit() override;
  void take_packet(const pcap_pkthdr& header, base::Bytes captured);
  void take_message(const Packet& packet, base::Bytes message, std::int64_t at_ns);
  [[nodiscard]] bool is_dns_port(std::uint16_t port) const noexcept {
    return std::find(options().ports.begin(), options().ports.end(), port) != options().ports.end();
  }

  TcpStreams streams_;
  std::unique_ptr<pcap_t, Close> pcap_;
  int link_type_ = 0;
  bool link_type_known_ = false;
};

diag::Status PcapSource::open_file() {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_.reset(pcap_open_offline_with_tstamp_precision(path().c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data()));
  if (!pcap_) return diag::fail(diag::Code::kInvalid, fmt::format("{}: {}", path(), why.data()));
  link_type_ = pcap_datalink(pcap_.get());
  link_type_known_ = is_known_link_type(link_type_);
  streams_.clear();
  return {};
}

bool PcapSource::read_unit() {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(pcap_.get(), &header, &bytes);
  if (got == PCAP_ERROR_BREAK) return false;
  count_unit();
  if (got != 1) {
    const std::string_view why = pcap_geterr(pcap_.get());
    skip(why.starts_with("truncated") ? Skip::kFileCut : Skip::kRestUnread, why);
    return false;
  }
  if (units() % 1'024 == 0) {
    const off_t at = ::ftello(pcap_file(pcap_.get()));
    if (at > 0) set_done(static_cast<std::uint64_t>(at));
  }
  take_packet(*header, std::as_bytes(std::span(bytes, header->caplen)));
  return true;
}

void PcapSource::take_packet(const pcap_pkthdr& header, base::Bytes captured) {
  if (!link_type_known_) {
    const char* const name = pcap_datalink_val_to_name(link_type_);
    return skip(Skip::kLinkType, fmt::format("link type {} ({})", link_type_, name == nullptr ? "no name" : name));
  }
  const std::int64_t at_ns = since_origin(header.ts.tv_sec, header.ts.tv_usec);
  const auto packet = decapsulate(link_type_, captured, header.len);
  if (!packet) return skip(packet.error());
  if (!is_dns_port(packet->ends.source_port) && !is_dns_port(packet->ends.destination_port)) {
    return skip(Skip::kNotDns);
  }
  if (!packet->is_tcp) return take_message(*packet, packet->payload, at_ns);
  streams_.take(*packet, units(), [&](base::Bytes message) { take_message(*packet, message, at_ns); });
}

void PcapSource::take_message(const Packet& packet, base::Bytes message, std::int64_t at_ns) {
  const bool is_response = message.size() > 2 && (std::to_integer<unsigned>(message[2]) & 0x80U) != 0;
  const Ends ends = is_response ? packet.ends.reversed() : packet.ends;  // as seen from the client
  if (!is_dns_port(ends.destination_port)) return skip(Skip::kNotQuery);
  if (!is_wanted(ends.destination)) return skip(Skip::kOtherServer);
  take({.at_ns = at_ns,
        .client = ends.source,
        .client_port = ends.source_port,
        .over_tcp = packet.is_tcp,
        .bytes = message});
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open_pcap(const std::string& path, std::uint64_t file_bytes,
                                                Dictionary& dictionary, const OpenOptions& options) {
  return open_messages<PcapSource>({path, file_bytes, dictionary, options});
}

}  // namespace trace
