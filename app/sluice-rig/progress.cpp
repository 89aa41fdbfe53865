// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
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

void Progress::look(std::uint64_t events, const trace::Progress& progress) {
  if (!shown_ || Clock::now() - last_ < kEvery) return;
  last_ = Clock::now();
  const double since = std::max(seconds(), 1e-3);
  std::string left;
  std::string bar;
  if (progress.total != 0) {
    const double share = std::min(static_cast<double>(progress.done) / static_cast<double>(progress.total), 1.0);
    const int full = static_cast<int>(share * kCells);
    bar = fmt::format("[{:#<{}}{:.<{}}] {:3.0f} % ", "", full, "", kCells - full, share * 100);
    if (share > 0) left = fmt::format(", {:.0f} s left", since / share - since);
  }
  fmt::print(stderr, "\r\033[K{}{:.1f} M events, {:.2f} M/s{}", bar, static_cast<double>(events) / 1e6,
             static_cast<double>(events) / since / 1e6, left);
  std::fflush(stderr);
  is_dirty_ = true;
}

}  // namespace sluice_rig
