// SPDX-License-Identifier: Apache-2.0
// Frames by libfstrm, messages by protobuf-c. What clients asked counts (types AUTH, CLIENT, STUB, TOOL); what a resolver
// asked on their behalf (RESOLVER, FORWARDER) does not. A file with responses only is read all the same: each stands for its
// question, at the time of the answer.
#include "dnstap_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fstrm.h>

#include "exchanges.hpp"
#include "file.hpp"
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

struct FreeFrame {
  void operator()(Dnstap__Dnstap* frame) const noexcept { dnstap__dnstap__free_unpacked(frame, nullptr); }
};

struct CloseReader {
  void operator()(fstrm_reader* reader) const noexcept { fstrm_reader_destroy(&reader); }
};

class DnstapSource final : public Source {
 public:
  DnstapSource(std::string path, std::uint64_t file_bytes, Dictionary& dictionary, const OpenOptions& options)
      : path_(std::move(path)),
        file_bytes_(file_bytes),
        dictionary_(dictionary),
        options_(options),
        exchanges_(dictionary, skips_, "frame") {
    info_.format = Format::kDnstap;
    info_.name = path_;
  }

  [[nodiscard]] diag::Status begin();
  diag::Result<std::size_t> next(std::span<Event> out) override;
  diag::Status rewind() override { return begin(); }
  const Info& info() const noexcept override { return info_; }
  const Skips& skips() const noexcept override { return skips_; }
  Progress progress() const noexcept override { return {is_over_ ? file_bytes_ : done_bytes_, file_bytes_}; }

 private:
  [[nodiscard]] bool read_frame();
  [[nodiscard]] bool ends_between_frames() const noexcept;
  void take(base::Bytes frame);
  void take_message(const Dnstap__Message& message);

  std::string path_;
  std::uint64_t file_bytes_;
  Dictionary& dictionary_;
  OpenOptions options_;
  Info info_;
  Skips skips_;
  Exchanges exchanges_;
  std::unique_ptr<fstrm_reader, CloseReader> reader_;
  std::uint64_t frames_ = 0;
  std::uint64_t done_bytes_ = 0;   // of frames
  std::uint64_t start_bytes_ = 0;  // of the control frame in front of them
  bool has_origin_ = false;
  bool is_over_ = false;
  bool is_full_ = false;
};

diag::Status DnstapSource::begin() {
  constexpr std::size_t kLengthsBytes = 8;  // of the escape, and of the control frame
  auto front = File::open_to_read(path_);
  if (!front) return diag::fail(front.error());
  std::array<std::byte, kLengthsBytes> lengths{};
  if (front->read(lengths) == kLengthsBytes) start_bytes_ = kLengthsBytes + base::load_be32(lengths.data() + 4);
  fstrm_file_options* file = fstrm_file_options_init();
  fstrm_file_options_set_file_path(file, path_.c_str());
  fstrm_reader_options* options = fstrm_reader_options_init();
  fstrm_reader_options_add_content_type(options, kContent.data(), kContent.size());
  fstrm_reader_options_set_max_frame_size(options, kMaxFrameBytes);
  reader_.reset(fstrm_file_reader_init(file, options));
  fstrm_reader_options_destroy(&options);
  fstrm_file_options_destroy(&file);
  if (!reader_ || fstrm_reader_open(reader_.get()) != fstrm_res_success) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{}: is no file of frame streams that hold {}", path_, kContent));
  }
  skips_ = {};
  exchanges_.clear();
  frames_ = done_bytes_ = 0;
  is_over_ = is_full_ = false;
  return {};
}

diag::Result<std::size_t> DnstapSource::next(std::span<Event> out) {
  std::size_t count = exchanges_.drain(out, is_over_);
  while (count < out.size() && !is_over_) {
    is_over_ = !read_frame();
    if (is_full_) {
      return diag::fail(diag::Code::kExhausted,
                        fmt::format("{}: frame {}: more than {} distinct questions or {} clients; raise the limit",
                                    path_, frames_, dictionary_.limits().questions, dictionary_.limits().clients));
    }
    count += exchanges_.drain(out.subspan(count), is_over_);
  }
  return count;
}

