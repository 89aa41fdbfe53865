// SPDX-License-Identifier: Apache-2.0
// A query, a response and how to answer the one with the other: the reply keeps every limit and tells the same.
//   byte 0 … 10: room:2 limit:2 age:4 floor:1 ede:1 query bytes:1, then the query, then the response
#include <cstdint>
#include <memory>

#include "support/dns_agreement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto scratch = std::make_unique<dns::ResponseScratch>();
  base::ByteReader in(std::as_bytes(std::span(data, size)));
  test::AnswerCase c;
  c.room_bytes = in.u16();
  c.limit_bytes = in.u16();
  c.ttl.age_sec = in.u32();
  c.ttl.floor_sec = in.u8();
  c.ede = in.u8() % 2 == 0 ? dns::Ede::kNone : dns::Ede::kStale;
  c.query = in.bytes(in.u8());
  c.response = in.bytes(in.left());
  if (in.ok()) test::require_agreement(test::answer_disagreement(c, *scratch));
  return 0;
}
