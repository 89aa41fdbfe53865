// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp – the whole configuration, checked and normalised: every `auto` and unit is resolved.
///
/// Purpose    one immutable value that boot and reload work from; each library gets its own part.
/// Threads    built by control; read by all once it is published.
/// Ownership  value type; owns its strings and lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "answer/settings.hpp"
#include "base/strong.hpp"
#include "cache/settings.hpp"
#include "coalesce/settings.hpp"
#include "config/block_settings.hpp"
#include "diag/log.hpp"
#include "egress/settings.hpp"
#include "keyfile/key_value.hpp"
#include "keyfile/values.hpp"
#include "localdata/store.hpp"
#include "net/address.hpp"
#include "policy/settings.hpp"
#include "profile/profile.hpp"
#include "topk/settings.hpp"
#include "worker/settings.hpp"

namespace config {

using keyfile::InterfaceAddress;

struct PortSettings {
  std::string device;                       // interface name, PCI address or path, as the profile says
  std::vector<InterfaceAddress> addresses;  // at least one, no duplicates
  std::string tap;                          // the kernel's side of the slow path; empty: none
  std::vector<net::IpAddress> gateways;     // to resolvers outside the addresses' networks; one of each family at most
  std::uint16_t mtu_bytes = 1'500;
};

/// A thread that polls: all roles that share one CPU.
struct PollThread {
  base::LcoreId lcore;  // 0, 1, … in the order of `Settings::lcores.threads`
  std::uint32_t cpu = 0;
  std::vector<base::WorkerId> workers;  // may be empty when egress is true
  bool egress = false;
};

struct LcoreSettings {
  std::vector<std::uint32_t> worker_cpus;  // worker i runs on worker_cpus[i]; CPUs may repeat
  std::uint32_t egress_cpu = 0;
  std::uint32_t control_cpu = 0;    // not polled: control and slow path
  std::vector<PollThread> threads;  // one for each distinct CPU among workers and egress
  worker::IdleSettings idle;
};

/// Names at or below `zone` go to uplinks[uplink]; the longest matching zone wins.
struct ForwardZone {
  std::string zone;             // lower case, absolute: "corp.example."
  std::vector<std::byte> wire;  // the same as a wire-form name, root label included
  std::size_t uplink = 0;       // index into Settings::egress.uplinks and Settings::uplink_names
};

/// kDraw: there is none in the file; control draws one and fills `protocol.cookies` with it.
enum class CookieSecret : std::uint8_t { kGiven, kDraw };

struct MemorySettings {
  bool hugepages = false;              // packet pools, cache and tables lie in hugepages
  std::uint32_t mbufs_per_worker = 0;  // 2^k - 1: what its queues, rings and bursts hold, and some to spare
  std::uint16_t mbuf_data_bytes = 0;   // room of an mbuf for a whole frame, without its headroom
  std::uint64_t eal_bytes = 0;         // what EAL must find: packet pools, rings, its own
  std::uint64_t total_bytes = 0;       // that, the cache and the tables
};

/// The cache over a restart.
struct SnapshotSettings {
  std::filesystem::path file;     // absolute; empty: none
  std::chrono::seconds every{0};  // 0: only when it stops
};

struct Settings {
  std::filesystem::path file;  // where it was read from
  profile::Profile profile;
  PortSettings port;
  LcoreSettings lcores;
  std::vector<std::string> uplink_names;  // as long as egress.uplinks
  egress::Settings egress;
  std::vector<ForwardZone> forward;  // longest zone first; the last one is "."
  cache::Settings cache;
  SnapshotSettings snapshot;
  coalesce::Settings coalesce;
  policy::AllowanceSettings allowance;
  policy::Settings policy;
  std::shared_ptr<const localdata::Store> local;  // null: there is no local data
  answer::TcpSettings tcp;
  answer::ProtocolSettings protocol;
  topk::Settings topk;
  BlockSettings blocks;
  CookieSecret cookie_secret = CookieSecret::kGiven;
  std::filesystem::path control_socket;  // absolute
  diag::LogLevel log_level = diag::LogLevel::kInfo;
  MemorySettings memory;
  std::vector<std::string> eal;           // more EAL arguments, as given
  std::vector<keyfile::KeyValue> values;  // every key of the file with its value, for comparison with a later file

  [[nodiscard]] std::uint16_t workers() const noexcept { return static_cast<std::uint16_t>(lcores.worker_cpus.size()); }
  /// The EAL main lcore, on which control runs: one more than the polling threads have.
  [[nodiscard]] base::LcoreId control_lcore() const noexcept {
    return base::LcoreId(static_cast<std::uint32_t>(lcores.threads.size()));
  }
};

}  // namespace config
