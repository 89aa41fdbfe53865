// SPDX-License-Identifier: Apache-2.0
// Digits to nanoseconds since 1970. Not by date::from_stream: it needs a stream for each line of a log, and accepts
// neither a comma before the fraction nor a 29 February without its year.
#include "timestamps.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace trace {
namespace {

constexpr std::int64_t kSecNs = 1'000'000'000;
constexpr std::int64_t kYearNs = 365 * 86'400 * kSecNs;
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads from front to back; stays failed after the first mismatch.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : text_(text) {}
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  int number(std::size_t digits) noexcept {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char digit = peek();
      if (digit < '0' || digit > '9') ok_ = false;
      if (!ok_) return 0;
      value = value * 10 + (digit - '0');
      ++at_;
    }
    return value;
  }
  bool take(char wanted) noexcept {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) noexcept { ok_ = take(wanted) && ok_; }
  int month() noexcept {
    const std::string_view word = text_.substr(std::min(at_, text_.size()), 3);
    const auto* const found = std::find(kMonths.begin(), kMonths.end(), word);
    if (found == kMonths.end()) ok_ = false;
    at_ += 3;
    return static_cast<int>(found - kMonths.begin()) + 1;
  }
  /// ".123" or ",123": up to nine digits count.
  std::int64_t fraction_ns() noexcept {
    if (peek() != '.' && peek() != ',') return 0;
    ++at_;
    std::int64_t value = 0;
    std::int64_t unit = kSecNs / 10;
    for (; peek() >= '0' && peek() <= '9'; ++at_, unit /= 10) value += (peek() - '0') * unit;
    return value;
  }
  std::int64_t clock_ns() noexcept {
    const int hour = number(2);
    expect(':');
    const int minute = number(2);
    expect(':');
    const int second = number(2);
    if (hour > 23 || minute > 59 || second > 60) ok_ = false;
    return (hour * 3'600 + minute * 60 + second) * kSecNs + fraction_ns();
  }
  /// "Z", "+01:00", "-0130", or nothing.
  std::int64_t zone_ns() noexcept {
    if (take('Z')) return 0;
    const bool east = peek() == '+';
    if (!east && peek() != '-') return 0;
    ++at_;
    const int hours = number(2);
    static_cast<void>(take(':'));
    const std::int64_t offset = (hours * 3'600 + number(2) * 60) * kSecNs;
    return east ? offset : -offset;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::optional<std::int64_t> date_ns(int year, int month, int day) noexcept {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar words
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || year > 2200) return std::nullopt;
  return std::int64_t{sys_days(date).time_since_epoch().count()} * 86'400 * kSecNs;
}

std::optional<Stamp> stamp_of(const Cursor& in, std::optional<std::int64_t> date, std::int64_t within_ns,
                              bool has_year) noexcept {
  if (!in.ok() || !date) return std::nullopt;
  return Stamp{*date + within_ns, in.at(), has_year};
}

std::optional<Stamp> read_iso(std::string_view text) noexcept {
  Cursor in(text);
  const int year = in.number(4);
  in.expect('-');
  const int month = in.number(2);
  in.expect('-');
  const int day = in.number(2);
  if (!in.take('T')) in.expect(' ');
  const std::int64_t clock = in.clock_ns();
  const std::int64_t zone = in.zone_ns();
  return stamp_of(in, in.ok() ? date_ns(year, month, day) : std::nullopt, clock - zone, true);
}

std::optional<Stamp> read_bind(std::string_view text) noexcept {
  Cursor in(text);
  const int day = in.number(2);
  in.expect('-');
  const int month = in.month();
  in.expect('-');
  const int year = in.number(4);
  in.expect(' ');
  const std::int64_t clock = in.clock_ns();
  return stamp_of(in, in.ok() ? date_ns(year, month, day) : std::nullopt, clock, true);
}

std::optional<Stamp> read_syslog(std::string_view text) noexcept {
  Cursor in(text);
  const int month = in.month();
  in.expect(' ');
  const int day = in.take(' ') ? in.number(1) : in.number(2);
  in.expect(' ');
  const std::int64_t clock = in.clock_ns();
  if (month == 2 && day == 29) return stamp_of(in, date_ns(1970, 3, 1), clock - 1, false);
  return stamp_of(in, in.ok() ? date_ns(1970, month, day) : std::nullopt, clock, false);
}

}  // namespace

std::optional<Stamp> read_stamp(std::string_view text) noexcept {
  if (auto stamp = read_iso(text)) return stamp;
  if (auto stamp = read_bind(text)) return stamp;
  return read_syslog(text);
}

std::optional<std::int64_t> read_seconds(std::string_view text) noexcept {
  constexpr std::int64_t kMaxSec = 9'000'000'000;
  std::size_t at = 0;
  std::int64_t seconds = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    seconds = seconds * 10 + (text[at] - '0');
    if (seconds > kMaxSec) return std::nullopt;
  }
  if (at == 0) return std::nullopt;
  Cursor in(text.substr(at));
  const std::int64_t fraction = in.fraction_ns();
  if (at + in.at() != text.size()) return std::nullopt;
  return seconds * kSecNs + fraction;
}

std::int64_t YearGuess::place(const Stamp& stamp) noexcept {
  constexpr std::int64_t kMostNs = 200 * kYearNs;
  std::int64_t at = stamp.unix_ns + (stamp.has_year ? 0 : years_ns_);
  if (!stamp.has_year && at < last_ns_ - kYearNs / 2 && years_ns_ < kMostNs) {
    years_ns_ += kYearNs;
    at += kYearNs;
  }
  last_ns_ = std::max(last_ns_, at);
  return at;
}

}  // namespace trace
