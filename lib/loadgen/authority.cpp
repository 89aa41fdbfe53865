// SPDX-License-Identifier: Apache-2.0
// One A record for A, an empty answer for every other type.
#include "authority.hpp"

#include <array>

#include "dns/answer.hpp"
#include "dns/query.hpp"

namespace loadgen {
namespace {

// What follows the pointer to the question's name: type A, class IN, TTL 3600, 192.0.2.1.
constexpr std::array<unsigned char, 16> kRecord{0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 192, 0, 2, 1};
constexpr std::array<std::uint16_t, 1> kTtlOffsets{6};

}  // namespace

std::size_t answer_as_authority(base::MutableBytes room, std::size_t bytes) noexcept {
  const auto query = dns::QueryView::parse(room.first(bytes));
  if (!query) return 0;
  dns::AnswerImage image;
  if (query->qtype() == dns::QType::kA) {
    image.records = std::as_bytes(std::span(kRecord));
    image.ttl_offsets = kTtlOffsets;
    image.ancount = 1;
  }
  return dns::write_answer(room, query->question_end(), dns::ClientState::of_udp(*query), image, {}, dns::Ede::kNone);
}

}  // namespace loadgen
