// SPDX-License-Identifier: Apache-2.0
#include "meter.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace sluice_rig {
namespace {

constexpr auto kEvery = std::chrono::milliseconds(250);
constexpr int kBarCells = 30;

}  // namespace

Meter::Meter(Show show) noexcept : shown_(show == Show::kLine && ::isatty(STDERR_FILENO) == 1) {}

void Meter::clear() {
  if (is_dirty_) std::fputs("\r\033[K", stderr);
  is_dirty_ = false;
}

void Meter::show(const rig::RunProgress& progress) {
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - last_ < kEvery) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  std::string line;
  if (progress.share >= 0) {
    const double share = std::clamp(progress.share, 0.0, 1.0);
    const int full = static_cast<int>(share * kBarCells);
    line = fmt::format("[{:#<{}}{:.<{}}] {:.0f} %, ", "", full, "", kBarCells - full, 100 * share);
    if (share > 0.01) line += fmt::format("{:.0f} s left, ", seconds * (1 - share) / share);
  }
  line += fmt::format("{} of {} configurations, {:.2f} M queries/s", progress.finished, progress.configurations,
                      static_cast<double>(progress.simulated) / seconds / 1e6);
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  is_dirty_ = true;
}

}  // namespace sluice_rig
