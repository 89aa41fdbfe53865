// SPDX-License-Identifier: Apache-2.0
// Detection by magic numbers, then by the form of the first lines.
#include "detect.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "columns.hpp"
#include "dns/text.hpp"
#include "strc_block.hpp"

namespace trace {
namespace {

struct Magic {
  std::array<std::uint8_t, 4> octets;
  std::size_t count;
  Format format;
  std::string_view remedy;  // set: the file is none of ours
};

constexpr std::array kMagics{
    Magic{{0x93, 'S', 'T', 'R'}, 4, Format::kStrc, {}},
    Magic{{0xa1, 0xb2, 0xc3, 0xd4}, 4, Format::kPcap, {}},
    Magic{{0xd4, 0xc3, 0xb2, 0xa1}, 4, Format::kPcap, {}},
    Magic{{0xa1, 0xb2, 0x3c, 0x4d}, 4, Format::kPcap, {}},
    Magic{{0x4d, 0x3c, 0xb2, 0xa1}, 4, Format::kPcap, {}},
    Magic{{0x0a, 0x0d, 0x0d, 0x0a}, 4, Format::kPcap, {}},
    Magic{{0x1f, 0x8b}, 2, {}, "is compressed by gzip; unpack it first: gunzip -k FILE"},
    Magic{{0x28, 0xb5, 0x2f, 0xfd}, 4, {}, "is compressed by zstd; unpack it first: zstd -d FILE"},
    Magic{{0xfd, '7', 'z', 'X'}, 4, {}, "is compressed by xz; unpack it first: unxz -k FILE"},
    Magic{{'B', 'Z', 'h'}, 3, {}, "is compressed by bzip2; unpack it first: bunzip2 -k FILE"},
};

/// Frame streams open with an escape (a length of zero) and a control frame of type START or, between two ends, READY.
bool is_frame_stream(base::Bytes front) noexcept {
  if (front.size() < 12 || base::load_be32(front.data()) != 0) return false;
  const std::uint32_t length = base::load_be32(front.data() + 4);
  const std::uint32_t type = base::load_be32(front.data() + 8);
  return length >= 4 && length <= 512 && type >= 1 && type <= 5;
}

/// Any line of a log identifies it, since other lines may come first.
std::optional<Format> log_format(std::string_view text) noexcept {
  if (text.find(" dnsmasq[") != std::string_view::npos || text.find(" query[") != std::string_view::npos) {
    return Format::kDnsmasq;
  }
  if (text.find(": query: ") != std::string_view::npos) return Format::kBind;
  return std::nullopt;
}

std::optional<Format> table_format(std::string_view line) noexcept {
  if (line.find(',') != std::string_view::npos) return Format::kCsv;
  const std::size_t begin = line.find_first_not_of(" \t", std::min(line.find_first_of(" \t"), line.size()));
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(begin);
  if (!dns::type_from_text(rest.substr(0, rest.find_first_of(" \t")))) return std::nullopt;
  return Format::kDnsperf;
}

}  // namespace

diag::Result<Format> detect(base::Bytes front) {
  constexpr auto kUnknown =
      "is in no format that is known here (strc, pcap, pcapng, dnstap, dnsmasq, bind, csv, dnsperf); name it with "
      "--format if it is one of them";
  constexpr int kLines = 50;
  if (front.empty()) return diag::fail(diag::Code::kInvalid, "is empty");
  for (const Magic& magic : kMagics) {
    if (front.size() < magic.count || std::memcmp(front.data(), magic.octets.data(), magic.count) != 0) continue;
    if (!magic.remedy.empty()) return diag::fail(diag::Code::kInvalid, std::string(magic.remedy));
    return magic.format;
  }
  if (is_frame_stream(front)) return Format::kDnstap;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets as the text that they may be
  std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
  if (text.find('\0') != std::string_view::npos) return diag::fail(diag::Code::kInvalid, kUnknown);
  if (const auto log = log_format(text)) return *log;
  for (int i = 0; i < kLines && !text.empty(); ++i) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (const auto table = table_format(line)) return *table;
  }
  return diag::fail(diag::Code::kInvalid, kUnknown);
}

}  // namespace trace
