// SPDX-License-Identifier: Apache-2.0
// Lines of hosts files and of zone files as records. Private to this library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "local_names.hpp"
#include "problems.hpp"
#include "values.hpp"

namespace config {

/// One line of a zone file: owner, perhaps a TTL, perhaps IN, type, data. Names are absolute, with or without the last
/// dot. Read by ldns; any type, RFC 3597's spelling included.
[[nodiscard]] Parsed<LocalRecord> parse_record(std::string_view line, std::uint32_t default_ttl_sec);

/// One line of a hosts file; empty without one.
struct HostsLine {
  Mark mark;  // in the hosts file
  net::IpAddress address;
  std::vector<Wire> names;
};
struct HostsProblem {
  Mark mark;
  std::string what;
};
struct Hosts {
  std::vector<HostsLine> lines;
  std::vector<HostsProblem> problems;
};
[[nodiscard]] Hosts parse_hosts(std::string_view text);

/// A and AAAA records of a suffix, a hosts line, localhost.
[[nodiscard]] LocalRecord address_record(Wire owner, const net::IpAddress& address, std::uint32_t ttl_sec);
/// 10.0.0.1 → 1.0.0.10.in-addr.arpa.
[[nodiscard]] Wire reverse_name(const net::IpAddress& address);

}  // namespace config
