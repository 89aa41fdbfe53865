// SPDX-License-Identifier: Apache-2.0
/// @file stream.hpp – one stream of queries: clients, names, rate, retries, and the expected answers.
///
/// Purpose    the whole of a stream as a value, from "name=good,rate=1000,zipf=0.95,names=200000,zone=mix.example".
/// Threads    value types.
/// Errors     name the stream's wrong word and what is allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "diag/result.hpp"
#include "dns/types.hpp"
#include "loadgen/arrivals.hpp"
#include "loadgen/name_source.hpp"
#include "loadgen/retry.hpp"
#include "net/address.hpp"

namespace loadgen {

inline constexpr std::size_t kMaxStreams = 64;
inline constexpr std::uint32_t kMaxClients = 1U << 20U;

enum class LetterCase : std::uint8_t { kAsIs, kRandom };
enum class Dnssec : std::uint8_t { kOff, kOk };

struct TypeShare {
  dns::QType type = dns::QType::kA;
  std::uint32_t weight = 1;
};

struct TtlRange {
  std::uint32_t least_sec = 0;
  std::uint32_t most_sec = dns::kMaxTtlSec;
};

struct StreamSpec {
  std::string name;
  double rate_qps = 1'000;
  base::Duration start{0};
  base::Duration duration{0};
  Arrival arrival = Arrival::kPoisson;
  NameSpec names;
  std::vector<TypeShare> types{TypeShare{}};
  LetterCase letter_case = LetterCase::kAsIs;
  std::uint16_t edns_bytes = 0;  // 0: without OPT
  Dnssec dnssec = Dnssec::kOff;

  std::uint32_t clients = 1;
  std::uint32_t ports = 0;              // of each client; 0: as many as the outstanding questions need
  std::vector<net::IpAddress> sources;  // of the clients, in turn; empty: the run's
  std::optional<net::Prefix> spoof;     // a new source for each question; nothing is expected back
  RetryProfile retry;
  base::Duration remember{std::chrono::milliseconds(500)};  // an answered question, to know a second answer to it

  std::optional<TtlRange> ttl;       // of the records in answer and authority
  std::vector<dns::Rcode> expected;  // empty: any
  [[nodiscard]] base::Duration end() const noexcept { return start + duration; }
};

/// What a stream has when it does not say.
struct StreamDefaults {
  base::Duration duration{std::chrono::seconds(10)};
  std::size_t number = 1;  // its name becomes "stream1"
};

[[nodiscard]] diag::Result<StreamSpec> parse_stream(std::string_view text, const StreamDefaults& defaults);
/// The keys of a stream and what they take, a line each, for --help.
[[nodiscard]] std::string stream_help();

}  // namespace loadgen
