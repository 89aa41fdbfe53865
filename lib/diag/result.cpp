// SPDX-License-Identifier: Apache-2.0
// Error texts and exit statuses.
#include "diag/result.hpp"

#include <cstring>

#include <fmt/core.h>

namespace diag {

Error Error::from_errno(int errnum, std::string_view what) {
  char text[128];
  const char* reason = strerror_r(errnum, text, sizeof text);
  return {Code::kUnavailable, fmt::format("{}: {}", what, reason)};
}

int Error::exit_status() const noexcept {
  switch (code_) {
    case Code::kInvalid:
      return 1;
    case Code::kUnavailable:
    case Code::kExhausted:
      return 2;
    case Code::kInternal:
      break;
  }
  return 3;
}

Error Error::at(std::string_view place) const { return {code_, fmt::format("{}: {}", place, sentence_)}; }

}  // namespace diag
