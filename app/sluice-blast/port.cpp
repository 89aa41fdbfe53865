// SPDX-License-Identifier: Apache-2.0
// Profile to port.
#include "port.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <unistd.h>

#include "loadgen/run.hpp"

namespace sluice_blast {
namespace {

constexpr std::uint32_t kMbufs = 16'383;
constexpr base::Duration kNextHopTimeout = std::chrono::seconds(5);  // for the next hop and the link

bool says(const std::vector<std::string>& words, std::string_view option) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return word.starts_with(option); });
}

std::vector<std::string> eal_words(const profile::Profile& profile, const PortOptions& options, std::size_t cpu) {
  std::vector<std::string> words{"sluice-blast", fmt::format("--lcores=0@{}", cpu),
                                 fmt::format("--file-prefix=sluice-blast-{}", ::getpid())};
  const bool no_huge = says(options.eal, "--no-huge");
  words.emplace_back(no_huge ? "--no-shconf" : "--in-memory");
  if (!says(options.eal, "-m")) words.emplace_back("-m128");
  const bool is_virtual = profile.bus == profile::Bus::kVdev;
  if (is_virtual) words.emplace_back("--no-pci");
  for (const std::string& device : profile.device_arguments(options.device, 1)) {
    words.push_back((is_virtual ? "--vdev=" : "--allow=") + device);
  }
  words.insert(words.end(), options.eal.begin(), options.eal.end());
  return words;
}

}  // namespace

diag::Result<std::unique_ptr<OpenPort>> OpenPort::open(const PortOptions& options, const Target& target) {
  const auto profile = profile::load_profile(options.profile, profile::profile_dirs(options.profiles));
  if (!profile) return diag::fail(profile.error().at("--port"));
  if (const std::string problem = profile->device_problem(options.device); !problem.empty()) {
    return diag::fail(diag::Code::kInvalid, fmt::format("--device '{}': {}", options.device, problem));
  }
  auto eal = dpdk::Eal::start(eal_words(*profile, options, target.cpu));
  if (!eal) return diag::fail(eal.error());
  std::unique_ptr<OpenPort> opened(new OpenPort(std::move(*eal)));
  if (auto started = opened->start(*profile, options, target); !started) return diag::fail(started.error());
  return opened;
}

diag::Status OpenPort::start(const profile::Profile& profile, const PortOptions& options, const Target& target) {
  const bool is_device = profile.bus == profile::Bus::kPci;
  auto pool = dpdk::PacketPool::create({.name = "blast",
                                        .mbufs = kMbufs,
                                        .data_bytes = profile.mbuf_data_bytes,
                                        .socket = base::SocketId(-1),
                                        .layout = is_device ? dpdk::Layout::kWithinPages : dpdk::Layout::kDense});
  if (!pool) return diag::fail(pool.error());
  pool_.emplace(std::move(*pool));
  const auto found = dpdk::all_ports();
  if (found.size() != 1) {
    return diag::fail(
        diag::Code::kUnavailable,
        fmt::format("--device {}: EAL found {} ports instead of 1; does the device exist and does profile {} "
                    "fit it?",
                    options.device, found.size(), profile.name));
  }
  const bool offload = profile.tx_checksum == profile::Checksum::kOffload;
  auto port = dpdk::Port::start({.id = found.front(),
                                 .rx_pools = {&*pool_},
                                 .tx_queues = profile.tx_queues(1),
                                 .rx_descriptors = profile.rx_descriptors,
                                 .tx_descriptors = profile.tx_descriptors,
                                 .tx_checksum = offload ? net::TxChecksum::kOffload : net::TxChecksum::kSoftware});
  if (!port) return diag::fail(port.error());
  port_.emplace(std::move(*port));
  queue_.emplace(dpdk::QueuePort::Spec{port_->id(), base::QueueId(0), base::QueueId(0), &*pool_, port_->tx_checksum()});
  auto backend = loadgen::PortBackend::create({.port = &*queue_,
                                               .mac = port_->mac(),
                                               .server = target.server,
                                               .server_port = target.server_port,
                                               .next_hop = options.gateway.value_or(target.server),
                                               .endpoints = target.endpoints,
                                               .asker = target.asker,
                                               .authority = options.authority});
  if (!backend) return diag::fail(backend.error());
  backend_ = std::move(*backend);
  if (options.next_hop_mac) {
    backend_->set_next_hop(*options.next_hop_mac);
    return {};
  }
  return backend_->find_next_hop(loadgen::MonotonicClock(), kNextHopTimeout);
}

}  // namespace sluice_blast
