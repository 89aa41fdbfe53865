// SPDX-License-Identifier: Apache-2.0
// spdlog on stderr; under systemd the journal adds time and takes the priority from the "<N>" prefix.
#include "diag/log.hpp"

#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace diag {
namespace {

class JournalPrefix final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
    constexpr const char* kPriority[] = {"<7>", "<7>", "<6>", "<4>", "<3>", "<2>", "<6>"};
    const char* prefix = kPriority[message.level];
    out.append(prefix, prefix + 3);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<JournalPrefix>();
  }
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> made = spdlog::stderr_logger_mt("sluice");
  return *made;
}

}  // namespace

void Log::write(LogLevel level, fmt::string_view text, fmt::format_args args) {
  const spdlog::level::level_enum severity = to_spdlog(level);
  if (logger().should_log(severity)) logger().log(severity, fmt::vformat(text, args));
}

void Log::flush() const { logger().flush(); }

const Log& log() {
  static const Log log;
  return log;
}

void start_log(LogLevel level) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (std::getenv("JOURNAL_STREAM") != nullptr) {
    formatter->add_flag<JournalPrefix>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
  }
  logger().set_formatter(std::move(formatter));
  logger().flush_on(spdlog::level::info);
  set_log_level(level);
}

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

}  // namespace diag
