// SPDX-License-Identifier: Apache-2.0
/// @file watcher.hpp – merges what all cores recorded in the last second.
///
/// Purpose    merges the cores' sketches after each second. For each key it keeps a lower bound of its weight and the
///            largest possible error; a core without the key adds the most that it may have missed to the error.
/// Threads    control.
/// Ownership  borrows the recorders.
/// Cost       a few thousand rows, once a second.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "topk/recorder.hpp"
#include "verbs/json.hpp"

namespace blocking {

using verbs::Json;

struct WatchedKey {
  std::string key;                                           // its bytes, as recorded
  std::array<std::uint64_t, topk::kMeasures> at_least{};     // by measure
  std::array<std::uint64_t, topk::kMeasures> error_above{};  // the true weight is at most this much higher
};

/// By the recorders' tags.
using WatchedKeys = std::unordered_map<std::uint64_t, WatchedKey>;

struct WatchedSecond {
  std::uint32_t second = 0;
  std::array<WatchedKeys, topk::kSubjects> subjects;
  [[nodiscard]] const WatchedKeys& of(topk::Subject subject) const {
    return subjects[static_cast<std::size_t>(subject)];
  }
};

/// The prefix in a client's key.
[[nodiscard]] net::Prefix client_of(const WatchedKey& client);

class Watcher {
 public:
  explicit Watcher(std::vector<const topk::Recorder*> recorders) : recorders_(std::move(recorders)) {}

  /// Several times a second, so that no second is missed. True when last() is new.
  bool look(base::Instant now);
  [[nodiscard]] const WatchedSecond& last() const noexcept { return last_; }

 private:
  std::vector<const topk::Recorder*> recorders_;
  WatchedSecond last_;
};

/// Everything that the recorders hold of that second.
[[nodiscard]] WatchedSecond merge(std::span<const topk::Recorder* const> recorders, std::uint32_t second);

/// {"subject", "by", "rows": [{"client" | "name" | "zone" | "type", "queries", …}]}: rates of the last second.
[[nodiscard]] Json top_report(const WatchedSecond& second, topk::Subject subject, topk::Measure by, std::size_t limit);

}  // namespace blocking
