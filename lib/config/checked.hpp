// SPDX-License-Identifier: Apache-2.0
// The keys that need more than their row: other keys, the machine or the profile decide about them, so their marks are
// kept. All other keys go from the file to Settings by their row (binding.hpp). Private to this library.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "answer/settings.hpp"
#include "config/settings.hpp"
#include "keyfile/section.hpp"
#include "localdata/compiler.hpp"
#include "profile/machine.hpp"

namespace config {

using keyfile::Mark;
using keyfile::Marked;
using keyfile::MarkedList;
using keyfile::Problems;
using keyfile::Section;
using keyfile::Zone;
using profile::Machine;
using profile::Profile;
using Nanoseconds = std::chrono::nanoseconds;
using Number = Marked<std::uint64_t>;
using AutoNumber = Marked<std::optional<std::uint64_t>>;  // nullopt: "auto", "none"
using Time = Marked<Nanoseconds>;

enum class Switch : std::uint8_t { kOff, kOn };
enum class Hugepages : std::uint8_t { kAuto, kRequired, kOff };

template <class To>
[[nodiscard]] To as(const Time& time) {
  return std::chrono::duration_cast<To>(time.value);
}

/// The keys of sluice.yaml.
[[nodiscard]] keyfile::Table config_keys();
/// Names that keys had in earlier versions.
[[nodiscard]] std::span<const keyfile::RenamedKey> renamed_keys();

struct CheckedPort {
  Marked<std::string> profile;
  Marked<std::string> device;
  MarkedList<InterfaceAddress> addresses;
  Marked<std::optional<std::string>> tap;
  MarkedList<net::IpAddress> gateways;
  Number mtu_bytes;
};

struct CheckedLcores {
  MarkedList<std::uint64_t> workers;
  AutoNumber egress;
  AutoNumber control;
  AutoNumber pause_after_polls;
  AutoNumber sleep_after_polls;
  Marked<std::optional<Nanoseconds>> sleep;
};

struct CheckedUplink {
  Marked<std::string> name;
  MarkedList<net::IpAddress> servers;
  AutoNumber limit_pps;
  Number reserve_pps;
  Marked<egress::RebindProtection> rebind;
  MarkedList<Zone> private_zones;
  Marked<Switch> trust_ad;
};

struct CheckedForward {
  Marked<Zone> zone;
  Marked<std::string> uplink;
};

struct CheckedCache {
  AutoNumber size_bytes;
  Time min_ttl;
  Time max_ttl;
  Time negative_max_ttl;
  Time negative_without_soa;
};

struct CheckedAnswers {
  Marked<std::string> nsid;  // "none" and "hostname" are words
  Marked<std::string> version;
  Marked<std::string> identity;
  Marked<Switch> cookies;
  Marked<std::optional<std::string>> cookie_secret;
  Marked<std::optional<std::string>> cookie_staging_secret;
  Marked<answer::ServerCookie> server_cookie;
};

struct CheckedClients {
  MarkedList<net::Prefix> allow;
  MarkedList<net::Prefix> refuse;
  Mark drop_policy_mark;
  Number drop_newest;
  Number drop_random;
  Number drop_oldest;
  Number per_query_limit;
  Number per_query_max;
  AutoNumber miss_allowance;
};

struct CheckedPin {
  Marked<Zone> zone;
  Marked<net::Prefix> client;
  Marked<std::optional<std::string>> type;
  Marked<egress::NameClass> name_class;
};

struct CheckedEgress {
  Marked<egress::UpstreamTcp> upstream_tcp;
  MarkedList<Zone> zone_suffixes;
  std::vector<CheckedPin> pins;
  Marked<double> quota_low;
  Marked<double> quota_high;
};

struct CheckedSuffix {
  Marked<Zone> suffix;
  Marked<std::optional<net::IpAddress>> a;
  Marked<std::optional<net::IpAddress>> aaaa;
};

struct CheckedLocal {
  MarkedList<std::string> hosts;
  MarkedList<std::string> records;
  std::vector<CheckedSuffix> suffixes;
  Time ttl;
  MarkedList<std::string> special_names;
  Marked<localdata::ReverseZones> reverse_zones;
  MarkedList<Zone> reverse_zones_except;
  Marked<localdata::PlainNames> domain_needed;
};

struct CheckedBlocks {
  std::size_t rules = 0;
  MarkedList<net::Prefix> exclude;
};

struct CheckedConfig {
  CheckedPort port;
  CheckedLcores lcores;
  std::vector<CheckedUplink> uplinks;
  Mark forward_mark;
  std::vector<CheckedForward> forward;
  CheckedCache cache;
  CheckedAnswers answers;
  CheckedClients clients;
  CheckedEgress egress;
  CheckedLocal local;
  Marked<topk::Mode> topk;
  CheckedBlocks blocks;
  Marked<Hugepages> hugepages;
  MarkedList<std::string> eal;
};

/// Reads these keys; what is wrong is noted and marked kBad.
[[nodiscard]] CheckedConfig check(const Section& file, const keyfile::RawConfig& raw);

/// Values that are valid by themselves but contradict each other. Looks only at usable values.
void check_contradictions(const CheckedConfig& config, Problems& problems);
void check_answers(const CheckedAnswers& answers, Problems& problems);
void check_addresses(const CheckedConfig& config, Problems& problems);

/// Reads hosts files and records; what is wrong with them is noted.
[[nodiscard]] std::shared_ptr<const localdata::Store> settle_local(const CheckedConfig& config,
                                                                   egress::LoopDetection loop_detection,
                                                                   Problems& problems);
void settle_answers(const CheckedConfig& config, const Machine& machine, Settings& settings);

/// Resolves every `auto`, and checks what depends on the machine and the driver.
[[nodiscard]] Settings settle(const Section& file, const CheckedConfig& config, const Machine& machine,
                              const Profile& profile, Problems& problems);

}  // namespace config
