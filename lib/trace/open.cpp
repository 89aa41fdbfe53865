// SPDX-License-Identifier: Apache-2.0
// Files to sources.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "detect.hpp"
#include "dnstap_reader.hpp"
#include "file.hpp"
#include "pcap_reader.hpp"
#include "strc_reader.hpp"
#include "text_readers.hpp"
#include "trace/source.hpp"

namespace trace {
namespace {

/// The part of another source that lies within a span of time.
class WindowSource final : public Source {
 public:
  WindowSource(std::unique_ptr<Source> whole, std::int64_t from_ns, std::int64_t to_ns)
      : whole_(std::move(whole)), from_ns_(from_ns), to_ns_(to_ns) {
    take_info();
  }

  diag::Result<std::size_t> next(std::span<Event> out) override {
    std::size_t count = 0;
    while (!is_over_ && count < out.size()) {
      const auto got = whole_->next(out.subspan(count));
      if (!got) return got;
      if (*got == 0) break;
      take_info();
      const auto batch = out.subspan(count, *got);
      const auto is_early = [&](const Event& event) { return event.at_ns < from_ns_; };
      const auto is_not_late = [&](const Event& event) { return event.at_ns < to_ns_; };
      const auto begin = std::partition_point(batch.begin(), batch.end(), is_early);
      const auto end = std::partition_point(begin, batch.end(), is_not_late);
      is_over_ = end != batch.end();
      std::copy(begin, end, batch.begin());
      count += static_cast<std::size_t>(end - begin);
    }
    return count;
  }
  diag::Status rewind() override {
    is_over_ = false;
    return whole_->rewind();
  }
  const Info& info() const noexcept override { return info_; }
  const Skips& skips() const noexcept override { return whole_->skips(); }
  Progress progress() const noexcept override { return whole_->progress(); }

 private:
  void take_info() {
    info_ = whole_->info();
    info_.events.reset();
  }

  std::unique_ptr<Source> whole_;
  Info info_;
  std::int64_t from_ns_;
  std::int64_t to_ns_;
  bool is_over_ = false;
};

diag::Result<std::unique_ptr<Source>> open_as(Format format, File file, Dictionary& dictionary,
                                              const OpenOptions& options) {
  const std::string path = file.path();
  switch (format) {
    case Format::kStrc:
      return open_strc(path, dictionary, options);
    case Format::kCsv:
      return read_csv(std::move(file), dictionary, options.rate);
    case Format::kDnsperf:
      return read_dnsperf(std::move(file), dictionary, options.rate);
    case Format::kDnsmasq:
      return read_dnsmasq(std::move(file), dictionary);
    case Format::kBind:
      return read_bind(std::move(file), dictionary);
    case Format::kPcap:
      return open_pcap(path, file.size(), dictionary, options);
    case Format::kDnstap:
      return open_dnstap(path, file.size(), dictionary, options);
    case Format::kMade:
      break;
  }
  return diag::fail(diag::Code::kInvalid, fmt::format("{}: {} is not read", path, format_name(format)));
}

diag::Result<Format> format_of(File& file) {
  std::vector<std::byte> front(kDetectBytes);
  front.resize(file.read(front));
  auto format = detect(front);
  if (!format) return diag::fail(diag::Code::kInvalid, file.path() + " " + format.error().sentence());
  return format;
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open(const std::string& path, Dictionary& dictionary,
                                           const OpenOptions& options) {
  if (!(options.rate > 0)) return diag::fail(diag::Code::kInvalid, "a rate is more than 0 events a second");
  auto file = File::open_to_read(path);
  if (!file) return diag::fail(file.error());
  auto format = options.format ? diag::Result<Format>(*options.format) : format_of(*file);
  if (!format) return diag::fail(format.error());
  if (!file->seek(0)) {
    return diag::fail(diag::Code::kInvalid,
                      path + ": cannot be read twice, as a trace must be; write what comes out of the pipe to a file");
  }
  auto source = open_as(*format, std::move(*file), dictionary, options);
  if (!source || (options.from_ns <= 0 && options.to_ns == kAllTime)) return source;
  return std::make_unique<WindowSource>(std::move(*source), options.from_ns, options.to_ns);
}

}  // namespace trace
