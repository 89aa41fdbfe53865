// SPDX-License-Identifier: Apache-2.0
/// @file scaled.hpp – a trace, faster or with other TTLs.
///
/// Purpose    answers what-if questions: twice the traffic, half the TTLs.
/// Threads    one puller.
/// Ownership  borrows the source.
#pragma once

#include <cmath>

#include "trace/source.hpp"

namespace rig {

class Scaled final : public trace::Source {
 public:
  Scaled(trace::Source& source, double traffic, double ttl) : source_(source), traffic_(traffic), ttl_(ttl) {}

  [[nodiscard]] diag::Result<std::size_t> next(std::span<trace::Event> out) override {
    const auto count = source_.next(out);
    if (!count) return count;
    for (trace::Event& event : out.first(*count)) {
      event.at_ns = static_cast<std::int64_t>(static_cast<double>(event.at_ns) / traffic_);
      if (event.ttl_sec == trace::kUnknownTtl) continue;
      event.ttl_sec = static_cast<std::uint32_t>(std::ceil(static_cast<double>(event.ttl_sec) * ttl_));
    }
    return count;
  }
  [[nodiscard]] diag::Status rewind() override { return source_.rewind(); }
  [[nodiscard]] const trace::Info& info() const noexcept override { return source_.info(); }
  [[nodiscard]] const trace::Skips& skips() const noexcept override { return source_.skips(); }
  [[nodiscard]] trace::Progress progress() const noexcept override { return source_.progress(); }

 private:
  trace::Source& source_;
  double traffic_;
  double ttl_;
};

}  // namespace rig
