// SPDX-License-Identifier: Apache-2.0
// Names of formats.
#include "trace/source.hpp"

#include <algorithm>
#include <array>

namespace trace {
namespace {

struct Named {
  Format format;
  std::string_view name;
};
constexpr std::array<Named, 8> kNamed{{{Format::kStrc, "strc"},
                                       {Format::kPcap, "pcap"},
                                       {Format::kDnstap, "dnstap"},
                                       {Format::kDnsmasq, "dnsmasq"},
                                       {Format::kBind, "bind"},
                                       {Format::kCsv, "csv"},
                                       {Format::kDnsperf, "dnsperf"},
                                       {Format::kMade, "made"}}};

}  // namespace

std::string_view format_name(Format format) noexcept {
  return std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& named) { return named.format == format; })->name;
}

std::optional<Format> format_from_name(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& named) { return named.name == name; });
  if (found == kNamed.end() || found->format == Format::kMade) return std::nullopt;
  return found->format;
}

}  // namespace trace
