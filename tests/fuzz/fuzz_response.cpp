// SPDX-License-Identifier: Apache-2.0
// Any bytes as an upstream's message: reference and ldns agree on it, and on what is kept of it.
#include <cstdint>
#include <memory>

#include "support/dns_agreement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto scratch = std::make_unique<dns::ResponseScratch>();
  test::require_agreement(test::response_disagreement(std::as_bytes(std::span(data, size)), *scratch));
  return 0;
}
