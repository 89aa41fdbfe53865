// SPDX-License-Identifier: Apache-2.0
// RDATA shapes of the types that may hold compressed names.
#include "rdata.hpp"

#include "dns/rdata_size.hpp"

namespace dns {

namespace {

/// Fixed bytes, character strings, names and a tail: the layout of the types that may hold compressed names.
struct Shape {
  enum class Tail : std::uint8_t { kFixed, kAny };

  std::uint8_t head_bytes = 0;
  std::uint8_t strings = 0;
  std::uint8_t names = 0;
  std::uint8_t tail_bytes = 0;
  Tail tail = Tail::kFixed;
};

constexpr Shape kOpaque{.tail = Shape::Tail::kAny};

[[nodiscard]] Shape shape_of(QType type) noexcept {
  switch (static_cast<std::uint16_t>(type)) {
    case 2:   // NS
    case 3:   // MD
    case 4:   // MF
    case 5:   // CNAME
    case 7:   // MB
    case 8:   // MG
    case 9:   // MR
    case 12:  // PTR
    case 39:  // DNAME
      return {.names = 1};
    case 6:  // SOA: five numbers behind the names
      return {.names = 2, .tail_bytes = 20};
    case 14:  // MINFO
    case 17:  // RP
      return {.names = 2};
    case 15:  // MX
    case 18:  // AFSDB
    case 21:  // RT
    case 36:  // KX
      return {.head_bytes = 2, .names = 1};
    case 24:  // SIG: the signature follows
      return {.head_bytes = 18, .names = 1, .tail = Shape::Tail::kAny};
    case 26:  // PX
      return {.head_bytes = 2, .names = 2};
    case 30:  // NXT: a bit map follows
      return {.names = 1, .tail = Shape::Tail::kAny};
    case 33:  // SRV
      return {.head_bytes = 6, .names = 1};
    case 35:  // NAPTR
      return {.head_bytes = 4, .strings = 3, .names = 1};
    default:
      return kOpaque;
  }
}

[[nodiscard]] bool has_address_length(QType type, QClass klass, std::size_t rdata_bytes) noexcept {
  if (klass != QClass::kIn) return true;
  if (type == QType::kA) return rdata_bytes == 4;
  return type != QType::kAaaa || rdata_bytes == 16;
}

}  // namespace

std::optional<std::size_t> shortest_rdata_bytes(QType type) noexcept {
  if (type == QType::kA) return 4;
  if (type == QType::kAaaa) return 16;
  const Shape shape = shape_of(type);
  const std::size_t bytes = std::size_t{shape.head_bytes} + shape.strings + shape.names + shape.tail_bytes;
  return bytes == 0 ? std::nullopt : std::optional(bytes);
}

void check_rdata(base::ByteReader& in, NameTable& names, QType type, QClass klass, std::size_t rdata_bytes) noexcept {
  if (rdata_bytes > in.left() || !has_address_length(type, klass, rdata_bytes)) {
    in.fail();
    return;
  }
  const std::size_t end = in.offset() + rdata_bytes;
  const Shape shape = shape_of(type);
  in.skip(shape.head_bytes);
  for (unsigned i = 0; i < shape.strings; ++i) in.skip(in.u8());
  for (unsigned i = 0; i < shape.names && in.ok(); ++i) names.read(in);
  in.skip(shape.tail_bytes);
  if (!in.ok() || in.offset() > end || (shape.tail == Shape::Tail::kFixed && in.offset() != end)) {
    in.fail();
    return;
  }
  in.skip(end - in.offset());
}

}  // namespace dns
