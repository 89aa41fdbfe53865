// SPDX-License-Identifier: Apache-2.0
// The middle type: every value typed and in range, nothing contradicts, `auto` still open, marks still there.
// Private to this library.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer/settings.hpp"
#include "coalesce/settings.hpp"
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
  Marked<egress::CaseRandomization> case_randomization;
  AutoNumber limit_pps;
  Number reserve_pps;
  Marked<egress::RebindProtection> rebind;
  MarkedList<Zone> private_zones;
  Marked<Switch> trust_ad;
  Marked<egress::ClosedLoop> closed_loop;
};

struct CheckedForward {
  Marked<Zone> zone;
  Marked<std::string> uplink;
};

struct CheckedCache {
  AutoNumber size_bytes;
  Number max_entries;
  Time min_ttl;
  Time max_ttl;
  Time negative_max_ttl;
  Time negative_without_soa;
  Time servfail_ttl;
  Time stale_keep;
  Time stale_ttl;
  Time stale_client_timeout;
  Time stale_recheck;
  Number max_answer_bytes;
  Number prefetch_percent;
  Number negative_share_percent;
  Marked<std::optional<std::string>> snapshot;
  Time snapshot_every;
  Marked<coalesce::Scope> coalesce;
};

struct CheckedAnswers {
  Marked<answer::AnyPolicy> any;
  Time any_ttl;
  Marked<dns::Rotation> rotation;
  Marked<answer::OtherClasses> other_classes;
  Marked<answer::NxdomainCut> nxdomain_cut;
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
  Number max_waiting;
  Time patience;
  Mark drop_policy_mark;
  Number drop_newest;
  Number drop_random;
  Number drop_oldest;
  Number per_query_limit;
  Number per_query_max;
  Number answers_per_burst;
};

struct CheckedTcp {
  Number max_connections;
  Number max_connections_per_client;
  Number max_queries_per_connection;
  Number max_in_flight;
  Time idle_timeout;
  Time query_timeout;
  Number max_unsent_bytes;
  Number max_buffered_bytes;
};

struct CheckedPin {
  Marked<Zone> zone;
  Marked<net::Prefix> client;
  Marked<std::optional<std::string>> type;
  Marked<egress::NameClass> name_class;
};

struct CheckedEgress {
  Marked<egress::QueueOrder> order;
  std::array<Marked<policy::OverloadAction>, egress::kNameClasses> overload;
  Number max_sends;
  Marked<egress::UpstreamTcp> upstream_tcp;
  Marked<egress::LoopDetection> loop_detection;
  Number fetches_per_server;
  Marked<policy::OverloadAction> fetches_per_server_action;
  Number fetches_per_zone;
  Marked<policy::OverloadAction> fetches_per_zone_action;
  MarkedList<Zone> zone_suffixes;
  std::vector<CheckedPin> pins;
  Number quota_freq;
  Marked<double> quota_low;
  Marked<double> quota_high;
  Marked<double> quota_discount;
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

struct CheckedBlockRule {
  Number rate;
  Marked<std::uint8_t> what;  // the place of its word
  Time window;
  Marked<BlockPer> per;
  Marked<std::string> reason;
  Marked<policy::BlockAction> action;
  Time duration;
};

struct CheckedWatch {
  Marked<topk::Mode> mode;
  Marked<topk::ClientPrefix> prefix;
  AutoNumber allowance;
  AutoNumber burst;
  Marked<policy::OverloadAction> action;
  std::vector<CheckedBlockRule> rules;
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
  CheckedTcp tcp;
  CheckedEgress egress;
  CheckedLocal local;
  CheckedWatch watch;
  Marked<std::string> control_socket;
  Marked<diag::LogLevel> log_level;
  Marked<Hugepages> hugepages;
  MarkedList<std::string> eal;
};

/// Types and ranges of everything that stands in the file; what is bad is noted and marked kBad.
[[nodiscard]] CheckedConfig check(const keyfile::RawConfig& raw, Problems& problems);

[[nodiscard]] CheckedWatch read_watch(const Section& file);

/// What is right by itself but wrong together. Looks only at usable values.
void check_contradictions(const CheckedConfig& config, Problems& problems);
void check_answers(const CheckedAnswers& answers, Problems& problems);
void check_watch(const CheckedWatch& watch, Problems& problems);
void check_addresses(const CheckedConfig& config, Problems& problems);

/// Reads hosts files and records; what is wrong with them is noted.
[[nodiscard]] std::shared_ptr<const localdata::Store> settle_local(const CheckedConfig& config, Problems& problems);
void settle_watch(const CheckedConfig& config, Settings& settings);
void settle_answers(const CheckedConfig& config, const Machine& machine, Settings& settings);

/// `auto` ends here, and so does what only the machine and the driver can say no to.
[[nodiscard]] Settings settle(const CheckedConfig& config, const Machine& machine, const Profile& profile,
                              Problems& problems);

}  // namespace config
