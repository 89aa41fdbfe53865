// SPDX-License-Identifier: Apache-2.0
// Retry profiles.
#include "loadgen/retry.hpp"

#include <array>

#include <fmt/core.h>

#include "loadgen/values.hpp"

namespace loadgen {
namespace {

using std::chrono_literals::operator""s;

struct Known {
  std::string_view name;
  std::array<base::Duration, 4> waits;  // 0: no more
  OnFailure on_failure;
};

constexpr std::array kKnown{
    Known{"glibc", {5s, 5s}, OnFailure::kRetry},
    Known{"cares", {2s, 4s, 8s}, OnFailure::kRetry},
    Known{"windows", {1s, 1s, 2s, 4s}, OnFailure::kFinal},
    Known{"none", {5s}, OnFailure::kFinal},
};

auto no_profile(std::string_view text) {
  return diag::fail(diag::Code::kInvalid,
                    fmt::format("'{}' is no retry profile; allowed: glibc, cares, windows, none, or up to {} waits "
                                "joined by '+' (2+2+2, 500ms+1s)",
                                text, kMaxTries));
}

}  // namespace

base::Duration RetryProfile::client_timeout() const noexcept {
  base::Duration all{0};
  for (const base::Duration wait : waits) all += wait;
  return all;
}

diag::Result<RetryProfile> parse_retry(std::string_view text) {
  RetryProfile profile;
  profile.name = text;
  for (const Known& known : kKnown) {
    if (known.name != text) continue;
    for (const base::Duration wait : known.waits) {
      if (wait.count() != 0 && !profile.waits.push_back(wait)) return no_profile(text);
    }
    profile.on_failure = known.on_failure;
    return profile;
  }
  for (const std::string_view word : split(text, '+')) {
    const auto wait = parse_duration(word);
    if (!wait || !profile.waits.push_back(*wait)) return no_profile(text);
  }
  return profile;
}

}  // namespace loadgen
