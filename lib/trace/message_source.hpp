// SPDX-License-Identifier: Apache-2.0
// What captures and dnstap files share: DNS messages, one or none in each packet or frame, to events.
#pragma once

#include <string>

#include "exchanges.hpp"
#include "trace/source.hpp"

namespace trace {

class MessageSource : public Source {
 public:
  /// A file as open() finds it.
  struct Opened {
    const std::string& path;
    std::uint64_t bytes;
    Dictionary& dictionary;
    const OpenOptions& options;
  };
  /// `unit`: what the file is made of, for places.
  MessageSource(const Opened& file, Format format, std::string_view unit);

  /// Before the first next().
  [[nodiscard]] diag::Status begin();
  diag::Result<std::size_t> next(std::span<Event> out) final;
  diag::Status rewind() final { return begin(); }
  const Info& info() const noexcept final { return info_; }
  const Skips& skips() const noexcept final { return skips_; }
  Progress progress() const noexcept final { return {is_over_ ? file_bytes_ : done_bytes_, file_bytes_}; }

 protected:
  /// The file's first unit is the next one.
  [[nodiscard]] virtual diag::Status open_file() = 0;
  /// Takes what is in the next unit; false: there are no more.
  [[nodiscard]] virtual bool read_unit() = 0;

  [[nodiscard]] const std::string& path() const noexcept { return info_.name; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  [[nodiscard]] const OpenOptions& options() const noexcept { return options_; }
  [[nodiscard]] bool is_wanted(const net::IpAddress& server) const noexcept;

  void count_unit() noexcept { ++units_; }
  [[nodiscard]] std::uint64_t units() const noexcept { return units_; }
  [[nodiscard]] std::uint64_t done_bytes() const noexcept { return done_bytes_; }
  void set_done(std::uint64_t bytes) noexcept { done_bytes_ = bytes; }

  /// About the unit that was counted last.
  void skip(Skip kind, std::string_view detail = {}) { skips_.note(kind, unit_, units_, detail); }
  [[nodiscard]] Skips& mutable_skips() noexcept { return skips_; }
  /// Time since the first one that was seen; what no clock shows is taken for the nearest that one does.
  [[nodiscard]] std::int64_t since_origin(std::int64_t sec, std::int64_t nsec) noexcept;
  void take(const Message& message);

 private:
  std::uint64_t file_bytes_;
  Dictionary& dictionary_;
  OpenOptions options_;
  std::string_view unit_;
  Info info_;
  Skips skips_;
  Exchanges exchanges_;
  std::uint64_t units_ = 0;
  std::uint64_t done_bytes_ = 0;
  bool has_origin_ = false;
  bool is_over_ = false;
  bool is_full_ = false;  // the dictionary
};

/// A source of this kind at its beginning.
template <class Kind>
[[nodiscard]] diag::Result<std::unique_ptr<Source>> open_messages(const MessageSource::Opened& file) {
  auto source = std::make_unique<Kind>(file);
  if (auto begun = source->begin(); !begun) return diag::fail(begun.error());
  return source;
}

}  // namespace trace
