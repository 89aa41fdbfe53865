// SPDX-License-Identifier: Apache-2.0
// Any bytes as a client's message: reference and ldns agree, and the question can be written again from key and case.
#include <cstdint>

#include "support/dns_agreement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::require_agreement(test::query_disagreement(std::as_bytes(std::span(data, size))));
  return 0;
}
