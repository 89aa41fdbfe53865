// SPDX-License-Identifier: Apache-2.0
/// @file tap.hpp – the TAP interface: the port as the kernel sees it.
///
/// Purpose    a new interface with the port's MAC, MTU and addresses; whole Ethernet frames in and out, checksums
///            complete in both directions (no virtio header, no offloads).
/// Threads    one owner at a time.
/// Ownership  owns the file descriptor; the interface, its addresses and routes go away with it.
/// Errors     say what to do.
/// Cost       one system call a frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "diag/result.hpp"
#include "netlink/rtnetlink.hpp"
#include "slowpath/slow_path.hpp"
#include "sockets/fd.hpp"

namespace slowpath {

class Tap {
 public:
  /// Creates the interface; fails when one of this name exists.
  [[nodiscard]] static diag::Result<Tap> create(const std::string& name);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] netlink::IfIndex index() const noexcept { return index_; }

  enum class ReadState : std::uint8_t { kFrame, kTooBig, kNothing };
  struct ReadResult {
    ReadState state = ReadState::kNothing;
    std::size_t bytes = 0;
  };
  /// Reads one frame into `room`; a frame that does not fit is read and dropped.
  [[nodiscard]] ReadResult read(base::MutableBytes room) noexcept;
  /// False when the kernel did not accept the frame.
  [[nodiscard]] bool write(base::Bytes frame) noexcept;

 private:
  Tap(sockets::Fd fd, netlink::IfIndex index) noexcept : fd_(std::move(fd)), index_(index) {}
  sockets::Fd fd_;
  netlink::IfIndex index_;
};

/// MAC, MTU, addresses, up, and routes to servers behind a gateway.
[[nodiscard]] diag::Status set_up(const Tap& tap, const Spec& spec, netlink::Rtnetlink& kernel);

/// Checks a Spec before any interface is created.
[[nodiscard]] diag::Status check(const Spec& spec);

/// The link-local address made from a MAC. RFC 4291 App. A (modified EUI-64).
[[nodiscard]] net::IpAddress link_local_of(const net::MacAddress& mac) noexcept;

}  // namespace slowpath
