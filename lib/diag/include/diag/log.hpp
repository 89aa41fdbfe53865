// SPDX-License-Identifier: Apache-2.0
/// @file log.hpp – the log of the process, on stderr, for cold code only.
///
/// Purpose    `diag::log().info("port {}: link up", name)`; with systemd's priority prefixes when stderr goes to the journal.
/// Threads    any thread but a worker or the egress core.
/// Ownership  the logger lives until the process ends.
/// Cost       this header brings in fmt's core only: formatting and the logger are compiled once, in log.cpp.
#pragma once

#include <fmt/core.h>

namespace diag {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

class Log {
 public:
  template <class... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kDebug, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kInfo, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kWarn, text, fmt::make_format_args(args...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    write(LogLevel::kError, text, fmt::make_format_args(args...));
  }
  void flush() const;

 private:
  static void write(LogLevel level, fmt::string_view text, fmt::format_args args);
};

/// Sets pattern and level; call once at start, before other threads exist.
void start_log(LogLevel level);
void set_log_level(LogLevel level);
[[nodiscard]] const Log& log();

}  // namespace diag
