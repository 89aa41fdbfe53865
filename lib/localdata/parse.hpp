// SPDX-License-Identifier: Apache-2.0
// Parses lines of hosts files and zone files. Private to this library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "localdata/compiler.hpp"
#include "names.hpp"

namespace localdata {

/// One line of a zone file: OWNER [TTL] [IN] TYPE DATA. Names are absolute, with or without the last
/// dot. Read by ldns; any type, RFC 3597's spelling included.
[[nodiscard]] tl::expected<Record, std::string> parse_record(std::string_view line, std::uint32_t default_ttl_sec);

/// One line of a hosts file; empty without one.
struct HostsLine {
  Mark mark;  // in the hosts file
  net::IpAddress address;
  std::vector<Wire> names;
};
struct Hosts {
  std::vector<HostsLine> lines;
  std::vector<HostsProblem> problems;
};
[[nodiscard]] Hosts parse_hosts(std::string_view text);

/// A and AAAA records of a suffix, a hosts line, localhost.
[[nodiscard]] Record address_record(Wire owner, const net::IpAddress& address, std::uint32_t ttl_sec);
/// 10.0.0.1 → 1.0.0.10.in-addr.arpa.
[[nodiscard]] Wire reverse_name(const net::IpAddress& address);

}  // namespace localdata
