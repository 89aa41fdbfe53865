// SPDX-License-Identifier: Apache-2.0
// Frames by libfstrm, messages by protobuf-c. What clients asked counts (types AUTH, CLIENT, STUB, TOOL); what a resolver
// asked on their behalf (RESOLVER, FORWARDER) does not. In a file with responses only, each response counts
// as its question, at the time of the answer.
#include "dnstap_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/core.h>
#include <fstrm.h>

#include "file.hpp"
#include "message_source.hpp"
#include "trace/dnstap.pb-c.h"

namespace trace {
namespace {

constexpr std::string_view kContent = "protobuf:dnstap.Dnstap";
constexpr std::size_t kMaxFrameBytes = std::size_t{1} << 20U;
constexpr std::uint32_t kTypeMessage = 1;

enum class Side : std::uint8_t { kClient, kUpstream, kOther };

Side side_of(std::uint32_t type) noexcept {
  if (type >= 3 && type <= 4) return Side::kUpstream;
  if (type >= 7 && type <= 8) return Side::kUpstream;
  return type >= 1 && type <= 12 ? Side::kClient : Side::kOther;
}

base::Bytes bytes_of(const ProtobufCBinaryData& data) noexcept { return std::as_bytes(std::span(data.data, data.len)); }

/// Of four or sixteen octets; absent ones have none.
std::optional<net::IpAddress> address_of(const ProtobufCBinaryData& data) noexcept {
  const base::Bytes octets = bytes_of(data);
  if (octets.size() == 4) return net::IpAddress::v4(octets.data());
  if (octets.size() == 16) return net::IpAddress::v6(octets.data());
  return std::nullopt;
}

struct FreeFrame {
  void operator()(Dnstap__Dnstap* frame) const noexcept { dnstap__dnstap__free_unpacked(frame, nullptr); }
};

struct CloseReader {
  void operator()(fstrm_reader* reader) const noexcept { fstrm_reader_destroy(&reader); }
};

class DnstapSource final : public MessageSource {
 public:
  explicit DnstapSource(const Opened& file) : MessageSource(file, Format::kDnstap, "frame") {}

 private:
  [[nodiscard]] diag::Status open_file() override;
  [[nodiscard]] bool read_unit() override;
  [[nodiscard]] bool ends_between_frames() const noexcept;
  void take_frame(base::Bytes frame);
  void take_message(const Dnstap__Message& message);

  std::unique_ptr<fstrm_reader, CloseReader> reader_;
  std::uint64_t start_bytes_ = 0;  // of the control frame in front of the others
};

diag::Status DnstapSource::open_file() {
  constexpr std::size_t kLengthsBytes = 8;  // of the escape, and of the control frame
  auto front = File::open_to_read(path());
  if (!front) return diag::fail(front.error());
  std::array<std::byte, kLengthsBytes> lengths{};
  if (front->read(lengths) == kLengthsBytes) start_bytes_ = kLengthsBytes + base::load_be32(lengths.data() + 4);
  fstrm_file_options* file = fstrm_file_options_init();
  fstrm_file_options_set_file_path(file, path().c_str());
  fstrm_reader_options* how = fstrm_reader_options_init();
  fstrm_reader_options_add_content_type(how, kContent.data(), kContent.size());
  fstrm_reader_options_set_max_frame_size(how, kMaxFrameBytes);
  reader_.reset(fstrm_file_reader_init(file, how));
  fstrm_reader_options_destroy(&how);
  fstrm_file_options_destroy(&file);
  if (!reader_ || fstrm_reader_open(reader_.get()) != fstrm_res_success) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{}: is no file of frame streams that hold {}", path(), kContent));
  }
  return {};
}

bool DnstapSource::read_unit() {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  const fstrm_res got = fstrm_reader_read(reader_.get(), &data, &size);
  if (got == fstrm_res_stop && ends_between_frames()) return false;
  count_unit();
  if (got != fstrm_res_success) {
    skip(got == fstrm_res_stop ? Skip::kFileCut : Skip::kRestUnread);
    return false;
  }
  set_done(done_bytes() + size + 4);
  take_frame(std::as_bytes(std::span(data, size)));
  return true;
}

/// The library takes a cut frame for the end of the file.
bool DnstapSource::ends_between_frames() const noexcept {
  constexpr std::uint64_t kStopBytes = 12;
  const std::uint64_t read = start_bytes_ + done_bytes();
  return file_bytes() == 0 || file_bytes() == read || file_bytes() == read + kStopBytes;
}

void DnstapSource::take_frame(base::Bytes frame) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets, as the generated code names them
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(frame.data());
  const std::unique_ptr<Dnstap__Dnstap, FreeFrame> unpacked(dnstap__dnstap__unpack(nullptr, frame.size(), octets));
  if (!unpacked) return skip(Skip::kFrameBroken);
  if (unpacked->type != kTypeMessage || unpacked->message == nullptr) return skip(Skip::kNotQuery);
  switch (side_of(unpacked->message->type)) {
    case Side::kClient:
      return take_message(*unpacked->message);
    case Side::kUpstream:
      return skip(Skip::kUpstream);
    case Side::kOther:
      return skip(Skip::kNotQuery);
  }
}

void DnstapSource::take_message(const Dnstap__Message& message) {
  const bool is_response = message.type % 2 == 0;
  const bool has_message = is_response ? message.has_response_message != 0 : message.has_query_message != 0;
  const auto client = address_of(message.query_address);
  if (!has_message || !client)
    return skip(Skip::kFrameBroken, has_message ? "without an address" : "without its message");
  const auto server = address_of(message.response_address);
  if (server && !is_wanted(*server)) return skip(Skip::kOtherServer);
  constexpr std::uint64_t kMaxSec = INT64_MAX;
  const std::uint64_t sec = is_response ? message.response_time_sec : message.query_time_sec;
  take({.at_ns = since_origin(static_cast<std::int64_t>(std::min(sec, kMaxSec)),
                              is_response ? message.response_time_nsec : message.query_time_nsec),
        .client = *client,
        .client_port = static_cast<std::uint16_t>(message.query_port),
        .over_tcp = message.socket_protocol >= 2 && message.socket_protocol != 5 && message.socket_protocol != 7,
        .may_stand_alone = true,
        .bytes = bytes_of(is_response ? message.response_message : message.query_message)});
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open_dnstap(const std::string& path, std::uint64_t file_bytes,
                                                  Dictionary& dictionary, const OpenOptions& options) {
  return open_messages<DnstapSource>({path, file_bytes, dictionary, options});
}

}  // namespace trace