bool DnstapSource::read_frame() {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  const fstrm_res got = fstrm_reader_read(reader_.get(), &data, &size);
  if (got == fstrm_res_stop) {
    if (!ends_between_frames()) skips_.note(Skip::kFileCut, "frame", frames_ + 1);
    return false;
  }
  ++frames_;
  if (got != fstrm_res_success) {
    skips_.note(Skip::kFileCut, "frame", frames_, "the rest cannot be read");
    return false;
  }
  done_bytes_ += size + 4;
  take(std::as_bytes(std::span(data, size)));
  return true;
}

/// The library takes a cut frame for the end of the file.
bool DnstapSource::ends_between_frames() const noexcept {
  constexpr std::uint64_t kStopBytes = 12;
  const std::uint64_t read = start_bytes_ + done_bytes_;
  return file_bytes_ == 0 || file_bytes_ == read || file_bytes_ == read + kStopBytes;
}

void DnstapSource::take(base::Bytes frame) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets, as the generated code names them
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(frame.data());
  const std::unique_ptr<Dnstap__Dnstap, FreeFrame> unpacked(dnstap__dnstap__unpack(nullptr, frame.size(), octets));
  if (!unpacked) {
    skips_.note(Skip::kFrameBroken, "frame", frames_);
    return;
  }
  if (unpacked->type != kTypeMessage || unpacked->message == nullptr) {
    skips_.note(Skip::kNotQuery, "frame", frames_);
    return;
  }
  switch (side_of(unpacked->message->type)) {
    case Side::kClient:
      return take_message(*unpacked->message);
    case Side::kUpstream:
      return skips_.note(Skip::kUpstream, "frame", frames_);
    case Side::kOther:
      return skips_.note(Skip::kNotQuery, "frame", frames_);
  }
}

void DnstapSource::take_message(const Dnstap__Message& message) {
  constexpr std::uint64_t kMaxSec = 9'000'000'000;
  const bool is_response = message.type % 2 == 0;
  const bool has_message = is_response ? message.has_response_message != 0 : message.has_query_message != 0;
  const base::Bytes address = bytes_of(message.query_address);
  const bool has_address = message.has_query_address != 0 && (address.size() == 4 || address.size() == 16);
  if (!has_message || !has_address) {
    skips_.note(Skip::kFrameBroken, "frame", frames_, has_message ? "without an address" : "without its message");
    return;
  }
  const base::Bytes server = bytes_of(message.response_address);
  if (!options_.servers.empty() && (server.size() == 4 || server.size() == 16)) {
    const net::IpAddress to =
        server.size() == 4 ? net::IpAddress::v4(server.data()) : net::IpAddress::v6(server.data());
    const bool wanted = std::any_of(options_.servers.begin(), options_.servers.end(),
                                    [&](const net::Prefix& prefix) { return prefix.contains(to); });
    if (!wanted) return skips_.note(Skip::kOtherServer, "frame", frames_);
  }
  const std::uint64_t sec = std::min(is_response ? message.response_time_sec : message.query_time_sec, kMaxSec);
  const std::uint32_t nsec = is_response ? message.response_time_nsec : message.query_time_nsec;
  const auto unix_ns = static_cast<std::int64_t>(sec * 1'000'000'000U + std::min(nsec, 999'999'999U));
  if (!has_origin_) info_.origin_unix_ns = unix_ns;
  has_origin_ = true;
  const auto took = exchanges_.take(
      {.at_ns = std::max<std::int64_t>(unix_ns - info_.origin_unix_ns, 0),
       .client = address.size() == 4 ? net::IpAddress::v4(address.data()) : net::IpAddress::v6(address.data()),
       .client_port = static_cast<std::uint16_t>(message.query_port),
       .over_tcp = message.socket_protocol >= 2 && message.socket_protocol != 5 && message.socket_protocol != 7,
       .may_stand_alone = true,
       .bytes = bytes_of(is_response ? message.response_message : message.query_message)},
      frames_);
  is_full_ = is_full_ || took == Exchanges::Took::kFull;
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open_dnstap(const std::string& path, std::uint64_t file_bytes,
                                                  Dictionary& dictionary, const OpenOptions& options) {
  auto source = std::make_unique<DnstapSource>(path, file_bytes, dictionary, options);
  if (auto begun = source->begin(); !begun) return diag::fail(begun.error());
  return source;
}

}  // namespace trace
