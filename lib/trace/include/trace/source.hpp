// SPDX-License-Identifier: Apache-2.0
/// @file source.hpp – where the events of a trace come from.
///
/// Purpose    one interface for captures, logs, files and generators: pulled in batches, in order of time, as often as
///            wanted. A trace may be larger than memory; its Dictionary is in memory (see there).
/// Threads    one puller; it is the Dictionary's writer.
/// Ownership  the Dictionary outlives its sources. Several sources may share one, one after the other in time or not:
///            what they have in common has the same index.
/// Cost       own format: copies of a batch; text and captures: parsing of each event.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "diag/result.hpp"
#include "net/address.hpp"
#include "trace/dictionary.hpp"
#include "trace/event.hpp"
#include "trace/skips.hpp"

namespace trace {

enum class Format : std::uint8_t {
  kStrc,     // our own
  kPcap,     // pcap and pcapng, anything that libpcap reads
  kDnstap,   // frame streams of dnstap messages
  kDnsmasq,  // log-queries of dnsmasq
  kBind,     // query log of BIND 9
  kCsv,      // docs/rig.md has the columns
  kDnsperf,  // "name type" a line, no times
  kMade,     // by a generator; no file
};

/// The word for a format on a command line: "strc", "pcap", …
[[nodiscard]] std::string_view format_name(Format format) noexcept;
[[nodiscard]] std::optional<Format> format_from_name(std::string_view name) noexcept;

/// What is known of a trace before it is read.
struct Info {
  Format format{};
  std::string name;                       // the file's path, or the generator's description
  std::int64_t origin_unix_ns = 0;        // wall clock of at_ns 0; 0: none. Known after the first next() for captures
  std::optional<std::uint64_t> events{};  // where the format or the generator says so
  bool has_times = true;                  // false: at_ns were made up, at OpenOptions::rate
  bool has_year = true;                   // false: a log without years; the origin is in 1970
};

/// For a progress bar.
struct Progress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: not known
};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Fills `out` from the front, wholly unless the trace ends; 0: there are no more. Damage is passed over and counted
  /// in skips(); an error means that nothing more can be read.
  [[nodiscard]] virtual diag::Result<std::size_t> next(std::span<Event> out) = 0;
  /// Back to the first event; the same events come again, with the same indices. skips() starts from zero.
  [[nodiscard]] virtual diag::Status rewind() = 0;

  [[nodiscard]] virtual const Info& info() const noexcept = 0;
  [[nodiscard]] virtual const Skips& skips() const noexcept = 0;
  /// Bytes for files, events for generators.
  [[nodiscard]] virtual Progress progress() const noexcept = 0;
};

inline constexpr std::int64_t kAllTime = std::numeric_limits<std::int64_t>::max();

struct OpenOptions {
  std::optional<Format> format{};        // none: detected from the content
  std::vector<net::Prefix> servers{};    // captures: only questions to these addresses count; empty: all
  std::vector<std::uint16_t> ports{53};  // captures: where DNS is
  double rate = 1'000;                   // events/s for formats without times
  std::int64_t from_ns = 0;              // only events from this time on …
  std::int64_t to_ns = kAllTime;         // … and before this one
};

/// Opens a file of any format that the options leave open.
[[nodiscard]] diag::Result<std::unique_ptr<Source>> open(const std::string& path, Dictionary& dictionary,
                                                         const OpenOptions& options = {});

}  // namespace trace
