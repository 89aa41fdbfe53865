// SPDX-License-Identifier: Apache-2.0
#include "attempt_table.hpp"

#include <algorithm>

namespace egress {
namespace {

constexpr std::size_t kMaxAttempts = PortMap::kPorts;
constexpr std::size_t kPairsPerQuestion = 2;
// With nine tenths of all ports in use 128 draws all miss once in a million times; the question then waits for a poll.
constexpr int kMaxDraws = 128;

}  // namespace

AttemptTable::AttemptTable(base::Arena& arena, std::uint32_t max_questions, std::uint16_t first_port) noexcept
    : attempts_(arena.take<Attempt>(std::min(kMaxAttempts, max_questions * kPairsPerQuestion))),
      ports_(arena),
      first_port_(first_port) {
  for (std::size_t i = attempts_.size(); i-- > 0;) {
    attempts_[i].question = free_;
    free_ = static_cast<Index>(i);
  }
}

Index AttemptTable::open(Index question, EntropyBuffer& entropy) noexcept {
  const Index index = free_;
  if (index == kNoIndex) return kNoIndex;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    const base::UdpPort port(entropy.u16());
    if (port.value() < first_port_ || !ports_.is_free(port)) continue;  // rejection keeps the rest equally likely
    Attempt& attempt = attempts_[index];
    free_ = attempt.question;
    const auto generation = static_cast<std::uint16_t>(attempt.generation + 1);
    attempt = Attempt{};
    attempt.generation = generation;
    attempt.question = question;
    attempt.port = port;
    attempt.id = base::TxId(entropy.u16());
    attempt.live = true;
    ports_.bind(port, index);
    ++live_count_;
    return index;
  }
  return kNoIndex;
}

void AttemptTable::close(Index index, base::Instant now) noexcept {
  Attempt& attempt = attempts_[index];
  SLUICE_REQUIRE(attempt.live);
  ports_.unbind(attempt.port, attempt.id, now);
  attempt.live = false;
  attempt.question = free_;
  free_ = index;
  --live_count_;
}

}  // namespace egress
