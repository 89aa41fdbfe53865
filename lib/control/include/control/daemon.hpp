// SPDX-License-Identifier: Apache-2.0
/// @file daemon.hpp – the life of the process: EAL, appliance, control socket, signals, systemd.
///
/// Purpose    run_daemon() returns when the appliance has stopped; SIGTERM and SIGINT stop it cleanly, SIGHUP reloads.
/// Threads    main thread; it sleeps in its event loop and is pinned by EAL to lcores.control.
/// Errors     one sentence on what keeps the appliance from starting.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "diag/result.hpp"

namespace control {

/// Reads the configuration file again, with the command line of the start.
using Loader = std::function<diag::Result<config::Settings>()>;

/// `eal_arguments` is the complete argument vector for EAL, program name first.
[[nodiscard]] diag::Status run_daemon(const config::Settings& settings, std::vector<std::string> eal_arguments,
                                      const Loader& load);

}  // namespace control
