// SPDX-License-Identifier: Apache-2.0
// Folding, letter case and comparison of plain names; reading of plain and compressed ones.
#include "dns/name.hpp"

#include <cstring>

#include "base/contract.hpp"
#include "name_walk.hpp"
#include "swar.hpp"
#include "wide.hpp"

namespace dns {

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kWide = wide::kBytes;
constexpr std::size_t kCaseWord = 64;  // bytes of a name whose case one word of CaseBits holds

/// Bit i for each byte i that is A-Z, of as many bytes as kCaseWord.
std::uint64_t case_word(base::Bytes part) noexcept {
  const std::byte* from = part.data();
  const std::size_t size = part.size();
  std::uint64_t bits = 0;
  std::size_t at = 0;
  if (size >= kWide) {
    for (; at + kWide <= size; at += kWide) bits |= wide::upper_mask(wide::load(from + at)) << at;
    const std::size_t last = size - kWide;  // the last sixteen bytes again: they have the same bits
    return bits | wide::upper_mask(wide::load(from + last)) << last;
  }
  for (; at + kWord <= size; at += kWord) bits |= swar::gather(swar::upper_bits(swar::load(from + at))) << at;
  if (at == size) return bits;
  return bits | swar::gather(swar::upper_bits(swar::load_part(from + at, size - at))) << at;
}

}  // namespace

void fold(base::Bytes name, std::byte* out) noexcept {
  const std::byte* from = name.data();
  const std::size_t size = name.size();
  std::size_t at = 0;
  if (size >= kWide) {
    for (; at + kWide <= size; at += kWide) wide::store(out + at, wide::fold(wide::load(from + at)));
    const std::size_t last = size - kWide;  // the last sixteen bytes again: folding twice changes nothing
    if (at != size) wide::store(out + last, wide::fold(wide::load(from + last)));
    return;
  }
  for (; at + kWord <= size; at += kWord) swar::store(out + at, swar::fold(swar::load(from + at)));
  if (at == size) return;
  if (size >= kWord) {  // the last eight bytes again: folding twice changes nothing
    swar::store(out + size - kWord, swar::fold(swar::load(from + size - kWord)));
    return;
  }
  const std::uint64_t rest = swar::fold(swar::load_part(from + at, size - at));
  std::memcpy(out + at, &rest, size - at);
}

CaseBits case_of(base::Bytes name) noexcept {
  CaseBits bits;
  set_case(bits, name);
  return bits;
}

void set_case(CaseBits& bits, base::Bytes name) noexcept {
  SLUICE_ASSUME(name.size() <= kMaxNameBytes);
  std::size_t end = name.size() < kCaseWord ? name.size() : kCaseWord;
  bits.words[0] = case_word(name.first(end));
  bits.words[1] = bits.words[2] = bits.words[3] = 0;
  for (std::size_t word = 1; end < name.size(); ++word) {
    const std::size_t begin = end;
    end = name.size() - begin < kCaseWord ? name.size() : begin + kCaseWord;
    bits.words[word] = case_word(name.subspan(begin, end - begin));
  }
}

void apply_case(base::MutableBytes folded, const CaseBits& bits) noexcept {
  SLUICE_ASSUME(folded.size() <= kMaxNameBytes);
  for (std::size_t at = 0; at < folded.size(); at += kWord) {
    const std::size_t count = folded.size() - at < kWord ? folded.size() - at : kWord;
    const std::uint64_t marked = swar::scatter(bits.words[at / 64] >> (at % 64));
    if (marked == 0) continue;
    std::uint64_t word = count == kWord ? swar::load(folded.data() + at) : swar::load_part(folded.data() + at, count);
    word &= ~((swar::lower_bits(word) & marked) >> 2U);
    std::memcpy(folded.data() + at, &word, count);
  }
}

bool equal_names(base::Bytes a, base::Bytes b) noexcept {
  if (a.size() != b.size()) return false;
  std::size_t at = 0;
  for (; at + kWord <= a.size(); at += kWord) {
    if (swar::fold(swar::load(a.data() + at)) != swar::fold(swar::load(b.data() + at))) return false;
  }
  const std::size_t rest = a.size() - at;
  return rest == 0 ||
         swar::fold(swar::load_part(a.data() + at, rest)) == swar::fold(swar::load_part(b.data() + at, rest));
}

std::size_t skip_compressed(base::ByteReader& in, base::Bytes message) noexcept {
  NameWalk walk(message, in.offset());
  if (in.ok() && walk.to_end()) {
    in.skip(walk.bytes_in_place());
    return walk.expanded_bytes();
  }
  in.fail();
  return 0;
}

std::size_t expand(base::Bytes message, std::size_t offset, std::byte* out) noexcept {
  NameWalk walk(message, offset);
  std::size_t size = 0;
  while (walk.next()) {
    const base::Bytes label = walk.label();
    std::memcpy(out + size, label.data(), label.size());
    size += label.size();
  }
  return walk.ok() ? size : 0;
}

}  // namespace dns
