// SPDX-License-Identifier: Apache-2.0
// Packets by libpcap to messages, messages to events.
#include "pcap_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "exchanges.hpp"
#include "packet.hpp"
#include "tcp_streams.hpp"

namespace trace {
namespace {

class PcapSource final : public Source {
 public:
  PcapSource(std::string path, std::uint64_t file_bytes, Dictionary& dictionary, const OpenOptions& options)
      : path_(std::move(path)),
        file_bytes_(file_bytes),
        dictionary_(dictionary),
        options_(options),
        streams_(skips_),
        exchanges_(dictionary, skips_, "packet") {
    info_.format = Format::kPcap;
    info_.name = path_;
  }

  [[nodiscard]] diag::Status begin();
  diag::Result<std::size_t> next(std::span<Event> out) override;
  diag::Status rewind() override { return begin(); }
  const Info& info() const noexcept override { return info_; }
  const Skips& skips() const noexcept override { return skips_; }
  Progress progress() const noexcept override { return {done_bytes_, file_bytes_}; }

 private:
  struct Close {
    void operator()(pcap_t* pcap) const noexcept { pcap_close(pcap); }
  };

  /// One packet; false: there are no more.
  [[nodiscard]] bool read_packet();
  void take(const pcap_pkthdr& header, base::Bytes captured);
  void take_message(const Packet& packet, base::Bytes message, std::int64_t at_ns);
  [[nodiscard]] bool is_dns_port(std::uint16_t port) const noexcept {
    return std::find(options_.ports.begin(), options_.ports.end(), port) != options_.ports.end();
  }
  [[nodiscard]] bool is_wanted(const net::IpAddress& server) const noexcept {
    return options_.servers.empty() || std::any_of(options_.servers.begin(), options_.servers.end(),
                                                   [&](const net::Prefix& prefix) { return prefix.contains(server); });
  }

  std::string path_;
  std::uint64_t file_bytes_;
  Dictionary& dictionary_;
  OpenOptions options_;
  Info info_;
  Skips skips_;
  TcpStreams streams_;
  Exchanges exchanges_;
  std::unique_ptr<pcap_t, Close> pcap_;
  int link_type_ = 0;
  bool link_type_known_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t done_bytes_ = 0;
  bool is_over_ = false;
  bool is_full_ = false;
};

diag::Status PcapSource::begin() {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_.reset(pcap_open_offline_with_tstamp_precision(path_.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data()));
  if (!pcap_) return diag::fail(diag::Code::kInvalid, fmt::format("{}: {}", path_, why.data()));
  link_type_ = pcap_datalink(pcap_.get());
  link_type_known_ = is_known_link_type(link_type_);
  skips_ = {};
  streams_.clear();
  exchanges_.clear();
  packets_ = done_bytes_ = 0;
  is_over_ = is_full_ = false;
  return {};
}

diag::Result<std::size_t> PcapSource::next(std::span<Event> out) {
  std::size_t count = exchanges_.drain(out, is_over_);
  while (count < out.size() && !is_over_) {
    is_over_ = !read_packet();
    if (is_full_) {
      return diag::fail(diag::Code::kExhausted,
                        fmt::format("{}: packet {}: more than {} distinct questions or {} clients; raise the limit",
                                    path_, packets_, dictionary_.limits().questions, dictionary_.limits().clients));
    }
    count += exchanges_.drain(out.subspan(count), is_over_);
  }
  return count;
}

bool PcapSource::read_packet() {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(pcap_.get(), &header, &bytes);
  if (got == PCAP_ERROR_BREAK) {
    done_bytes_ = file_bytes_;
    return false;
  }
  ++packets_;
  if (got != 1) {
    skips_.note(Skip::kFileCut, "packet", packets_, pcap_geterr(pcap_.get()));
    return false;
  }
  if (packets_ % 1'024 == 0) {
    const off_t at = ::ftello(pcap_file(pcap_.get()));
    done_bytes_ = at > 0 ? static_cast<std::uint64_t>(at) : done_bytes_;
  }
  take(*header, std::as_bytes(std::span(bytes, header->caplen)));
  return true;
}

void PcapSource::take(const pcap_pkthdr& header, base::Bytes captured) {
  if (!link_type_known_) {
    const char* const name = pcap_datalink_val_to_name(link_type_);
    skips_.note(Skip::kLinkType, "packet", packets_,
                fmt::format("link type {} ({})", link_type_, name == nullptr ? "no name" : name));
    return;
  }
  constexpr std::int64_t kMaxSec = 9'000'000'000;
  const std::int64_t sec = std::clamp<std::int64_t>(header.ts.tv_sec, 0, kMaxSec);
  const std::int64_t unix_ns = sec * 1'000'000'000 + std::clamp<std::int64_t>(header.ts.tv_usec, 0, 999'999'999);
  if (packets_ == 1) info_.origin_unix_ns = unix_ns;
  const std::int64_t at_ns = std::max<std::int64_t>(unix_ns - info_.origin_unix_ns, 0);
  const auto packet = decapsulate(link_type_, captured, header.len);
  if (!packet) {
    skips_.note(packet.error(), "packet", packets_);
    return;
  }
  if (!is_dns_port(packet->ends.source_port) && !is_dns_port(packet->ends.destination_port)) {
    skips_.note(Skip::kNotDns, "packet", packets_);
    return;
  }
  if (!packet->is_tcp) return take_message(*packet, packet->payload, at_ns);
  streams_.take(*packet, packets_, [&](base::Bytes message) { take_message(*packet, message, at_ns); });
}

void PcapSource::take_message(const Packet& packet, base::Bytes message, std::int64_t at_ns) {
  const bool is_response = message.size() > 2 && (std::to_integer<unsigned>(message[2]) & 0x80U) != 0;
  const Ends ends = is_response ? packet.ends.reversed() : packet.ends;  // as seen from the client
  if (!is_dns_port(ends.destination_port)) {
    skips_.note(Skip::kNotQuery, "packet", packets_);
    return;
  }
  if (!is_wanted(ends.destination)) {
    skips_.note(Skip::kOtherServer, "packet", packets_);
    return;
  }
  const auto took = exchanges_.take({.at_ns = at_ns,
                                     .client = ends.source,
                                     .client_port = ends.source_port,
                                     .over_tcp = packet.is_tcp,
                                     .bytes = message},
                                    packets_);
  is_full_ = is_full_ || took == Exchanges::Took::kFull;
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open_pcap(const std::string& path, std::uint64_t file_bytes,
                                                Dictionary& dictionary, const OpenOptions& options) {
  auto source = std::make_unique<PcapSource>(path, file_bytes, dictionary, options);
  if (auto begun = source->begin(); !begun) return diag::fail(begun.error());
  return source;
}

}  // namespace trace
