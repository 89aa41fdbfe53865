// SPDX-License-Identifier: Apache-2.0
/// @file daemon.hpp – the process from settings to exit: EAL, appliance, control socket, signals, systemd.
///
/// Purpose    run() returns when the appliance has stopped; SIGTERM and SIGINT stop it cleanly, SIGHUP reloads.
/// Threads    main thread; it sleeps in its event loop and is pinned by EAL to lcores.control.
/// Errors     everything that keeps the appliance from starting, as one sentence.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "diag/result.hpp"

namespace control {

/// Reads the configuration again, as at the start.
using Loader = std::function<diag::Result<config::Settings>()>;

/// `eal_arguments` is the whole vector for EAL, program name first.
[[nodiscard]] diag::Status run_daemon(const config::Settings& settings, std::vector<std::string> eal_arguments,
                                      const Loader& load);

}  // namespace control
