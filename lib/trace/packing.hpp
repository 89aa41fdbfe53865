// SPDX-License-Identifier: Apache-2.0
// Little-endian fields and variable-length numbers, as docs/trace-format.md has them.
//
//   a number   seven bits an octet, lowest first; the top bit says that another octet follows; at most ten octets
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/bytes.hpp"

namespace trace {

class Packer {
 public:
  void clear() noexcept { bytes_.clear(); }
  template <class T>
  void fixed(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void number(std::uint64_t value) {
    while (value >= 0x80U) {
      bytes_.push_back(static_cast<std::byte>(value | 0x80U));
      value >>= 7U;
    }
    bytes_.push_back(static_cast<std::byte>(value));
  }
  void bytes(base::Bytes from) { bytes_.insert(bytes_.end(), from.begin(), from.end()); }
  [[nodiscard]] base::Bytes view() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Stays failed after the first overrun, as base::ByteReader.
class Unpacker {
 public:
  explicit Unpacker(base::Bytes bytes) noexcept : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  template <class T>
  T fixed() noexcept {
    T value{};
    const base::Bytes from = bytes(sizeof value);
    if (!from.empty()) std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto octet = std::to_integer<std::uint64_t>(*at_++);
      value |= (octet & 0x7fU) << shift;
      if (octet < 0x80U) return value;
    }
    fail();
    return 0;
  }
  base::Bytes bytes(std::size_t count) noexcept {
    if (count > static_cast<std::size_t>(end_ - at_)) {
      fail();
      return {};
    }
    at_ += count;
    return {at_ - count, count};
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  void fail() noexcept {
    ok_ = false;
    at_ = end_;
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

}  // namespace trace
