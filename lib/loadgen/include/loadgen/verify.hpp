// SPDX-License-Identifier: Apache-2.0
/// @file verify.hpp – is this the answer to that question?
///
/// Purpose    judges a message that came to the right endpoint with a known ID: QR, opcode, the question byte for byte and
///            letter for letter, every record's form, and where the stream says so TTLs and rcode.
/// Threads    one owner.
/// Ownership  130 KB of scratch.
/// Cost       one pass over the message.
/// RFC        1035 §4.1 (form), 5452 §9.1 (what must match), draft-vixie-dnsext-dns0x20 (letters come back as sent).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "dns/response.hpp"
#include "dns/types.hpp"
#include "loadgen/stream.hpp"

namespace loadgen {

/// Why an answer is wrong. The first ones are no answers to the question at all: the client goes on waiting.
enum class Wrong : std::uint8_t {
  kChecksum,     // of the frame, IP or UDP; a back end that sees frames reports it
  kUnknownId,    // nothing of that ID was asked from that endpoint, or it was forgotten
  kShort,        // fewer than twelve bytes
  kNotResponse,  // QR=0
  kOpcode,       // not QUERY
  kQuestion,     // another one, other letters, or none
  kMalformed,    // a record, a name or a length
  kTtl,          // outside the stream's range
  kRcode,        // not one that the stream expects
};
inline constexpr std::size_t kWrongReasons = 9;
[[nodiscard]] std::string_view to_text(Wrong reason) noexcept;
/// True when a client would accept it as its answer.
[[nodiscard]] constexpr bool is_answer(Wrong reason) noexcept { return reason >= Wrong::kTtl; }

struct Expectation {
  base::Bytes question;  // name, type and class as sent
  std::optional<TtlRange> ttl;
  std::uint32_t rcodes = 0;  // bit i: rcode i is expected; 0: any
};

struct Checked {
  std::optional<Wrong> wrong;
  dns::Rcode rcode = dns::Rcode::kNoError;
  bool truncated = false;
};

class Verifier {
 public:
  Verifier() : scratch_(std::make_unique<dns::ResponseScratch>()) {}
  [[nodiscard]] Checked check(base::Bytes message, const Expectation& expected) noexcept;

 private:
  [[nodiscard]] bool ttls_within(base::Bytes message, const TtlRange& range) const noexcept;
  std::unique_ptr<dns::ResponseScratch> scratch_;
};

[[nodiscard]] std::uint32_t rcode_bits(const std::vector<dns::Rcode>& rcodes) noexcept;

}  // namespace loadgen
