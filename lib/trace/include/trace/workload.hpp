// SPDX-License-Identifier: Apache-2.0
/// @file workload.hpp – traces that are made: what the clients of a network ask, by knobs.
///
/// Purpose    a Workload says how many clients ask how often for which names; make() draws it. The same Workload gives
///            the same events, byte for byte. docs/rig.md explains each knob and says where its range comes from.
/// Threads    value types; the source has one puller.
/// Ownership  a source copies its Workload; questions go into the Dictionary. Nothing grows with the number of events
///            but the Dictionary.
/// Cost       a few random numbers and a look at the dictionary for each event.
///
///   a lookup      client, name ─▶ candidates of the search path ─▶ A, and AAAA with it ─▶ repeats of what was lost
///   a name        host.zone.ttl60.example.     exists, its TTL is 60 s (a server of wildcards can answer it honestly)
///                 host.zone.nx.example.        does not exist
///                 svc7.ns1.svc.cluster.local.  exists inside the network; found by the search path
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diag/result.hpp"
#include "trace/dictionary.hpp"
#include "trace/source.hpp"

namespace trace {

struct TtlShare {
  std::uint32_t ttl_sec = 0;
  double share = 0;  // relative to the sum of all
};

/// Many new clients at once, all asking for the same few names (a function that scales out).
struct Burst {
  double every_sec = 0;  // 0: none; the first comes after half of it
  std::uint32_t clients = 0;
  std::uint32_t lookups = 0;  // of each client
  std::uint32_t names = 0;    // of the catalogue's most popular
  double within_sec = 1;
};

/// Random names that do not exist, in addition to the other traffic.
struct Flood {
  double rate = 0;  // questions/s; 0: none
  double begin_sec = 0;
  double length_sec = 0;  // 0: to the end
  std::uint32_t clients = 1;
  std::uint32_t zones = 1;
};

struct Workload {
  std::string preset = "office-vpc";  // the name it began with, for the record
  std::uint64_t queries = 1'000'000;  // events in all, whatever they come from
  std::uint64_t seed = 1;

  // Time. Lookups are a Poisson process; its rate follows the day.
  double rate = 500;             // lookups/s, mean over a day; one lookup may be several events
  double diurnal_amplitude = 0;  // 0 … 1: rate × (1 ± amplitude) over a day; noon is the peak
  double begin_hour = 0;         // of the day, at the trace's origin

  // Clients.
  std::uint32_t clients = 1'000;
  double client_exponent = 0;                                      // Zipf exponent of their activity; 0: all alike
  std::array<double, kRetryProfiles> retry_shares{0, 1, 0, 0, 0};  // by RetryProfile
  double loss = 0;          // share of questions whose answer never comes: repeated as the profile says
  double dnssec_share = 0;  // of clients that set DO

  // Names.
  std::uint32_t names = 100'000;  // in the catalogue at any time
  double zipf_exponent = 0.95;    // of their popularity
  double one_shot_share = 0.3;    // of all distinct names: asked once and never again, besides the catalogue
  double churn_per_day = 0;       // share of the catalogue that is replaced in a day
  double missing_share = 0.02;    // of the catalogue's names: they do not exist
  std::uint32_t zones = 10'000;   // that names are spread over
  std::string suffix = "example.";

  // Questions.
  double pair_share = 0.8;     // of lookups of addresses that ask A and AAAA
  double no_aaaa_share = 0.4;  // of names that have no AAAA: NODATA
  double https_share = 0;      // of lookups of addresses that ask HTTPS, too
  double ptr_share = 0;        // of lookups that want a name for an address
  unsigned ndots = 1;          // names with fewer dots go through the search path first
  std::vector<std::string> search{};
  double internal_share = 0;  // of the catalogue: names inside the network, found by the search path
  std::uint32_t internal_ttl_sec = 5;

  // Answers.
  std::vector<TtlShare> ttls{{60, 1}};
  std::uint32_t negative_ttl_sec = 60;
  std::uint16_t answer_bytes = 0;  // of every answer with records; 0: what they take

  Burst burst{};
  Flood flood{};
};

/// office-vpc, kubernetes, lambda-burst, isp.
[[nodiscard]] std::vector<std::string_view> preset_names();
[[nodiscard]] diag::Result<Workload> preset(std::string_view name);

/// Named mixes of TTLs: vpc, internet, cdn; or "5:20,60:50,300:30" (seconds:share).
[[nodiscard]] diag::Result<std::vector<TtlShare>> parse_ttls(std::string_view text);

/// Is every knob within its range? The sentence names the knob.
[[nodiscard]] diag::Status check(const Workload& workload);

/// The events of a workload.
[[nodiscard]] diag::Result<std::unique_ptr<Source>> make(const Workload& workload, Dictionary& dictionary);

}  // namespace trace
