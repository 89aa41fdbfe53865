// SPDX-License-Identifier: Apache-2.0
#include "dns/question_key.hpp"

#include "base/contract.hpp"

namespace dns {

void QuestionKey::assign(NameView qname, QType qtype, QClass qclass, ViewId view, std::uint8_t flags) noexcept {
  SLUICE_ASSUME(!qname.empty() && qname.size() <= kMaxNameBytes);
  const std::array<std::uint16_t, 3> words{static_cast<std::uint16_t>(qtype), static_cast<std::uint16_t>(qclass),
                                           view.value()};
  std::memcpy(bytes_.data(), words.data(), sizeof words);
  bytes_[6] = std::byte{flags};
  bytes_[7] = static_cast<std::byte>(qname.size());
  fold(qname.wire(), bytes_.data() + kKeyPrefixBytes);
  size_ = static_cast<std::uint16_t>(kKeyPrefixBytes + qname.size());
}

}  // namespace dns
