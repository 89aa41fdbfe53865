// SPDX-License-Identifier: Apache-2.0
// Copies events from a source to a writer.
#include "pump.hpp"

#include <algorithm>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "json.hpp"
#include "trace/writer.hpp"

namespace sluice_rig {
namespace {

constexpr std::size_t kBatch = 16'384;

}  // namespace

diag::Result<Pumped> pump(trace::Source& source, const trace::Dictionary& dictionary, const std::string& path,
                          Progress::Show show) {
  const auto format = trace::format_of_path(path);
  if (!format) return diag::fail(format.error());
  std::vector<trace::Event> batch(kBatch);
  Progress progress(show);
  Pumped pumped;
  auto count = source.next(batch);  // a capture knows its origin once the first packet is read
  if (!count) return diag::fail(count.error());
  auto writer = trace::create(path, *format, dictionary, source.info());
  if (!writer) return diag::fail(writer.error());
  const std::int64_t first_ns = *count == 0 ? 0 : batch.front().at_ns;
  std::int64_t last_ns = first_ns;
  while (*count != 0) {
    const std::span<const trace::Event> events(batch.data(), *count);
    if (auto written = (*writer)->write(events); !written) return diag::fail(written.error());
    pumped.events += events.size();
    last_ns = events.back().at_ns;
    progress.look(pumped.events, source.progress());
    count = source.next(batch);
    if (!count) return diag::fail(count.error());
  }
  if (auto finished = (*writer)->finish(); !finished) return diag::fail(finished.error());
  pumped.seconds = progress.seconds();
  pumped.span_sec = static_cast<double>(last_ns - first_ns) * 1e-9;
  return pumped;
}

void tell_pumped(const Pumped& pumped, const trace::Source& source, const trace::Dictionary& dictionary,
                 const std::string& path, bool as_json) {
  if (as_json) {
    const nlohmann::ordered_json out{{"file", path},
                                     {"events", pumped.events},
                                     {"questions", dictionary.questions()},
                                     {"clients", dictionary.clients()},
                                     {"span_sec", pumped.span_sec},
                                     {"seconds", pumped.seconds},
                                     {"skipped", skips_json(source.skips())}};
    fmt::print("{}\n", out.dump(2));
    return;
  }
  fmt::print(
      "{}: {} events of {} clients, {} distinct questions, {:.1f} s of traffic; written in {:.1f} s ({:.2f} M/s)\n",
      path, pumped.events, dictionary.clients(), dictionary.questions(), pumped.span_sec, pumped.seconds,
      static_cast<double>(pumped.events) / std::max(pumped.seconds, 1e-9) / 1e6);
}

}  // namespace sluice_rig
