// SPDX-License-Identifier: Apache-2.0
/// @file bytes.hpp – borrowed byte ranges and the cursors that read and write them.
///
/// Purpose    every read of a packet goes through ByteReader: bounds are checked by subtracting from the remaining length,
///            and after the first overrun every further read gives 0 and ok() stays false.
/// Threads    a cursor belongs to one thread; the bytes may be shared while no thread writes them.
/// Lifetime   views borrow; a view of a packet is valid until its burst settles.
/// Cost       inline; one compare per read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace base {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Big-endian loads and stores of unaligned integers.
[[nodiscard]] inline std::uint16_t load_be16(const std::byte* at) noexcept {
  std::uint16_t raw = 0;
  std::memcpy(&raw, at, sizeof raw);
  return __builtin_bswap16(raw);
}
[[nodiscard]] inline std::uint32_t load_be32(const std::byte* at) noexcept {
  std::uint32_t raw = 0;
  std::memcpy(&raw, at, sizeof raw);
  return __builtin_bswap32(raw);
}
inline void store_be16(std::byte* at, std::uint16_t value) noexcept {
  const std::uint16_t raw = __builtin_bswap16(value);
  std::memcpy(at, &raw, sizeof raw);
}
inline void store_be32(std::byte* at, std::uint32_t value) noexcept {
  const std::uint32_t raw = __builtin_bswap32(value);
  std::memcpy(at, &raw, sizeof raw);
}

/// Reads big-endian fields front to back; sticky failure.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
  /// All unread bytes.
  [[nodiscard]] Bytes rest() const noexcept { return bytes_.subspan(at_); }

  std::uint8_t u8() noexcept { return take(1) ? std::to_integer<std::uint8_t>(bytes_[at_ - 1]) : std::uint8_t{0}; }
  std::uint16_t u16() noexcept { return take(2) ? load_be16(bytes_.data() + at_ - 2) : std::uint16_t{0}; }
  std::uint32_t u32() noexcept { return take(4) ? load_be32(bytes_.data() + at_ - 4) : 0U; }

  /// The next `count` bytes, or an empty view (and ok() false) when there are fewer.
  Bytes bytes(std::size_t count) noexcept { return take(count) ? bytes_.subspan(at_ - count, count) : Bytes{}; }
  void skip(std::size_t count) noexcept { static_cast<void>(take(count)); }
  void fail() noexcept { ok_ = false; }

 private:
  [[nodiscard]] bool take(std::size_t count) noexcept {
    if (!ok_ || count > left()) {
      ok_ = false;
      return false;
    }
    at_ += count;
    return true;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// Writes big-endian fields front to back into a fixed room; sticky failure, never past the end.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes room) noexcept : room_(room) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t size() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return room_.size() - at_; }
  [[nodiscard]] Bytes written() const noexcept { return room_.first(at_); }

  void u8(std::uint8_t value) noexcept {
    if (take(1)) room_[at_ - 1] = std::byte{value};
  }
  void u16(std::uint16_t value) noexcept {
    if (take(2)) store_be16(room_.data() + at_ - 2, value);
  }
  void u32(std::uint32_t value) noexcept {
    if (take(4)) store_be32(room_.data() + at_ - 4, value);
  }
  void bytes(Bytes from) noexcept {
    if (take(from.size()) && !from.empty()) std::memcpy(room_.data() + at_ - from.size(), from.data(), from.size());
  }

 private:
  [[nodiscard]] bool take(std::size_t count) noexcept {
    if (!ok_ || count > left()) {
      ok_ = false;
      return false;
    }
    at_ += count;
    return true;
  }

  MutableBytes room_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// A view of the object representation of text, for tests and literals.
[[nodiscard]] inline Bytes as_bytes_of(const char* text, std::size_t size) noexcept {
  return std::as_bytes(std::span<const char>(text, size));
}

}  // namespace base
