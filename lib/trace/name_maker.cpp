// SPDX-License-Identifier: Apache-2.0
// Numbers to names.
#include "name_maker.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/core.h>

#include "base/random.hpp"

namespace trace {
namespace {

constexpr double kDayNs = 86'400e9;
constexpr std::uint64_t kOncePurpose = 0x6f6e'6365U;
constexpr std::uint64_t kFloodPurpose = 0x666c'6f6fU;
constexpr std::uint32_t kNamespaces = 40;  // of internal services

/// Independent draws out of one number, by purpose.
double unit_of(std::uint64_t number, std::uint64_t purpose) noexcept {
  return static_cast<double>(base::mix(number ^ (purpose << 56U)) >> 11U) * 0x1p-53;
}

std::uint32_t zone_of(std::uint64_t number, std::uint32_t zones) noexcept {
  const double u = unit_of(number, 1);  // squared: some zones have many names, most have few
  return static_cast<std::uint32_t>(u * u * zones);
}

}  // namespace

std::vector<std::byte> wire_of(std::string_view text) {
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(text, room);
  return {wire.begin(), wire.end()};
}

void LabelRow::add(std::string_view label) noexcept {
  if (size_ + 1 + label.size() > dns::kMaxNameBytes) return;
  bytes_[size_] = static_cast<std::byte>(label.size());
  std::memcpy(&bytes_[size_ + 1], label.data(), label.size());
  size_ += 1 + label.size();
}

void LabelRow::add(std::string_view word, std::uint64_t number) noexcept {
  std::array<char, 32> text;
  std::copy(word.begin(), word.end(), text.begin());
  const char* const end = std::to_chars(text.data() + word.size(), text.data() + text.size(), number, 36).ptr;
  add({text.data(), static_cast<std::size_t>(end - text.data())});
}

dns::NameView LabelRow::end_with(base::Bytes suffix) noexcept {
  if (size_ + suffix.size() > dns::kMaxNameBytes) return {};
  std::memcpy(&bytes_[size_], suffix.data(), suffix.size());
  base::ByteReader in(base::Bytes(bytes_.data(), size_ + suffix.size()));
  return dns::NameView::read_plain(in);
}

NameMaker::NameMaker(const Workload& workload) : workload_(workload) {
  if (workload.churn_per_day > 0) generation_ns_ = kDayNs / workload.churn_per_day;
  double sum = 0;
  for (const TtlShare& share : workload.ttls) sum += share.share;
  double so_far = 0;
  for (const TtlShare& share : workload.ttls) {
    so_far += share.share;
    ttl_ends_.push_back(static_cast<std::uint64_t>(so_far / sum * 0x1p32));
    tails_.push_back(wire_of(fmt::format("ttl{}.{}", share.ttl_sec, workload.suffix)));
  }
  ttl_ends_.back() = std::uint64_t{1} << 32U;
  missing_tail_ = wire_of(fmt::format("nx.{}", workload.suffix));
  for (const std::string& suffix : workload.search) search_.push_back(wire_of(suffix));
  const std::vector<std::byte> suffix = wire_of(workload.suffix);
  external_dots_ = 2;  // host.zone.ttl60, and one more for each label of the suffix
  for (std::size_t at = 0; suffix[at] != std::byte{0}; at += 1 + std::to_integer<std::size_t>(suffix[at])) {
    ++external_dots_;
  }
}

NameTraits NameMaker::traits(std::uint64_t number, double internal_share) const noexcept {
  NameTraits name;
  name.number = number;
  const std::uint64_t draw = base::mix(number) >> 32U;
  while (draw >= ttl_ends_[name.ttl_index]) ++name.ttl_index;
  name.ttl_sec = workload_.ttls[name.ttl_index].ttl_sec;
  name.internal = internal_share > 0 && unit_of(number, 2) < internal_share;
  name.exists = name.internal || unit_of(number, 3) >= workload_.missing_share;
  name.has_aaaa = !name.internal && unit_of(number, 4) >= workload_.no_aaaa_share;
  if (name.internal) name.ttl_sec = workload_.internal_ttl_sec;
  return name;
}

NameTraits NameMaker::of_rank(std::uint32_t rank, std::int64_t at_ns) const noexcept {
  std::uint64_t number = base::mix(workload_.seed) ^ rank;
  if (generation_ns_ > 0) {
    const double phase = unit_of(number, 5);  // names are replaced one by one
    const auto generation = static_cast<std::uint64_t>(static_cast<double>(at_ns) / generation_ns_ + phase);
    number ^= generation << 32U;
  }
  return traits(base::mix(number), workload_.internal_share);
}

NameTraits NameMaker::once(std::uint64_t count) const noexcept {
  return traits(base::mix(base::mix(workload_.seed ^ kOncePurpose) ^ count), 0);
}

bool NameMaker::goes_through_search(const NameTraits& name) const noexcept {
  return !search_.empty() && (name.internal || external_dots_ < workload_.ndots);
}

std::size_t NameMaker::candidates(const NameTraits& name) const noexcept {
  return goes_through_search(name) ? search_.size() + 1 : 1;
}

std::size_t NameMaker::found_at(const NameTraits& name) const noexcept {
  if (!name.exists) return candidates(name);
  return name.internal ? std::min<std::size_t>(1, search_.size()) : candidates(name) - 1;
}

dns::NameView NameMaker::write(const NameTraits& name, std::size_t candidate, LabelRow& row) const noexcept {
  row.clear();
  const bool absolute = candidate + 1 == candidates(name);
  const std::vector<std::byte>& suffix = absolute ? root_ : search_[candidate];
  if (name.internal) {
    row.add("svc", name.number % 100'000);
    row.add("ns", base::mix(name.number) % kNamespaces);
    return row.end_with(suffix);
  }
  row.add("h", name.number >> 24U);
  row.add("z", zone_of(name.number, workload_.zones));
  const std::vector<std::byte>& tail = name.exists ? tails_[name.ttl_index] : missing_tail_;
  if (absolute) return row.end_with(tail);
  for (std::size_t at = 0; tail[at] != std::byte{0}; at += 1 + std::to_integer<std::size_t>(tail[at])) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets of a label as characters
    row.add({reinterpret_cast<const char*>(&tail[at + 1]), std::to_integer<std::size_t>(tail[at])});
  }
  return row.end_with(suffix);
}

dns::NameView NameMaker::write_address_name(const NameTraits& name, LabelRow& row) const noexcept {
  static const std::vector<std::byte> kTail = wire_of("10.in-addr.arpa.");
  row.clear();
  for (unsigned i = 0; i < 3; ++i) {
    std::array<char, 3> text;
    const char* const end = std::to_chars(text.data(), text.data() + text.size(), name.number >> (8 * i) & 0xffU).ptr;
    row.add({text.data(), static_cast<std::size_t>(end - text.data())});
  }
  return row.end_with(kTail);
}

dns::NameView NameMaker::write_flood_name(std::uint64_t count, LabelRow& row) const noexcept {
  const std::uint64_t number = base::mix(base::mix(workload_.seed ^ kFloodPurpose) ^ count);
  row.clear();
  row.add("r", number);
  row.add("flood", base::mix(number) % workload_.flood.zones);
  return row.end_with(missing_tail_);
}

}  // namespace trace
