// SPDX-License-Identifier: Apache-2.0
// What all text formats share: lines, their numbers, order of time, counting what does not parse.
#pragma once

#include <string_view>
#include <vector>

#include "file.hpp"
#include "trace/source.hpp"

namespace trace {

/// What became of a line.
enum class Line : std::uint8_t {
  kEvent,
  kNothing,  // a comment, a header, an empty line
  kOther,    // about other things
  kBroken,
  kBadName,
  kFull,  // the dictionary is
};

/// Times for formats that have none: a steady rate.
class MadeUpTimes {
 public:
  explicit MadeUpTimes(double rate) noexcept : gap_ns_(1e9 / rate) {}
  [[nodiscard]] std::int64_t next_ns() noexcept {
    return static_cast<std::int64_t>(static_cast<double>(count_++) * gap_ns_);
  }
  void begin_again() noexcept { count_ = 0; }

 private:
  double gap_ns_;
  std::uint64_t count_ = 0;
};

class LineSource : public Source {
 public:
  LineSource(File file, Format format, Dictionary& dictionary);

  diag::Result<std::size_t> next(std::span<Event> out) final;
  diag::Status rewind() final;
  const Info& info() const noexcept final { return info_; }
  const Skips& skips() const noexcept final { return skips_; }
  Progress progress() const noexcept final { return {file_.offset() - (size_ - at_), file_.size()}; }

 protected:
  /// Fills in the event. Times are nanoseconds on the log's own clock; the first becomes the origin, where it is one
  /// of the wall (see set_origin).
  [[nodiscard]] virtual Line parse(std::string_view line, Event& event) = 0;
  virtual void begin_again() {}

  /// A question of a client, both as text.
  [[nodiscard]] Line refer(std::string_view qname, std::string_view qtype, std::string_view client, Event& event);
  [[nodiscard]] Line refer(std::string_view qname, dns::QType qtype, dns::QClass qclass, std::string_view client,
                           RetryProfile retry, Event& event);
  [[nodiscard]] Dictionary& dictionary() noexcept { return dictionary_; }
  [[nodiscard]] Info& mutable_info() noexcept { return info_; }
  /// Unix time to time since the first one that was seen.
  [[nodiscard]] std::int64_t since_origin(std::int64_t unix_ns) noexcept;

 private:
  enum class Got : std::uint8_t { kLine, kTooLong, kEnd };
  [[nodiscard]] Got read_line(std::string_view& line);
  [[nodiscard]] bool refill();

  File file_;
  Dictionary& dictionary_;
  Info info_;
  Skips skips_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::uint64_t number_ = 0;  // of the line
  std::int64_t last_ns_ = 0;
  bool has_origin_ = false;
};

}  // namespace trace
