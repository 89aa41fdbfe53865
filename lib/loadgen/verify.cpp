// SPDX-License-Identifier: Apache-2.0
// Answers against questions.
#include "loadgen/verify.hpp"

#include <algorithm>

namespace loadgen {
namespace {

constexpr std::uint16_t kAdditional = 2;
constexpr std::size_t kTtlInFields = 4;  // behind type and class

constexpr std::array<std::string_view, kWrongReasons> kTexts{
    "checksum", "unknown_id", "short", "not_a_response", "opcode", "question", "malformed", "ttl", "rcode"};

Wrong reason_of(dns::ResponseReject reject) noexcept {
  switch (reject) {
    case dns::ResponseReject::kShort:
      return Wrong::kShort;
    case dns::ResponseReject::kIsQuery:
      return Wrong::kNotResponse;
    case dns::ResponseReject::kOpcode:
      return Wrong::kOpcode;
    case dns::ResponseReject::kQuestionCount:
      return Wrong::kQuestion;
    case dns::ResponseReject::kMalformed:
    case dns::ResponseReject::kTooComplex:
      break;
  }
  return Wrong::kMalformed;
}

bool has_question(base::Bytes message, base::Bytes question) noexcept {
  return message.size() >= dns::kHeaderBytes + question.size() &&
         std::equal(question.begin(), question.end(), message.begin() + dns::kHeaderBytes);
}

}  // namespace

std::string_view to_text(Wrong reason) noexcept { return kTexts[static_cast<std::size_t>(reason)]; }

std::uint32_t rcode_bits(const std::vector<dns::Rcode>& rcodes) noexcept {
  std::uint32_t bits = 0;
  for (const dns::Rcode rcode : rcodes) bits |= 1U << (static_cast<unsigned>(rcode) % 32U);
  return bits;
}

Checked Verifier::check(base::Bytes message, const Expectation& expected) noexcept {
  Checked checked;
  const auto view = dns::ResponseView::parse(message, *scratch_);
  if (!view) {
    checked.wrong = reason_of(view.error());
    return checked;
  }
  checked.rcode = view->rcode();
  checked.truncated = view->header().has(dns::kFlagTc);
  const auto rcode = static_cast<unsigned>(checked.rcode);
  if (!has_question(message, expected.question)) {
    checked.wrong = Wrong::kQuestion;
  } else if (expected.rcodes != 0 && (rcode >= 32 || (expected.rcodes >> rcode & 1U) == 0)) {
    checked.wrong = Wrong::kRcode;
  } else if (expected.ttl && !ttls_within(message, *expected.ttl)) {
    checked.wrong = Wrong::kTtl;
  }
  return checked;
}

// As they stand in the message: what the parser keeps may be lower.
bool Verifier::ttls_within(base::Bytes message, const TtlRange& range) const noexcept {
  for (const dns::RecordNote& note : scratch_->notes) {
    if (note.section == kAdditional) continue;
    const std::uint32_t ttl_sec = base::load_be32(message.data() + note.fields_at + kTtlInFields);
    if (ttl_sec < range.least_sec || ttl_sec > range.most_sec) return false;
  }
  return true;
}

}  // namespace loadgen
