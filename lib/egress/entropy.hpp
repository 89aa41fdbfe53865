// SPDX-License-Identifier: Apache-2.0
/// @file entropy.hpp – random 16-bit numbers out of a buffer of the kernel's bytes.
///
/// Purpose    one pool for all workers' questions; a number is used once and wiped.
/// Threads    egress only.
/// Cost       a system call (by the source) for every 2048 numbers.
/// RFC        5452 §9.2 (unpredictable ports and IDs), 4086.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "egress/wire.hpp"

namespace egress {

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

 private:
  EntropySource* source_;
  std::array<std::byte, 4'096> bytes_{};
  std::size_t at_ = bytes_.size();
};

}  // namespace egress
