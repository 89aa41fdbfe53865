// SPDX-License-Identifier: Apache-2.0
// The progress line and the signals.
#include "progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace sluice_blast {
namespace {

std::sig_atomic_t g_interrupted = 0;  // set by the handler, read by main

void note_signal(int) { g_interrupted = 1; }

constexpr base::Duration kPrintEvery = std::chrono::seconds(1);

}  // namespace

Progress::Progress(Show show) noexcept : shown_(show == Show::kLine && ::isatty(STDERR_FILENO) == 1) {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

bool Progress::look(const loadgen::Engine& engine, base::Instant now) {
  if (shown_ && now - last_ >= kPrintEvery) print(engine, now);
  return g_interrupted == 0;
}

void Progress::print(const loadgen::Engine& engine, base::Instant now) {
  std::uint64_t queries = 0;
  std::uint64_t answered = 0;
  base::Duration end{0};
  for (std::size_t i = 0; i < engine.streams(); ++i) {
    queries += engine.stats(i).queries;
    answered += engine.stats(i).answered;
    end = std::max(end, engine.spec(i).end());
  }
  const double since_sec = std::chrono::duration<double>(now - std::max(last_, engine.began())).count();
  const double left_sec = std::chrono::duration<double>(engine.began() + end - now).count();
  fmt::print(stderr, "\r\033[K{:.0f} queries/s, {:.0f} answers/s, {} outstanding, {}",
             static_cast<double>(queries - last_queries_) / since_sec,
             static_cast<double>(answered - last_answered_) / since_sec, engine.open_now(),
             left_sec > 0 ? fmt::format("{:.0f} s left", left_sec) : std::string("waiting for the last answers"));
  std::fflush(stderr);
  last_ = now;
  last_queries_ = queries;
  last_answered_ = answered;
}

}  // namespace sluice_blast
