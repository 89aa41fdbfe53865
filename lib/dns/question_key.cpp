// SPDX-License-Identifier: Apache-2.0
// Builds the key of a question.
#include "dns/question_key.hpp"

#include "base/contract.hpp"

namespace dns {

void QuestionKey::assign(NameView qname, QType qtype, QClass qclass, UplinkId uplink, std::uint8_t flags) noexcept {
  SLUICE_ASSUME(!qname.empty() && qname.size() <= kMaxNameBytes);
  store_prefix(std::uint64_t{static_cast<std::uint16_t>(qtype)} |
               std::uint64_t{static_cast<std::uint16_t>(qclass)} << 16U | std::uint64_t{uplink.value()} << 32U |
               std::uint64_t{flags} << 48U | std::uint64_t{qname.size()} << 56U);
  fold(qname.wire(), bytes_.data() + kKeyPrefixBytes);
  size_ = static_cast<std::uint16_t>(kKeyPrefixBytes + qname.size());
}

}  // namespace dns
