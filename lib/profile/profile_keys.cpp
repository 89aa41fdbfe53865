// SPDX-License-Identifier: Apache-2.0
// The keys of pmd_configs/NAME.yaml.
#include "profile/profile.hpp"

namespace profile {
namespace {

using keyfile::KeySpec;
using keyfile::Type;

constexpr std::uint64_t kUs = 1'000;
constexpr std::uint64_t kMs = 1'000 * kUs;

constexpr KeySpec kKeys[] = {
    {.path = "summary", .type = Type::kText, .min = 1, .max = 200, .doc = "what the driver is and when to use it"},
    {.path = "bus",
     .type = Type::kChoice,
     .words = {{"pci", Bus::kPci}, {"vdev", Bus::kVdev}},
     .doc = "how EAL finds the device"},
    {.path = "device",
     .type = Type::kChoice,
     .words = {{"interface", DeviceKind::kInterface},
               {"pci", DeviceKind::kPci},
               {"path", DeviceKind::kPath},
               {"name", DeviceKind::kName}},
     .doc = "what `port.device` means"},
    {.path = "devargs",
     .type = Type::kText,
     .min = 1,
     .max = 500,
     .doc = "the device argument for EAL; {device}, {queues} and {queue} are replaced"},
    {.path = "queues", .type = Type::kMap, .doc = "queues of the port"},
    {.path = "queues.max",
     .type = Type::kInteger,
     .min = 1,
     .max = 256,
     .doc = "maximum number of RX queues, and so of workers"},
    {.path = "queues.layout",
     .type = Type::kChoice,
     .words = {{"port_queues", QueueLayout::kPortQueues}, {"device_per_queue", QueueLayout::kDevicePerQueue}},
     .doc = "one device with a queue for each worker, or a device for each worker"},
    {.path = "queues.pairs",
     .type = Type::kChoice,
     .words = {{"forced", QueuePairs::kForced}, {"free", QueuePairs::kFree}},
     .doc = "`forced`: there are as many TX queues as RX queues"},
    {.path = "queues.egress_tx",
     .type = Type::kChoice,
     .words = {{"own_queue", EgressTx::kOwnQueue}, {"via_worker", EgressTx::kViaWorker}},
     .doc = "`own_queue`: the egress role has a TX queue of its own; `via_worker`: a worker transmits for it"},
    {.path = "offloads", .type = Type::kMap, .doc = "checksums of IPv4 and UDP"},
    {.path = "offloads.rx_checksum",
     .type = Type::kChoice,
     .words = {{"offload", Checksum::kOffload}, {"software", Checksum::kSoftware}},
     .doc = "whether the NIC (`offload`) or Sluice (`software`) verifies them"},
    {.path = "offloads.tx_checksum",
     .type = Type::kChoice,
     .words = {{"offload", Checksum::kOffload}, {"software", Checksum::kSoftware}},
     .doc = "whether the NIC (`offload`) or Sluice (`software`) computes them"},
    {.path = "descriptors", .type = Type::kMap, .doc = "number of descriptors of each queue"},
    {.path = "descriptors.rx", .type = Type::kInteger, .min = 32, .max = 16'384, .doc = "per RX queue"},
    {.path = "descriptors.tx", .type = Type::kInteger, .min = 32, .max = 16'384, .doc = "per TX queue"},
    {.path = "mtu", .type = Type::kMap, .doc = "IP packet sizes in bytes"},
    {.path = "mtu.min", .type = Type::kInteger, .min = 68, .max = 9'216, .doc = "smallest MTU that the driver accepts"},
    {.path = "mtu.max",
     .type = Type::kInteger,
     .min = 1'280,
     .max = 9'216,
     .doc = "largest MTU that the driver accepts"},
    {.path = "mbuf",
     .type = Type::kInteger,
     .min = 2'048,
     .max = 16'384,
     .doc = "minimum size of a packet buffer in bytes"},
    {.path = "needs", .type = Type::kList, .max = 3, .doc = "what the driver requires"},
    {.path = "needs[]", .type = Type::kChoice, .words = {"hugepages", "root", "net_admin"}, .doc = "one requirement"},
    {.path = "idle", .type = Type::kMap, .doc = "advice for `lcores.idle`"},
    {.path = "idle.pause_after",
     .type = Type::kInteger,
     .max = 1'000'000,
     .doc = "empty polls in a row before the CPU's pause instruction"},
    {.path = "idle.sleep_after",
     .type = Type::kInteger,
     .max = 100'000'000,
     .doc = "empty polls in a row before the thread sleeps; 0: never"},
    {.path = "idle.sleep",
     .type = Type::kDuration,
     .min = kUs,
     .max = 100 * kMs,
     .step = kUs,
     .doc = "how long it sleeps"},
};

}  // namespace

keyfile::Table profile_keys() { return kKeys; }

}  // namespace profile
