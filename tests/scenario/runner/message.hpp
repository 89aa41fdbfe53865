// SPDX-License-Identifier: Apache-2.0
/// @file message.hpp – DNS messages as a scenario writes and reads them, by ldns: a second opinion on every reply.
///
/// Purpose    zone-file lines to wire form; a received message to the words that a scenario compares.
/// Threads    value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "support/dns_wire.hpp"

namespace scenario {

/// A message as read by ldns.
struct Message {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::string rcode;
  std::string qname;  // letter case as it is; "" without question
  std::string qtype;
  unsigned qclass = 0;
  std::vector<std::uint32_t> ttls;  // of the answer section
  std::vector<std::string> data;    // of the answer section
  std::size_t authority_count = 0;
  std::optional<std::uint16_t> edns_bytes;
  bool dnssec_ok = false;
  std::optional<int> ede;
  std::optional<std::string> nsid;
  std::optional<std::string> cookie;  // hexadecimal digits, the client's eight bytes included
  std::size_t size = 0;

  [[nodiscard]] bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

/// nullopt: ldns does not accept it.
[[nodiscard]] std::optional<Message> read_message(base::Bytes bytes);

/// A zone-file line ("www.example. 60 A 192.0.2.1") in wire form; nullopt: it does not parse.
[[nodiscard]] std::optional<test::Wire> write_record(const std::string& line);

/// 0 when ldns knows no such type.
[[nodiscard]] unsigned type_number(const std::string& name);
/// NOERROR, FORMERR …; nullopt when it is none.
[[nodiscard]] std::optional<unsigned> rcode_number(const std::string& name);

}  // namespace scenario
