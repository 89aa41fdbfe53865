// SPDX-License-Identifier: Apache-2.0
// A line on the control socket: any bytes give a request or a sentence, and a reply line that is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/types.hpp"
#include "verbs/request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer gives octets, a line is characters
  const auto request = verbs::parse_request({reinterpret_cast<const char*>(data), size});
  if (!request) {
    const std::string line = verbs::reply_line(diag::fail(request.error()));
    if (!verbs::Json::accept(line) || line.find('\n') != line.size() - 1) std::abort();
    return 0;
  }
  if (request->verb == nullptr) std::abort();
  if (request->qname.size() > dns::kMaxNameBytes || request->limit > verbs::kMaxInflightRows) std::abort();
  return 0;
}
