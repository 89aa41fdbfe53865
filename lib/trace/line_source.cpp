// SPDX-License-Identifier: Apache-2.0
// Lines to events.
#include "line_source.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "dns/text.hpp"
#include "net/text.hpp"

namespace trace {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18U;  // also the longest line that is read
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets put it in front of UTF-8

}  // namespace

LineSource::LineSource(File file, Format format, Dictionary& dictionary)
    : file_(std::move(file)), dictionary_(dictionary), buffer_(kBufferBytes) {
  info_.format = format;
  info_.name = file_.path();
}

diag::Status LineSource::rewind() {
  if (!file_.seek(0)) return diag::fail(diag::Code::kUnavailable, file_.path() + ": cannot be rewound");
  skips_ = {};
  at_ = size_ = 0;
  number_ = 0;
  last_ns_ = 0;
  begin_again();
  return {};
}

bool LineSource::refill() {
  std::memmove(buffer_.data(), buffer_.data() + at_, size_ - at_);
  size_ -= at_;
  at_ = 0;
  const std::size_t got = file_.read(std::as_writable_bytes(std::span(buffer_).subspan(size_)));
  size_ += got;
  return got != 0;
}

LineSource::Got LineSource::read_line(std::string_view& line) {
  bool too_long = false;
  while (true) {
    const auto* const newline = static_cast<const char*>(std::memchr(buffer_.data() + at_, '\n', size_ - at_));
    if (newline != nullptr) {
      line = {buffer_.data() + at_, static_cast<std::size_t>(newline - buffer_.data()) - at_};
      at_ += line.size() + 1;
      if (line.ends_with('\r')) line.remove_suffix(1);
      return too_long ? Got::kTooLong : Got::kLine;
    }
    if (at_ == 0 && size_ == buffer_.size()) {  // no room for more of it
      too_long = true;
      size_ = 0;
    }
    if (refill()) continue;
    line = {buffer_.data() + at_, size_ - at_};
    at_ = size_;
    if (line.empty() && !too_long) return Got::kEnd;
    return too_long ? Got::kTooLong : Got::kLine;
  }
}

diag::Result<std::size_t> LineSource::next(std::span<Event> out) {
  std::size_t count = 0;
  std::string_view line;
  while (count < out.size()) {
    const Got got = read_line(line);
    if (got == Got::kEnd) break;
    ++number_;
    if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    Event event;
    const Line what = got == Got::kTooLong ? Line::kBroken : parse(line, event);
    switch (what) {
      case Line::kEvent:
        break;
      case Line::kNothing:
        continue;
      case Line::kOther:
        skips_.note(Skip::kOtherLine, "line", number_);
        continue;
      case Line::kBroken:
        skips_.note(Skip::kLineBroken, "line", number_);
        continue;
      case Line::kBadName:
        skips_.note(Skip::kNameBroken, "line", number_);
        continue;
      case Line::kFull:
        return diag::fail(
            diag::Code::kExhausted,
            fmt::format("{}:{}: more than {} distinct questions or {} clients; raise the limit", file_.path(), number_,
                        dictionary_.limits().questions, dictionary_.limits().clients));
    }
    if (event.at_ns < last_ns_) {
      skips_.note(Skip::kTimeBackwards, "line", number_);
      event.at_ns = last_ns_;
    }
    last_ns_ = event.at_ns;
    out[count++] = event;
  }
  return count;
}

std::int64_t LineSource::since_origin(std::int64_t unix_ns) noexcept {
  if (!has_origin_) info_.origin_unix_ns = unix_ns;
  has_origin_ = true;
  return unix_ns - info_.origin_unix_ns;
}

Line LineSource::refer(std::string_view qname, std::string_view qtype, std::string_view client, Event& event) {
  const auto type = dns::type_from_text(qtype);
  return type ? refer(qname, *type, dns::QClass::kIn, client, RetryProfile::kUnknown, event) : Line::kBroken;
}

Line LineSource::refer(std::string_view qname, dns::QType qtype, dns::QClass qclass, std::string_view client,
                       RetryProfile retry, Event& event) {
  dns::NameWire room;
  base::ByteReader in(dns::name_from_text(qname, room));
  const dns::NameView name = dns::NameView::read_plain(in);
  if (name.empty()) return Line::kBadName;
  const auto address = net::parse_address(client.substr(0, client.find('%')));  // without a zone: fe80::1%eth0
  if (!address) return Line::kBroken;
  const auto question = dictionary_.intern(name, qtype, qclass);
  const auto who = dictionary_.intern(Client{*address, retry});
  if (!question || !who) return Line::kFull;
  event.question = *question;
  event.client = *who;
  return Line::kEvent;
}

}  // namespace trace
