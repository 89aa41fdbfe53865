// SPDX-License-Identifier: Apache-2.0
/// @file entropy.hpp – random 16-bit numbers from a buffer of the kernel's CSPRNG.
///
/// Purpose    ports, IDs and letter case of all fetches; a number is used once and wiped.
/// Threads    egress only.
/// Cost       one system call (by the source) per 2048 numbers.
/// RFC        5452 §9.2 (unpredictable ports and IDs), 4086.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace egress {

/// Fresh bytes of the kernel's CSPRNG; called when a buffer runs low, never per packet.
class EntropySource {
 public:
  virtual void fill(base::MutableBytes bytes) noexcept = 0;

 protected:
  ~EntropySource() = default;
  EntropySource() = default;
  EntropySource(const EntropySource&) = default;
  EntropySource& operator=(const EntropySource&) = default;
};

class EntropyBuffer {
 public:
  explicit EntropyBuffer(EntropySource* source) noexcept : source_(source) {}

  [[nodiscard]] std::uint16_t u16() noexcept {
    if (at_ == bytes_.size()) {
      source_->fill(bytes_);
      at_ = 0;
    }
    const std::uint16_t value = base::load_be16(bytes_.data() + at_);
    bytes_[at_] = bytes_[at_ + 1] = std::byte{0};
    at_ += 2;
    return value;
  }
  [[nodiscard]] std::uint64_t u64() noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 16U | u16();
    return value;
  }

 private:
  EntropySource* source_;
  std::array<std::byte, 4'096> bytes_{};
  std::size_t at_ = bytes_.size();
};

}  // namespace egress
