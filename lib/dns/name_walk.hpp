// SPDX-License-Identifier: Apache-2.0
/// @file name_walk.hpp – steps through the labels of a possibly compressed name.
///
/// Purpose    the one place that follows compression pointers; private to this library.
///            A name falls into segments: the bytes at its own place, then the bytes behind each pointer. Every
///            segment must start and end before the one that pointed to it, which rules out loops.
/// Lifetime   borrows the message.
/// Cost       at most 127 labels and 128 pointers.
/// RFC        1035 §4.1.4.
#pragma once

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

inline constexpr std::size_t kMaxPointers = 128;
inline constexpr unsigned kPointerTag = 0xc0;

class NameWalk {
 public:
  NameWalk(base::Bytes message, std::size_t at) noexcept
      : message_(message), at_(at), start_(at), segment_(at), limit_(message.size()) {}

  /// Moves to the next label, the root included; false at the end or when malformed (ok() tells which).
  [[nodiscard]] bool next() noexcept {
    if (done_ || !ok_) return false;
    while (at_ < limit_) {
      const unsigned length = std::to_integer<unsigned>(message_[at_]);
      if (length <= kMaxLabelBytes) return take_label(length + 1);
      if (length < kPointerTag || !follow()) break;
    }
    ok_ = false;
    return false;
  }
  [[nodiscard]] bool to_end() noexcept {
    while (next()) {
    }
    return ok_;
  }

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  /// The label that next() found, with its length byte.
  [[nodiscard]] base::Bytes label() const noexcept { return label_; }
  [[nodiscard]] std::size_t expanded_bytes() const noexcept { return size_; }
  [[nodiscard]] std::size_t bytes_in_place() const noexcept { return in_place_; }

 private:
  [[nodiscard]] bool take_label(std::size_t bytes) noexcept {
    if (bytes > limit_ - at_ || bytes > kMaxNameBytes - size_) {
      ok_ = false;
      return false;
    }
    label_ = message_.subspan(at_, bytes);
    at_ += bytes;
    size_ += bytes;
    done_ = bytes == 1;
    if (done_ && pointers_ == 0) in_place_ = at_ - start_;
    return true;
  }
  [[nodiscard]] bool follow() noexcept {
    if (limit_ - at_ < 2 || pointers_ == kMaxPointers) return false;
    const std::size_t target = base::load_be16(message_.data() + at_) & 0x3fffU;
    if (target >= segment_ || target < kHeaderBytes) return false;
    if (pointers_++ == 0) in_place_ = at_ + 2 - start_;
    limit_ = segment_;
    segment_ = target;
    at_ = target;
    return true;
  }

  base::Bytes message_;
  base::Bytes label_;
  std::size_t at_;
  std::size_t start_;
  std::size_t segment_;  // where the current segment starts
  std::size_t limit_;    // where it must end
  std::size_t size_ = 0;
  std::size_t in_place_ = 0;
  std::size_t pointers_ = 0;
  bool ok_ = true;
  bool done_ = false;
};

}  // namespace dns
