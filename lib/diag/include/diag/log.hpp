// SPDX-License-Identifier: Apache-2.0
/// @file log.hpp – the one log of the process, on stderr, for cold code only.
///
/// Purpose    `diag::log().info("port {}: link up", name)`; with systemd's priority prefixes when stderr goes to the journal.
/// Threads    any thread but a worker or the egress core.
/// Ownership  the logger lives until the process ends.
#pragma once

#include <spdlog/spdlog.h>

namespace diag {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// Sets pattern and level; call once at start, before other threads exist.
void start_log(LogLevel level);
void set_log_level(LogLevel level);
[[nodiscard]] spdlog::logger& log();

}  // namespace diag
