// SPDX-License-Identifier: Apache-2.0
/// @file question_key.hpp – what makes two questions the same, as canonical bytes.
///
/// Purpose    the key of the cache and of both in-flight tables. Hashes locate; equality is memcmp over these bytes.
/// Threads    value types; KeyView borrows.
/// Cost       one copy of the folded name.
///
///   byte 0       2        4      6       7             8 … 8+name_bytes
///        ┌───────┬────────┬──────┬───────┬─────────────┬───────────────────┐
///        │ qtype │ qclass │ view │ flags │ name_bytes  │ folded wire qname │     integers in host order
///        └───────┴────────┴──────┴───────┴─────────────┴───────────────────┘
///   flags  bit 0 DO │ bit 1 CD       name_bytes 1…255
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"

namespace dns {

/// Upstream group that a name belongs to: an answer of one group never serves another's names.
using ViewId = base::Strong<struct ViewIdTag, std::uint16_t>;

inline constexpr std::size_t kKeyPrefixBytes = 8;
inline constexpr std::size_t kMaxKeyBytes = kKeyPrefixBytes + kMaxNameBytes;

inline constexpr std::uint8_t kKeyFlagDo = 1;
inline constexpr std::uint8_t kKeyFlagCd = 2;

/// A key that somebody else stores.
class KeyView {
 public:
  KeyView() noexcept = default;
  explicit KeyView(base::Bytes bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] base::Bytes bytes() const noexcept { return bytes_; }
  [[nodiscard]] QType qtype() const noexcept { return static_cast<QType>(u16_at(0)); }
  [[nodiscard]] QClass qclass() const noexcept { return static_cast<QClass>(u16_at(2)); }
  [[nodiscard]] ViewId view() const noexcept { return ViewId(u16_at(4)); }
  [[nodiscard]] std::uint8_t flags() const noexcept { return std::to_integer<std::uint8_t>(bytes_[6]); }
  [[nodiscard]] base::Bytes qname() const noexcept { return bytes_.subspan(kKeyPrefixBytes); }
  friend bool operator==(const KeyView& a, const KeyView& b) noexcept {
    return a.bytes_.size() == b.bytes_.size() && std::memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
  }

 private:
  [[nodiscard]] std::uint16_t u16_at(std::size_t at) const noexcept {
    std::uint16_t value = 0;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }
  base::Bytes bytes_;
};

/// A key with storage of its own. Fixed size, no allocation.
class QuestionKey {
 public:
  QuestionKey() noexcept = default;  // empty: size() == 0
  /// `qname` in any letter case; it is folded into the key.
  void assign(NameView qname, QType qtype, QClass qclass, ViewId view, std::uint8_t flags) noexcept;
  /// A copy of a stored key.
  void assign(KeyView other) noexcept {
    size_ = static_cast<std::uint16_t>(other.bytes().size());
    std::memcpy(bytes_.data(), other.bytes().data(), size_);
  }
  /// The upstream group, once the folded name has been routed.
  void set_view(ViewId view) noexcept {
    const std::uint16_t value = view.value();
    std::memcpy(bytes_.data() + 4, &value, sizeof value);
  }
  [[nodiscard]] KeyView view() const noexcept { return KeyView(base::Bytes(bytes_.data(), size_)); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  alignas(8) std::array<std::byte, kMaxKeyBytes> bytes_;  // the first size_ hold the key
  std::uint16_t size_ = 0;
};

}  // namespace dns
