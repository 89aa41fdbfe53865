// SPDX-License-Identifier: Apache-2.0
// Reads compressed names in linear time, by notes about the names already read.
#include "name_table.hpp"

namespace dns {

namespace {

constexpr std::uint16_t kForbidden = 0xffff;

[[nodiscard]] std::size_t length_at(base::Bytes message, std::size_t at) noexcept {
  return std::to_integer<std::size_t>(message[at]);
}

[[nodiscard]] std::size_t target_at(base::Bytes message, std::size_t at) noexcept {
  return base::load_be16(message.data() + at) & 0x3fffU;
}

}  // namespace

std::size_t NameTable::read(base::ByteReader& in) noexcept {
  const std::size_t start = in.offset();
  std::size_t in_place = 0;  // bytes of labels at this place
  Tail tail;
  for (;;) {
    const std::size_t at = in.offset();
    const std::size_t length = in.u8();
    if (!in.ok()) return 0;
    if (length == 0) {
      tail.bytes = 1;
      break;
    }
    if (length >= kPointerTag) {
      in.skip(1);
      if (!in.ok()) return 0;
      tail = tail_at(target_at(message_, at), start);
      ++tail.pointers;
      break;
    }
    if (length > kMaxLabelBytes) break;  // reserved label types: tail stays empty
    in.skip(length);
    in_place += length + 1;
  }
  if (!in.ok() || tail.bytes == 0 || in_place + tail.bytes > kMaxNameBytes || tail.pointers > kMaxPointers) {
    in.fail();
    return 0;
  }
  const Tail whole{in_place + tail.bytes, tail.pointers};
  note_labels(start, in.offset(), whole);
  return whole.bytes;
}

void NameTable::note_labels(std::size_t start, std::size_t end, Tail whole) noexcept {
  const std::size_t reach = std::min(end, notes_.size());
  std::size_t bytes = whole.bytes;
  for (std::size_t at = start; at < reach;) {
    notes_[at] = static_cast<std::uint16_t>(whole.pointers << 8U | bytes);
    const std::size_t length = length_at(message_, at);
    if (length == 0 || length >= kPointerTag) return;
    bytes -= length + 1;
    at += length + 1;
  }
}

NameTable::Tail NameTable::tail_at(std::size_t target, std::size_t limit) noexcept {
  if (target >= limit || target < kHeaderBytes) return {};
  furthest_target_ = std::max(furthest_target_, target);
  const std::size_t note = notes_[target];
  if (note == kForbidden) return {};
  if (note != 0) return {note & 0xff, note >> 8};
  const Tail loose = walk_loose(target, limit);
  if (loose.bytes != 0) notes_[target] = static_cast<std::uint16_t>(loose.pointers << 8U | loose.bytes);
  return loose;
}

NameTable::Tail NameTable::walk_loose(std::size_t target, std::size_t limit) noexcept {
  std::size_t at = target;
  std::size_t segment = target;
  Tail tail;
  for (limit = std::min(limit, notes_.size()); at < limit;) {
    if (++steps_ >= kMaxNameSteps) return {};
    const std::size_t length = length_at(message_, at);
    const bool is_pointer = length >= kPointerTag;
    if (!is_pointer && length > kMaxLabelBytes) return {};
    const std::size_t step = is_pointer ? 2 : length + 1;
    if (step > limit - at || touches_forbidden(at, step)) return {};
    if (is_pointer) {
      limit = segment;
      segment = at = target_at(message_, at);
      if (at >= limit || at < kHeaderBytes || ++tail.pointers > kMaxPointers) return {};
      continue;
    }
    tail.bytes += step;
    if (tail.bytes > kMaxNameBytes) return {};
    if (length == 0) return tail;
    at += step;
  }
  return {};
}

bool NameTable::touches_forbidden(std::size_t at, std::size_t bytes) const noexcept {
  const auto from = notes_.begin() + static_cast<std::ptrdiff_t>(at);
  return std::find(from, from + static_cast<std::ptrdiff_t>(bytes), kForbidden) !=
         from + static_cast<std::ptrdiff_t>(bytes);
}

void NameTable::forbid(std::size_t from, std::size_t to) noexcept {
  to = std::min(to, notes_.size());
  for (std::size_t at = from; at < to; ++at) notes_[at] = kForbidden;
}

std::size_t NameTable::resolve(std::size_t at) noexcept {
  while (length_at(message_, at) >= kPointerTag && ++steps_ < kMaxNameSteps) at = target_at(message_, at);
  return at;
}

bool NameTable::equal(std::size_t a, std::size_t b) noexcept {
  for (;;) {
    a = resolve(a);
    b = resolve(b);
    if (a == b) return true;
    if (++steps_ >= kMaxNameSteps) return false;
    const std::size_t length = length_at(message_, a);
    if (length != length_at(message_, b)) return false;
    if (!equal_names(message_.subspan(a, length + 1), message_.subspan(b, length + 1))) return false;
    if (length == 0) return true;
    a += length + 1;
    b += length + 1;
  }
}

}  // namespace dns
