// SPDX-License-Identifier: Apache-2.0
/// @file socket_backend.hpp – a connected UDP socket for each endpoint.
///
/// Purpose    the kernel sends and receives. It checks checksums and the source address of answers, so
///            an answer that is wrong there never arrives and counts as unanswered.
/// Threads    one owner.
/// Ownership  owns its sockets and 256 KiB of buffers.
/// Cost       a system call for each run of questions from one endpoint, and for each endpoint that has answers.
/// Errors     kUnavailable: an address that this host does not have, too many files, no route.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/strong.hpp"
#include "diag/result.hpp"
#include "loadgen/backend.hpp"

namespace loadgen {

class SocketBackend final : public Backend {
 public:
  struct Spec {
    net::IpAddress server;
    base::UdpPort port{53};
    std::vector<Endpoint> endpoints;
  };
  [[nodiscard]] static diag::Result<std::unique_ptr<SocketBackend>> create(const Spec& spec);
  ~SocketBackend() override;
  SocketBackend(const SocketBackend&) = delete;
  SocketBackend& operator=(const SocketBackend&) = delete;

  [[nodiscard]] std::size_t send(std::span<const Outgoing> batch) noexcept override;
  [[nodiscard]] std::size_t receive(std::span<Incoming> out) noexcept override;
  void wait(base::Duration at_most) noexcept override;
  [[nodiscard]] BackendStats stats() const override;

 private:
  struct Buffers;
  SocketBackend();
  [[nodiscard]] diag::Status open(const Spec& spec, const Endpoint& endpoint, std::uint32_t number);
  [[nodiscard]] std::size_t send_run(std::span<const Outgoing> run) noexcept;
  void look_for_ready(int timeout_ms) noexcept;
  [[nodiscard]] std::uint64_t dropped_by_kernel() const noexcept;

  std::vector<int> sockets_;
  int epoll_ = -1;
  std::unique_ptr<Buffers> buffers_;
  std::uint64_t unreachable_ = 0;  // reported by ICMP
  std::uint64_t would_block_ = 0;
  std::uint64_t send_errors_ = 0;
};

}  // namespace loadgen
