// SPDX-License-Identifier: Apache-2.0
// Any datagram, or message of a TCP connection, while one question is outstanding: nothing but its reply answers it, and
// nothing else is kept.
#include <cstdint>
#include <span>

#include "support/reply_case.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static test::ReplyCase reply_case;
  reply_case.run(std::as_bytes(std::span(data, size)));
  return 0;
}
