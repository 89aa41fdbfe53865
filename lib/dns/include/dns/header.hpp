// SPDX-License-Identifier: Apache-2.0
/// @file header.hpp – the twelve bytes at the front of every message.
///
/// Purpose    reads and writes the header.
/// Threads    value types.
/// RFC        1035 §4.1.1.
///
///   byte 0      2       4         6         8         10        12
///        ┌──────┬───────┬─────────┬─────────┬─────────┬─────────┐
///        │  id  │ flags │ qdcount │ ancount │ nscount │ arcount │
///        └──────┴───────┴─────────┴─────────┴─────────┴─────────┘
///   flags  15 QR │ 14…11 opcode │ 10 AA │ 9 TC │ 8 RD │ 7 RA │ 6 Z │ 5 AD │ 4 CD │ 3…0 rcode
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "dns/types.hpp"

namespace dns {

struct Header {
  base::TxId id;
  std::uint16_t flags = 0;
  std::uint16_t qdcount = 0;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;

  [[nodiscard]] static Header read(base::ByteReader& in) noexcept {
    Header header;
    header.id = base::TxId(in.u16());
    header.flags = in.u16();
    header.qdcount = in.u16();
    header.ancount = in.u16();
    header.nscount = in.u16();
    header.arcount = in.u16();
    return header;
  }
  /// The same from at least kHeaderBytes bytes.
  [[nodiscard]] static Header load(const std::byte* at) noexcept {
    Header header;
    header.id = base::TxId(base::load_be16(at));
    header.flags = base::load_be16(at + 2);
    header.qdcount = base::load_be16(at + 4);
    header.ancount = base::load_be16(at + 6);
    header.nscount = base::load_be16(at + 8);
    header.arcount = base::load_be16(at + 10);
    return header;
  }
  /// Into at least kHeaderBytes bytes, as two words.
  void store(std::byte* at) const noexcept {
    const std::uint64_t front = std::uint64_t{id.value()} << 48U | std::uint64_t{flags} << 32U |
                                std::uint64_t{qdcount} << 16U | std::uint64_t{ancount};
    const std::uint64_t raw = __builtin_bswap64(front);
    std::memcpy(at, &raw, sizeof raw);
    base::store_be32(at + sizeof raw, std::uint32_t{nscount} << 16U | arcount);
  }
  void write(base::ByteWriter& out) const noexcept {
    out.u16(id.value());
    out.u16(flags);
    out.u16(qdcount);
    out.u16(ancount);
    out.u16(nscount);
    out.u16(arcount);
  }
  [[nodiscard]] bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
  [[nodiscard]] Opcode opcode() const noexcept { return static_cast<Opcode>((flags & kOpcodeMask) >> 11U); }
  [[nodiscard]] std::uint16_t rcode_bits() const noexcept { return flags & kRcodeMask; }
};

}  // namespace dns
