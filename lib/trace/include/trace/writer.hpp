// SPDX-License-Identifier: Apache-2.0
/// @file writer.hpp – where events go: our own format, CSV, dnsperf.
///
/// Purpose    one interface for the formats that `convert` and `generate` write. The file appears under its name only
///            when finish() has succeeded: until then it is FILE.part, which a writer that ends unfinished removes.
/// Threads    one owner.
/// Ownership  borrows the dictionary whose indices the events have; it outlives the writer.
/// Cost       our own format: most of it is compression.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "diag/result.hpp"
#include "trace/dictionary.hpp"
#include "trace/event.hpp"
#include "trace/source.hpp"

namespace trace {

class Writer {
 public:
  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  virtual ~Writer() = default;

  [[nodiscard]] virtual diag::Status write(std::span<const Event> events) = 0;
  /// Nothing may be written afterwards.
  [[nodiscard]] virtual diag::Status finish() = 0;
};

/// By the end of the name: .strc, .csv, .dnsperf or .txt.
[[nodiscard]] diag::Result<Format> format_of_path(const std::string& path);

/// `info` is the source's: its origin and name are written where the format has a place for them.
[[nodiscard]] diag::Result<std::unique_ptr<Writer>> create(const std::string& path, Format format,
                                                           const Dictionary& dictionary, const Info& info);

}  // namespace trace
