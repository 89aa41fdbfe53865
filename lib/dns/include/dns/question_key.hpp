// SPDX-License-Identifier: Apache-2.0
/// @file question_key.hpp – what makes two questions the same, as canonical bytes.
///
/// Purpose    the key of the cache, of the in-flight table and of the fetch table. A hash locates; equality compares
///            these bytes.
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
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"

namespace dns {

/// The uplink (group of upstream servers) that a name is forwarded to. An answer of one uplink never serves another's names.
using UplinkId = base::Strong<struct UplinkIdTag, std::uint16_t>;

inline constexpr std::size_t kKeyPrefixBytes = 8;
inline constexpr std::size_t kMaxKeyBytes = kKeyPrefixBytes + kMaxNameBytes;

/// The type of a key that means every type: an NXDOMAIN is stored under it. RFC 2308 §5.
inline constexpr QType kEveryType{0};

inline constexpr std::uint8_t kKeyFlagDo = 1;
inline constexpr std::uint8_t kKeyFlagCd = 2;

/// A borrowed key.
class KeyView {
 public:
  KeyView() noexcept = default;
  explicit KeyView(base::Bytes bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] base::Bytes bytes() const noexcept { return bytes_; }
  [[nodiscard]] QType qtype() const noexcept { return static_cast<QType>(u16_at(0)); }
  [[nodiscard]] QClass qclass() const noexcept { return static_cast<QClass>(u16_at(2)); }
  [[nodiscard]] UplinkId uplink() const noexcept { return UplinkId(u16_at(4)); }
  [[nodiscard]] std::uint8_t flags() const noexcept { return std::to_integer<std::uint8_t>(bytes_[6]); }
  [[nodiscard]] base::Bytes qname() const noexcept { return bytes_.subspan(kKeyPrefixBytes); }
  /// Equal except for the type.
  [[nodiscard]] bool is_same_name(const KeyView& other) const noexcept {
    return bytes_.size() == other.bytes_.size() &&
           std::memcmp(bytes_.data() + 2, other.bytes_.data() + 2, bytes_.size() - 2) == 0;
  }
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

/// A key that owns its bytes. Fixed size, no allocation.
class QuestionKey {
 public:
  QuestionKey() noexcept = default;  // empty: size() == 0
  /// `qname` in any letter case; it is folded into the key.
  void assign(NameView qname, QType qtype, QClass qclass, UplinkId uplink, std::uint8_t flags) noexcept;
  /// A copy of a stored key.
  void assign(KeyView other) noexcept {
    size_ = static_cast<std::uint16_t>(other.bytes().size());
    std::memcpy(bytes_.data(), other.bytes().data(), size_);
  }
  void set_qtype(QType qtype) noexcept {
    store_prefix((load_prefix() & ~std::uint64_t{0xffff}) | static_cast<std::uint16_t>(qtype));
  }
  /// Removes the first label; false for the root, which does not change.
  bool drop_label() noexcept {
    const std::size_t label_bytes = 1 + std::to_integer<std::size_t>(bytes_[kKeyPrefixBytes]);
    if (label_bytes == 1) return false;
    size_ = static_cast<std::uint16_t>(size_ - label_bytes);
    std::memmove(bytes_.data() + kKeyPrefixBytes, bytes_.data() + kKeyPrefixBytes + label_bytes,
                 size_ - kKeyPrefixBytes);
    bytes_[7] = static_cast<std::byte>(size_ - kKeyPrefixBytes);
    return true;
  }
  [[nodiscard]] QuestionKey with(QType qtype) const noexcept {
    QuestionKey other;
    other.assign(view());
    other.set_qtype(qtype);
    return other;
  }
  /// The uplink, once the folded name has been routed.
  void set_uplink(UplinkId uplink) noexcept {
    store_prefix((load_prefix() & ~(std::uint64_t{0xffff} << 32U)) | std::uint64_t{uplink.value()} << 32U);
  }
  [[nodiscard]] KeyView view() const noexcept { return KeyView(base::Bytes(bytes_.data(), size_)); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  // The prefix is stored as one 8-byte word, whose byte order below is little-endian (x86 and arm64 are). The hash loads
  // the prefix as one word right after, and would wait for stores of its parts.
  [[nodiscard]] std::uint64_t load_prefix() const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data(), sizeof word);
    return word;
  }
  void store_prefix(std::uint64_t word) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(bytes_.data(), &word, sizeof word);
  }

  alignas(8) std::array<std::byte, kMaxKeyBytes> bytes_;  // the first size_ hold the key
  std::uint16_t size_ = 0;
};

}  // namespace dns
