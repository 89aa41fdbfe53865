// SPDX-License-Identifier: Apache-2.0
// Words to columns and flags.
#include "columns.hpp"

#include <algorithm>
#include <cctype>

#include "trace/event.hpp"

namespace trace {
namespace {

struct Named {
  Column column;
  std::string_view name;
};
/// The first name of each is ours.
constexpr std::array kNamed{
    Named{Column::kTime, "time"},   Named{Column::kClient, "client"},      Named{Column::kQname, "qname"},
    Named{Column::kQtype, "qtype"}, Named{Column::kQclass, "qclass"},      Named{Column::kTtl, "ttl"},
    Named{Column::kRcode, "rcode"}, Named{Column::kBytes, "bytes"},        Named{Column::kFlags, "flags"},
    Named{Column::kRetry, "retry"}, Named{Column::kTime, "timestamp"},     Named{Column::kTime, "ts"},
    Named{Column::kClient, "src"},  Named{Column::kClient, "source"},      Named{Column::kClient, "client_ip"},
    Named{Column::kQname, "name"},  Named{Column::kQname, "query"},        Named{Column::kQname, "query_name"},
    Named{Column::kQtype, "type"},  Named{Column::kQtype, "query_type"},   Named{Column::kQclass, "class"},
    Named{Column::kBytes, "size"},  Named{Column::kBytes, "answer_bytes"}, Named{Column::kRcode, "response_code"},
};

struct Flag {
  std::uint8_t bit;
  std::string_view name;
};
constexpr std::array<Flag, 5> kFlags{
    {{kOverTcp, "tcp"}, {kDnssecOk, "do"}, {kCheckingDisabled, "cd"}, {kRepeat, "repeat"}, {kFlood, "flood"}}};

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

Column column_from_name(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& named) { return same_word(named.name, name); });
  return found == kNamed.end() ? Column::kOther : found->column;
}

std::string_view column_name(Column column) noexcept {
  return std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& named) { return named.column == column; })->name;
}

std::string flags_text(std::uint8_t flags) {
  std::string out;
  for (const Flag& flag : kFlags) {
    if ((flags & flag.bit) == 0) continue;
    if (!out.empty()) out += '+';
    out += flag.name;
  }
  return out;
}

std::optional<std::uint8_t> flags_from_text(std::string_view text) noexcept {
  std::uint8_t flags = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('+'));
    const auto* const found =
        std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& flag) { return same_word(flag.name, word); });
    if (found == kFlags.end()) return std::nullopt;
    flags |= found->bit;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return flags;
}

}  // namespace trace
