// SPDX-License-Identifier: Apache-2.0
/// @file port_check.hpp – is port 53 of our addresses free in the kernel?
///
/// Purpose    another server on it (systemd-resolved, dnsmasq) would answer frames that Sluice punts to the kernel, so
///            Sluice refuses to start.
/// Threads    main thread, at boot, after the TAP has its addresses.
/// Errors     names the address, the transport and what to do.
#pragma once

#include <span>

#include "diag/result.hpp"
#include "slowpath/slow_path.hpp"

namespace slowpath {

/// Tries to bind UDP and TCP on every address and closes the sockets.
[[nodiscard]] diag::Status check_dns_port_free(std::span<const InterfaceAddress> addresses);

}  // namespace slowpath
