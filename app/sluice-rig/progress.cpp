// SPDX-License-Identifier: Apache-2.0
// Draws the progress line.
#include "progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace sluice_rig {
namespace {

constexpr auto kEvery = std::chrono::milliseconds(250);
constexpr int kCells = 30;

}  // namespace

Progress::Progress(Show show) noexcept : shown_(show == Show::kLine && ::isatty(STDERR_FILENO) == 1) {}

double Progress::seconds() const noexcept { return std::chrono::duration<double>(Clock::now() - began_).count(); }

void Progress::clear() {
  if (is_dirty_) std::fputs("\r\033[K", stderr);
  is_dirty_ = false;
}

bool Progress::is_time() {
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - last_ < kEvery) return false;
  last_ = now;
  return true;
}

void Progress::look(std::uint64_t events, const trace::Progress& progress) {
  if (!is_time()) return;
  const double share =
      progress.total == 0 ? -1 : static_cast<double>(progress.done) / static_cast<double>(progress.total);
  const auto millions = static_cast<double>(events) / 1e6;
  draw(share, fmt::format("{:.1f} M events, {:.2f} M/s", millions, millions / std::max(seconds(), 1e-3)));
}

void Progress::look(const rig::RunProgress& progress) {
  if (!is_time()) return;
  draw(progress.share,
       fmt::format("{} of {} configurations, {:.2f} M queries/s", progress.finished, progress.configurations,
                   static_cast<double>(progress.simulated) / std::max(seconds(), 1e-3) / 1e6));
}

void Progress::draw(double share, const std::string& what) {
  std::string line;
  if (share >= 0) {
    share = std::min(share, 1.0);
    const int full = static_cast<int>(share * kCells);
    line = fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %, ", "", full, "", kCells - full, 100 * share);
    if (share > 0.01) line += fmt::format("{:.0f} s left, ", seconds() * (1 - share) / share);
  }
  fmt::print(stderr, "\r\033[K{}{}", line, what);
  std::fflush(stderr);
  is_dirty_ = true;
}

}  // namespace sluice_rig
