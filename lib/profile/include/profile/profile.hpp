// SPDX-License-Identifier: Apache-2.0
/// @file profile.hpp – what a poll-mode driver needs and can do: pmd_configs/NAME.yaml.
///
/// Purpose    facts about a driver (devargs, queues, offloads, limits), no policy: an operator selects a profile by name
///            and need not know the driver.
/// Threads    control, at start; the value is immutable afterwards.
/// Ownership  value type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "diag/result.hpp"
#include "keyfile/keys.hpp"
#include "worker/settings.hpp"

namespace profile {

enum class Bus : std::uint8_t { kPci, kVdev };
enum class DeviceKind : std::uint8_t {
  kInterface,  // a network interface of the kernel
  kPci,        // a PCI address
  kPath,       // an absolute path: a socket or a file
  kName,       // any word; the driver makes the device
};
enum class QueuePairs : std::uint8_t {
  kForced,  // as many TX queues as RX queues
  kFree,
};
enum class EgressTx : std::uint8_t {
  kOwnQueue,   // the egress core has a TX queue of its own, after the workers' queues
  kViaWorker,  // a worker transmits what egress hands it
};
enum class QueueLayout : std::uint8_t {
  kPortQueues,      // one device with as many queues as there are workers
  kDevicePerQueue,  // one device, and so one DPDK port, for each worker: devargs name {queue}
};
enum class Checksum : std::uint8_t { kOffload, kSoftware };

struct Profile {
  std::string name;  // the file's name without .yaml
  std::string summary;
  Bus bus = Bus::kVdev;
  DeviceKind device = DeviceKind::kInterface;
  std::string devargs;  // template with {device}, {queues} and {queue}
  QueueLayout queues = QueueLayout::kPortQueues;
  QueuePairs pairs = QueuePairs::kForced;
  EgressTx egress_tx = EgressTx::kViaWorker;
  std::uint16_t max_queues = 1;                // RX queues, and so workers
  Checksum rx_checksum = Checksum::kSoftware;  // of received packets
  Checksum tx_checksum = Checksum::kSoftware;  // of sent packets
  std::uint16_t rx_descriptors = 1'024;        // of each queue
  std::uint16_t tx_descriptors = 1'024;
  std::uint16_t min_mtu_bytes = 68;
  std::uint16_t max_mtu_bytes = 1'500;
  std::uint16_t mbuf_data_bytes = 2'048;  // room of an mbuf without its headroom
  bool needs_hugepages = false;
  bool needs_root = false;
  bool needs_net_admin = false;
  worker::IdleSettings idle;  // used where the configuration gives no value

  /// The devices as EAL wants them, in the order of their queues: "net_tap0,iface=dtap0" or a PCI address.
  [[nodiscard]] std::vector<std::string> device_arguments(std::string_view device_name, std::uint16_t workers) const;
  /// TX queues of a port with that many RX queues.
  [[nodiscard]] std::uint16_t tx_queues(std::uint16_t rx_queues) const noexcept;
  /// Why this driver cannot open a device of that name, or an empty string.
  [[nodiscard]] std::string device_problem(std::string_view device_name) const;
};

using ProfileDirs = std::vector<std::filesystem::path>;

/// Where profiles are looked for, first match wins: `first` (when not empty), /usr/share/sluice/pmd_configs, and the
/// source tree around the running binary.
[[nodiscard]] ProfileDirs profile_dirs(const std::filesystem::path& first = {});

/// Reads and checks NAME.yaml. Errors: "FILE:line:column: key: what is wrong; what is allowed".
[[nodiscard]] diag::Result<Profile> load_profile(std::string_view name, const ProfileDirs& dirs);
[[nodiscard]] diag::Result<Profile> load_profile_file(const std::filesystem::path& file);

/// A profile that limits nothing, for checks while the named one does not exist.
[[nodiscard]] Profile any_profile();
/// "DIR, DIR".
[[nodiscard]] std::string dirs_text(const ProfileDirs& dirs);

/// The keys of pmd_configs/NAME.yaml.
[[nodiscard]] keyfile::Table profile_keys();

/// Names of all profiles in `dirs`, sorted.
[[nodiscard]] std::vector<std::string> profile_names(const ProfileDirs& dirs);

}  // namespace profile
