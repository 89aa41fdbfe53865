// SPDX-License-Identifier: Apache-2.0
// ldns reads zone-file lines; hosts files are split by hand.
#include "parse.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <fmt/core.h>
#include <ldns/ldns.h>

#include "dns/name.hpp"
#include "net/text.hpp"

namespace localdata {
namespace {

struct FreeRecord {
  void operator()(ldns_rr* record) const noexcept { ldns_rr_free(record); }
};
struct FreeName {
  void operator()(ldns_rdf* name) const noexcept { ldns_rdf_deep_free(name); }
};
struct FreeBuffer {
  void operator()(ldns_buffer* buffer) const noexcept { ldns_buffer_free(buffer); }
};
using LdnsRecord = std::unique_ptr<ldns_rr, FreeRecord>;
using LdnsName = std::unique_ptr<ldns_rdf, FreeName>;
using LdnsBuffer = std::unique_ptr<ldns_buffer, FreeBuffer>;

constexpr std::string_view kSpace = " \t";

tl::unexpected<std::string> wrong(std::string_view line, std::string_view why) {
  constexpr std::size_t kMaxShown = 80;
  return tl::unexpected<std::string>(fmt::format("\"{}\" {}", line.substr(0, kMaxShown), why));
}

/// Lines that ldns would read as something else than one record.
std::string_view not_a_line(std::string_view line) {
  if (line.find_first_of("\n\r") != std::string_view::npos || line.find('\0') != std::string_view::npos) {
    return "is more than one line";
  }
  if (line.front() == '$') return "is a directive; only records are allowed";
  if (kSpace.find(line.front()) != std::string_view::npos) return "has no owner: it begins with a space";
  if (line.front() == '@') return "has no owner: \"@\" has no origin to refer to";
  return {};
}

Wire bytes_of(const std::uint8_t* octets, std::size_t count) {
  Wire bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = std::byte{octets[i]};
  return bytes;
}

/// Not meta types and not OPT; not DNAME, whose synthesised names are not supported.
bool may_be_data(std::uint16_t type) noexcept {
  const bool is_meta =
      type == 0 || (type >= 128 && type <= 255) || type == static_cast<std::uint16_t>(dns::QType::kOpt);
  return !is_meta && type != static_cast<std::uint16_t>(dns::QType::kDname);
}

tl::expected<Record, std::string> record_of(std::string_view line, const ldns_rr& rr) {
  if (ldns_rr_get_class(&rr) != LDNS_RR_CLASS_IN) return wrong(line, "is not of class IN");
  const auto type = static_cast<std::uint16_t>(ldns_rr_get_type(&rr));
  if (!may_be_data(type)) return wrong(line, "has a type that cannot be local data");
  Record record;
  const ldns_rdf* owner = ldns_rr_owner(&rr);
  const Wire spelled = bytes_of(ldns_rdf_data(owner), ldns_rdf_size(owner));
  record.owner.resize(spelled.size());
  dns::fold(spelled, record.owner.data());
  record.qtype = static_cast<dns::QType>(type);
  record.ttl_sec = std::min(ldns_rr_ttl(&rr), dns::kMaxTtlSec);
  const LdnsBuffer buffer(ldns_buffer_new(LDNS_MIN_BUFLEN));
  if (!buffer || ldns_rr_rdata2buffer_wire(buffer.get(), &rr) != LDNS_STATUS_OK) return wrong(line, "is too long");
  record.rdata = bytes_of(ldns_buffer_begin(buffer.get()), ldns_buffer_position(buffer.get()));
  return record;
}

Mark mark_at(int line, std::string_view text, std::string_view word) {
  return {line, static_cast<int>(word.data() - text.data()) + 1};
}

/// The next word of a line without comments; empty at its end.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(kSpace));
  rest.remove_prefix(word.size());
  return word;
}

bool is_host_char(char c) noexcept { return c > ' ' && c < '\x7f' && c != '\\' && c != '*'; }

/// A zone identifier such as "%eth0" cannot be part of an answer.
std::string_view not_an_address(std::string_view word) noexcept {
  return word.find('%') != std::string_view::npos ? "has a zone identifier, which an answer cannot have"
                                                  : "is not an address";
}

void parse_hosts_line(int number, std::string_view text, Hosts& hosts) {
  std::string_view rest = text.substr(0, text.find('#'));
  const std::string_view first = next_word(rest);
  if (first.empty()) return;
  const auto report = [&](std::string_view word, std::string_view why) {
    hosts.problems.push_back({mark_at(number, text, word), fmt::format("\"{}\" {}", word.substr(0, 80), why)});
  };
  HostsLine line{mark_at(number, text, first), {}, {}};
  const auto address = net::parse_address(first);
  if (!address) return report(first, not_an_address(first));
  line.address = *address;
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    Wire name;
    if (std::all_of(word.begin(), word.end(), is_host_char)) name = folded_wire(word);
    if (name.size() <= 1) return report(word, "is not a name");
    line.names.push_back(std::move(name));
  }
  if (line.names.empty()) return report(first, "is not followed by a name");
  hosts.lines.push_back(std::move(line));
}

}  // namespace

tl::expected<Record, std::string> parse_record(std::string_view line, std::uint32_t default_ttl_sec) {
  const std::string_view why = not_a_line(line);
  if (!why.empty()) return wrong(line, why);
  const LdnsName root(ldns_dname_new_frm_str("."));
  ldns_rr* parsed = nullptr;
  const ldns_status status =
      ldns_rr_new_frm_str(&parsed, std::string(line).c_str(), default_ttl_sec, root.get(), nullptr);
  const LdnsRecord record(parsed);
  if (status != LDNS_STATUS_OK || !record) {
    return wrong(line, fmt::format("is not a record: {}", ldns_get_errorstr_by_id(status)));
  }
  return record_of(line, *record);
}

Hosts parse_hosts(std::string_view text) {
  Hosts hosts;
  int number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    parse_hosts_line(++number, line, hosts);
  }
  return hosts;
}

Record address_record(Wire owner, const net::IpAddress& address, std::uint32_t ttl_sec) {
  Record record{std::move(owner), address.is_v4() ? dns::QType::kA : dns::QType::kAaaa, ttl_sec, {}};
  const auto& octets = address.octets();
  record.rdata.assign(address.is_v4() ? octets.begin() + 12 : octets.begin(), octets.end());
  return record;
}

Wire reverse_name(const net::IpAddress& address) {
  std::string text;
  const auto& octets = address.octets();
  if (address.is_v4()) {
    for (std::size_t i = octets.size(); i-- > 12;) text += fmt::format("{}.", std::to_integer<unsigned>(octets[i]));
    return folded_wire(text + "in-addr.arpa.");
  }
  for (std::size_t i = octets.size(); i-- > 0;) {
    const auto octet = std::to_integer<unsigned>(octets[i]);
    text += fmt::format("{:x}.{:x}.", octet & 0xfU, octet >> 4U);
  }
  return folded_wire(text + "ip6.arpa.");
}

}  // namespace localdata
