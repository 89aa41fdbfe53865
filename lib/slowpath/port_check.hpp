// SPDX-License-Identifier: Apache-2.0
/// @file port_check.hpp – is port 53 of our addresses free in the kernel?
///
/// Purpose    another server that listens there (systemd-resolved, dnsmasq) would answer what Sluice hands to the kernel;
///            better to refuse at start than to have two servers on one address.
/// Threads    main thread, at boot, after the TAP has its addresses.
/// Errors     names the address, the transport and what to do.
#pragma once

#include <span>

#include "diag/result.hpp"
#include "slowpath/slow_path.hpp"

namespace slowpath {

/// Tries UDP and TCP on every address and leaves nothing open.
[[nodiscard]] diag::Status check_dns_port_free(std::span<const InterfaceAddress> addresses);

}  // namespace slowpath
