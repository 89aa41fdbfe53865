// SPDX-License-Identifier: Apache-2.0
/// @file retry.hpp – when a client retries, and when it gives up.
///
/// Purpose    profiles of stub resolvers with one server. A client asks at once, asks again after each wait, and
///            gives up after the last one; retries go out with the same ID from the same port.
/// Threads    value types.
///
///   profile   waits          asks at       gives up after   asks again at once on SERVFAIL, NOTIMP, REFUSED
///   glibc     5, 5 s         0, 5          10 s             yes (resolv.conf: timeout:5 attempts:2)
///   cares     2, 4, 8 s      0, 2, 6       14 s             yes (2000 ms, 3 tries, doubled for each)
///   windows   1, 1, 2, 4 s   0, 1, 2, 4    8 s              no
///   none      5 s            0             5 s              no
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fixed_vector.hpp"
#include "base/instant.hpp"
#include "diag/result.hpp"

namespace loadgen {

inline constexpr std::size_t kMaxTries = 8;

enum class OnFailure : std::uint8_t {
  kFinal,  // SERVFAIL is an answer
  kRetry,  // the try has failed: the next one is sent at once
};

struct RetryProfile {
  std::string name;
  base::FixedVector<base::Duration, kMaxTries> waits;  // one for each try
  OnFailure on_failure = OnFailure::kFinal;

  [[nodiscard]] std::size_t tries() const noexcept { return waits.size(); }
  /// From the first question to the end of the last wait.
  [[nodiscard]] base::Duration client_timeout() const noexcept;
};

/// A profile's name, or waits joined by '+': "1+1+2.5", "500ms+1s".
[[nodiscard]] diag::Result<RetryProfile> parse_retry(std::string_view text);

}  // namespace loadgen
