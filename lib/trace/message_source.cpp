// SPDX-License-Identifier: Apache-2.0
// Units until an event is ready.
#include "message_source.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace trace {

MessageSource::MessageSource(const Opened& file, Format format, std::string_view unit)
    : file_bytes_(file.bytes),
      dictionary_(file.dictionary),
      options_(file.options),
      unit_(unit),
      exchanges_(file.dictionary, skips_, unit) {
  info_.format = format;
  info_.name = file.path;
}

diag::Status MessageSource::begin() {
  skips_ = {};
  exchanges_.clear();
  units_ = done_bytes_ = 0;
  is_over_ = is_full_ = false;
  return open_file();
}

diag::Result<std::size_t> MessageSource::next(std::span<Event> out) {
  std::size_t count = exchanges_.drain(out, is_over_);
  while (count < out.size() && !is_over_) {
    is_over_ = !read_unit();
    if (is_full_) {
      return diag::fail(diag::Code::kExhausted,
                        fmt::format("{}: {} {}: more than {} distinct questions or {} clients; raise the limit", path(),
                                    unit_, units_, dictionary_.limits().questions, dictionary_.limits().clients));
    }
    count += exchanges_.drain(out.subspan(count), is_over_);
  }
  return count;
}

bool MessageSource::is_wanted(const net::IpAddress& server) const noexcept {
  return options_.servers.empty() || std::any_of(options_.servers.begin(), options_.servers.end(),
                                                 [&](const net::Prefix& prefix) { return prefix.contains(server); });
}

std::int64_t MessageSource::since_origin(std::int64_t sec, std::int64_t nsec) noexcept {
  constexpr std::int64_t kMaxSec = 9'000'000'000;
  const std::int64_t unix_ns =
      std::clamp<std::int64_t>(sec, 0, kMaxSec) * 1'000'000'000 + std::clamp<std::int64_t>(nsec, 0, 999'999'999);
  if (!has_origin_) info_.origin_unix_ns = unix_ns;
  has_origin_ = true;
  return std::max<std::int64_t>(unix_ns - info_.origin_unix_ns, 0);
}

void MessageSource::take(const Message& message) {
  is_full_ = exchanges_.take(message, units_) == Exchanges::Took::kFull || is_full_;
}

}  // namespace trace
