// SPDX-License-Identifier: Apache-2.0
// Any octets as each text format in turn, and as a file whose format is to be told; fuzz_trace.hpp says what must hold.
#include "fuzz_trace.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto format :
       {trace::Format::kCsv, trace::Format::kDnsperf, trace::Format::kDnsmasq, trace::Format::kBind}) {
    fuzz_trace::read(format, data, size);
  }
  const fuzz_trace::MemoryFile file(data, size);
  trace::Dictionary dictionary({.questions = 1'000, .clients = 1'000});
  static_cast<void>(trace::open(file.path(), dictionary));
  return 0;
}
