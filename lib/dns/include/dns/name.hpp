// SPDX-License-Identifier: Apache-2.0
/// @file name.hpp – domain names in wire form: checked views, folding, letter case, compressed names.
///
/// Purpose    names that are checked when they are read.
///
/// Invariant  a non-empty NameView has labels of 1…63 bytes, at most 255 bytes in all, the root at its end, no pointer.
///
/// Threads    any; views borrow.
/// Lifetime   a NameView is valid as long as the message it was read from.
/// Cost       linear in the name; folding works on 8 bytes at a time or more.
/// RFC        1035 §3.1, §4.1.4 (compression); 4343 (case folding is ASCII only).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

/// An uncompressed name: length-prefixed labels with the root label at the end.
class NameView {
 public:
  /// The plain name at the front of `bytes`; empty when there is none.
  [[nodiscard]] static NameView at_front(base::Bytes bytes) noexcept {
    const std::size_t limit = bytes.size() < kMaxNameBytes ? bytes.size() : kMaxNameBytes;
    for (std::size_t at = 0; at < limit;) {
      const auto label_bytes = std::to_integer<std::size_t>(bytes[at]);
      if (label_bytes == 0) return NameView(bytes.first(at + 1));
      if (label_bytes > kMaxLabelBytes) break;
      at += 1 + label_bytes;
    }
    return {};
  }
  /// Reads a plain name; on failure `in` has failed and the view is empty.
  [[nodiscard]] static NameView read_plain(base::ByteReader& in) noexcept {
    const NameView name = in.ok() ? at_front(in.rest()) : NameView();
    if (name.empty()) in.fail();
    in.skip(name.size());
    return name;
  }

  NameView() noexcept = default;
  [[nodiscard]] base::Bytes wire() const noexcept { return wire_; }
  [[nodiscard]] std::size_t size() const noexcept { return wire_.size(); }
  [[nodiscard]] bool is_root() const noexcept { return wire_.size() == 1; }
  [[nodiscard]] bool empty() const noexcept { return wire_.empty(); }

 private:
  explicit NameView(base::Bytes wire) noexcept : wire_(wire) {}
  base::Bytes wire_;
};

/// Copies `name` to `out` (at least name.size() bytes) with A-Z made a-z. Length bytes are below 64 and do not change.
void fold(base::Bytes name, std::byte* out) noexcept;

/// Which letters of a name were upper case: bit i belongs to byte i of the wire form.
struct CaseBits {
  std::array<std::uint64_t, 4> words{};
  friend bool operator==(const CaseBits&, const CaseBits&) noexcept = default;
};
static_assert(sizeof(CaseBits) == 32);

[[nodiscard]] CaseBits case_of(base::Bytes name) noexcept;
/// The same, written in place: copying words that were just stored would wait for those stores.
void set_case(CaseBits& bits, base::Bytes name) noexcept;
/// Makes the marked letters of a folded name upper case again, in place.
void apply_case(base::MutableBytes folded, const CaseBits& bits) noexcept;

/// Case-insensitive equality of two plain names.
[[nodiscard]] bool equal_names(base::Bytes a, base::Bytes b) noexcept;

/// Steps over a possibly compressed name at the reader's place in `message` (the whole message, offset 0 = header).
/// Checks everything: pointers go strictly backwards and not into the header, at most 128 of them, the expanded name
/// has at most 255 bytes. Returns the number of bytes of the expanded name, 0 on failure (and `in` has failed).
std::size_t skip_compressed(base::ByteReader& in, base::Bytes message) noexcept;

/// Expands the possibly compressed name at `offset` into `out` (kMaxNameBytes). Returns its size, 0 when malformed.
std::size_t expand(base::Bytes message, std::size_t offset, std::byte* out) noexcept;

}  // namespace dns
