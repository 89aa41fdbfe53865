// SPDX-License-Identifier: Apache-2.0
// Any octets as a trace of this format; fuzz_trace.hpp says what must hold.
#include "fuzz_trace.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_trace::read(trace::Format::kPcap, data, size);
  return 0;
}
