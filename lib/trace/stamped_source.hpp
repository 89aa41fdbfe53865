// SPDX-License-Identifier: Apache-2.0
/// @file stamped_source.hpp – logs whose lines begin with a wall clock that may lack its year.
///
/// Purpose    what the readers of such logs share besides lines.
/// Threads    one puller.
#pragma once

#include "line_source.hpp"
#include "timestamps.hpp"

namespace trace {

class StampedSource : public LineSource {
 protected:
  using LineSource::LineSource;

  void place(const Stamp& stamp, Event& event) {
    event.at_ns = since_origin(years_.place(stamp));
    if (!stamp.has_year) mutable_info().has_year = false;
  }

 private:
  void begin_again() final { years_ = {}; }

  YearGuess years_;
};

}  // namespace trace
