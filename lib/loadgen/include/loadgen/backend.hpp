// SPDX-License-Identifier: Apache-2.0
/// @file backend.hpp – sends queries and receives answers.
///
/// Purpose    the interface that lets one engine run on UDP sockets, on a DPDK port and in a scripted test.
/// Threads    one owner.
/// Lifetime   received messages are valid until the next receive().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"

namespace loadgen {

inline constexpr std::size_t kBatch = 64;
// Spoofed queries: the source of this one query, and on receipt the destination of its answer if one was seen.
inline constexpr std::uint32_t kSpoofed = ~std::uint32_t{0};
inline constexpr std::size_t kMaxQueryBytes = dns::kHeaderBytes + dns::kMaxNameBytes + 4 + 11;  // 11: an OPT

/// A port of a client; the back end knows them by their number.
struct Endpoint {
  net::IpAddress source;  // all zero: the kernel's choice
};

struct Outgoing {
  std::uint32_t endpoint = 0;
  std::uint16_t bytes = 0;
  base::UdpPort source_port;  // of a spoofed one
  net::IpAddress source;
  std::array<std::byte, kMaxQueryBytes> data;
  [[nodiscard]] base::Bytes message() const noexcept { return {data.data(), bytes}; }
};

struct Incoming {
  std::uint32_t endpoint = 0;
  base::Bytes message;
};

/// Counters of the back end that belong to no stream; the names are keys of the report.
using BackendStats = std::vector<std::pair<std::string, std::uint64_t>>;

class Backend {
 public:
  virtual ~Backend() = default;
  /// Sends the first n queries and returns n, which is smaller while the back end is full. A query that can never be
  /// sent counts as sent, and in stats().
  [[nodiscard]] virtual std::size_t send(std::span<const Outgoing> batch) noexcept = 0;
  /// Fills `out` from the front; returns the number of messages.
  [[nodiscard]] virtual std::size_t receive(std::span<Incoming> out) noexcept = 0;
  /// Returns when a message has arrived or at the deadline.
  virtual void wait(base::Duration at_most) noexcept = 0;
  /// Frames with wrong checksums, where the back end sees them.
  [[nodiscard]] virtual std::uint64_t bad_checksums() const noexcept { return 0; }
  [[nodiscard]] virtual BackendStats stats() const = 0;

 protected:
  Backend() = default;
  Backend(const Backend&) = default;
  Backend& operator=(const Backend&) = default;
};

}  // namespace loadgen
