// SPDX-License-Identifier: Apache-2.0
// Formats that are written.
#include "trace/writer.hpp"

#include <fmt/core.h>

#include "strc_writer.hpp"
#include "text_writers.hpp"

namespace trace {

diag::Result<Format> format_of_path(const std::string& path) {
  const std::string_view name(path);
  if (name.ends_with(".strc")) return Format::kStrc;
  if (name.ends_with(".csv")) return Format::kCsv;
  if (name.ends_with(".dnsperf") || name.ends_with(".txt")) return Format::kDnsperf;
  return diag::fail(diag::Code::kInvalid,
                    fmt::format("{}: what format shall it have? End the name in .strc, .csv or .dnsperf", path));
}

diag::Result<std::unique_ptr<Writer>> create(const std::string& path, Format format, const Dictionary& dictionary,
                                             const Info& info) {
  switch (format) {
    case Format::kStrc:
      return create_strc(path, dictionary, info);
    case Format::kCsv:
      return create_csv(path, dictionary, info);
    case Format::kDnsperf:
      return create_dnsperf(path, dictionary);
    case Format::kPcap:
    case Format::kDnstap:
    case Format::kDnsmasq:
    case Format::kBind:
    case Format::kMade:
      break;
  }
  return diag::fail(diag::Code::kInvalid, fmt::format("{}: {} is read, but not written; write strc, csv or dnsperf",
                                                      path, format_name(format)));
}

}  // namespace trace
