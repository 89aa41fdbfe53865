// SPDX-License-Identifier: Apache-2.0
// The keys of pmd_configs/NAME.yaml.
#include "profile/profile.hpp"

namespace profile {
namespace {

using keyfile::KeySpec;
using keyfile::Type;

constexpr std::uint64_t kUs = 1'000;
constexpr std::uint64_t kMs = 1'000 * kUs;
constexpr std::string_view kRequired;

// clang-format off
constexpr KeySpec kKeys[] = {
  {"summary", Type::kText, kRequired, 1, 200, 1, "", "what the driver is and when it is the right one"},
  {"bus", Type::kChoice, kRequired, 0, 0, 1, "pci|vdev", "how EAL finds the device"},
  {"device", Type::kChoice, kRequired, 0, 0, 1, "interface|pci|path|name", "what `port.device` means"},
  {"devargs", Type::kText, kRequired, 1, 500, 1, "", "the device for EAL, with {device}, {queues} and {queue} filled in"},
  {"queues", Type::kMap, kRequired, 0, 0, 1, "", "queues of the port"},
  {"queues.max", Type::kInteger, kRequired, 1, 256, 1, "", "RX queues, and so workers"},
  {"queues.layout", Type::kChoice, kRequired, 0, 0, 1, "port_queues|device_per_queue", "one device with a queue for each worker, or a device for each worker"},
  {"queues.pairs", Type::kChoice, kRequired, 0, 0, 1, "forced|free", "`forced`: as many TX queues as RX queues"},
  {"queues.egress_tx", Type::kChoice, kRequired, 0, 0, 1, "own_queue|via_worker", "who transmits for the egress role"},
  {"offloads", Type::kMap, kRequired, 0, 0, 1, "", "checksums of IPv4 and UDP"},
  {"offloads.rx_checksum", Type::kChoice, kRequired, 0, 0, 1, "offload|software", "who verifies them"},
  {"offloads.tx_checksum", Type::kChoice, kRequired, 0, 0, 1, "offload|software", "who fills them in"},
  {"descriptors", Type::kMap, kRequired, 0, 0, 1, "", "length of the rings"},
  {"descriptors.rx", Type::kInteger, kRequired, 32, 16'384, 1, "", "of each RX queue"},
  {"descriptors.tx", Type::kInteger, kRequired, 32, 16'384, 1, "", "of each TX queue"},
  {"mtu", Type::kMap, kRequired, 0, 0, 1, "", "IP packet sizes in bytes"},
  {"mtu.min", Type::kInteger, kRequired, 68, 9'216, 1, "", "smallest MTU that it takes"},
  {"mtu.max", Type::kInteger, kRequired, 1'280, 9'216, 1, "", "largest MTU that it takes"},
  {"mbuf", Type::kInteger, kRequired, 2'048, 16'384, 1, "", "least room of a packet buffer in bytes"},
  {"needs", Type::kList, kRequired, 0, 3, 1, "", "what must be there"},
  {"needs[]", Type::kChoice, kRequired, 0, 0, 1, "hugepages|root|net_admin", "one thing"},
  {"idle", Type::kMap, kRequired, 0, 0, 1, "", "advice for `lcores.idle`"},
  {"idle.pause_after", Type::kInteger, kRequired, 0, 1'000'000, 1, "", "empty polls in a row before the CPU's pause instruction"},
  {"idle.sleep_after", Type::kInteger, kRequired, 0, 100'000'000, 1, "", "empty polls in a row before the thread sleeps; 0: never"},
  {"idle.sleep", Type::kDuration, kRequired, kUs, 100 * kMs, kUs, "", "how long it sleeps"},
};
// clang-format on

}  // namespace

keyfile::Table profile_keys() { return kKeys; }

}  // namespace profile
