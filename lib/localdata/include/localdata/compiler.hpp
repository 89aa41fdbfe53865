// SPDX-License-Identifier: Apache-2.0
/// @file compiler.hpp – compiles records, hosts files and special-use names into a Store of ready-made answers.
///
/// Purpose    collects local data record by record, reports what is wrong with each, and writes every answer out once.
///            Does not know the configuration file: the caller gives texts and maps errors to its own lines.
/// Threads    control, at start and at reload; no shared state.
/// Ownership  owns what it collects; build() returns a Store that borrows nothing.
/// Cost       one map node for each name; a hosts file of a million lines takes seconds.
/// RFC        6303 (empty reverse zones), 6761 (special-use names), 8020 (names above existing names exist).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "localdata/store.hpp"
#include "net/address.hpp"

namespace localdata {

using Wire = std::vector<std::byte>;

/// A position in a hosts file, counted from 1.
struct Mark {
  int line = 0;
  int column = 0;
};

struct HostsProblem {
  Mark mark;
  std::string what;
};

/// What happens to A and AAAA queries for names of one label that local data does not know.
enum class PlainNames : std::uint8_t { kAskUpstream, kNxDomain };
/// Which empty reverse zones of RFC 6303 are answered locally.
enum class ReverseZones : std::uint8_t {
  kOff,
  kSpecial,  // all but those of private addresses
  kAll,
};

struct Options {
  std::uint32_t ttl_sec = 60;  // of suffixes, hosts files and records without a TTL
  PlainNames plain = PlainNames::kNxDomain;
  std::vector<Wire> forward;  // zones with an uplink of their own; they take precedence over special names
};

class Compiler {
 public:
  explicit Compiler(Options options);
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  /// One line of a zone file. Returns what is wrong with it, or an empty string.
  [[nodiscard]] std::string add_record(std::string_view line);
  /// `address` for every name below `suffix`. Returns what is wrong, or an empty string.
  [[nodiscard]] std::string add_suffix(base::Bytes suffix, const net::IpAddress& address);
  /// A whole hosts file; the good lines are added, the others are returned.
  [[nodiscard]] std::vector<HostsProblem> add_hosts(std::string_view text);
  /// The name at which a chain of CNAMEs loops or exceeds kMaxChain, or an empty string.
  [[nodiscard]] std::string looping_name() const;

  // After the records: what exists already takes precedence.

  /// A special-use name such as "localhost" or "test".
  void add_special_name(std::string_view name);
  /// `except`: zones in lower case with their final dot that still go upstream.
  void add_reverse_zones(ReverseZones which, std::span<const std::string> except);
  /// Writes all answers. Names below `loop_zone` get an answer by which the egress core recognises its own probe;
  /// empty: none.
  [[nodiscard]] std::shared_ptr<const Store> build(const Wire& loop_zone);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// RFC 6303 §4.2 to §4.6: reverse zones of addresses that are never assigned. With the final dot.
[[nodiscard]] std::span<const std::string_view> special_reverse_zones();
/// RFC 6303 §4.1: reverse zones of private addresses.
[[nodiscard]] std::span<const std::string_view> private_reverse_zones();

/// A chain of CNAMEs within local data is followed over at most this many names.
inline constexpr std::size_t kMaxChain = 8;

}  // namespace localdata
