// SPDX-License-Identifier: Apache-2.0
// Draws to names.
#include "loadgen/name_source.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include <fmt/core.h>

#include "dns/text.hpp"

namespace loadgen {
namespace {

constexpr std::size_t kRandomLabelChars = 13;  // 64 bits, five to a character
constexpr std::size_t kZoneLabelChars = 8;     // 'z' and up to seven digits
constexpr std::size_t kNumberedLabelChars = 11;
constexpr std::size_t kMaxLabelsBytes = (1 + kRandomLabelChars) + (1 + kZoneLabelChars);
constexpr double kTwo32 = 4'294'967'296.0;

char digit32(std::uint64_t bits) noexcept { return "0123456789abcdefghijklmnopqrstuv"[bits & 31U]; }

using NumberText = std::array<char, kNumberedLabelChars>;

/// "n17", "z3".
std::string_view numbered(char letter, std::uint32_t number, NumberText& room) noexcept {
  room[0] = letter;
  const char* const end = std::to_chars(room.data() + 1, room.data() + room.size(), number).ptr;
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

/// Appends a label; returns the bytes written.
std::size_t put_label(std::string_view text, std::byte* room) noexcept {
  room[0] = static_cast<std::byte>(text.size());
  std::memcpy(room + 1, text.data(), text.size());
  return 1 + text.size();
}

auto wrong(std::string sentence) { return diag::fail(diag::Code::kInvalid, std::move(sentence)); }

}  // namespace

Zipf::Zipf(double exponent, std::uint32_t ranks) : cells_(ranks) {
  std::vector<double> share(ranks);  // of an average cell
  double sum = 0;
  for (std::uint32_t i = 0; i < ranks; ++i) sum += share[i] = std::pow(static_cast<double>(i) + 1, -exponent);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < ranks; ++i) {
    share[i] *= static_cast<double>(ranks) / sum;
    (share[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    cells_[poor] = {static_cast<std::uint32_t>(std::min(share[poor] * kTwo32, kTwo32 - 1)), rich};
    share[rich] -= 1 - share[poor];
    if (share[rich] < 1) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  for (const auto* rest : {&small, &large}) {
    for (const std::uint32_t full : *rest) cells_[full] = {~std::uint32_t{0}, full};
  }
}

std::uint32_t Zipf::draw(base::Random& random) const noexcept {
  const std::uint64_t bits = random.next();
  const auto rank = static_cast<std::uint32_t>(((bits >> 32U) * cells_.size()) >> 32U);
  return static_cast<std::uint32_t>(bits) <= cells_[rank].keep ? rank : cells_[rank].other;
}

diag::Result<NameSource> NameSource::create(const NameSpec& spec, std::uint64_t seed) {
  NameSource source(spec.kind, base::mix(seed));
  auto ready = spec.kind == NameKind::kList ? source.read_list(spec) : source.set_zone(spec);
  if (!ready) return diag::fail(ready.error());
  if (spec.zipf_exponent && spec.kind != NameKind::kRandom) source.zipf_.emplace(*spec.zipf_exponent, source.names_);
  return source;
}

diag::Status NameSource::set_zone(const NameSpec& spec) {
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(spec.zone, room);
  if (wire.empty()) return wrong(fmt::format("'{}' is no name; allowed: labels of 1 to 63 bytes", spec.zone));
  if (wire.size() + kMaxLabelsBytes > dns::kMaxNameBytes) {
    return wrong(fmt::format("'{}' leaves no room for labels; allowed: up to {} bytes", spec.zone,
                             dns::kMaxNameBytes - kMaxLabelsBytes));
  }
  zone_.assign(wire.begin(), wire.end());
  names_ = spec.names;
  zones_ = spec.zones;
  return {};
}

diag::Status NameSource::read_list(const NameSpec& spec) {
  for (const std::string& line : spec.list) {
    if (auto added = add_line(line); !added) return added;
  }
  if (!spec.file.empty()) {
    if (auto read = read_file(spec.file, [this](auto line) { return add_line(line); }); !read) return read;
  }
  if (!spec.schedule.empty()) {
    if (auto read = read_file(spec.schedule, [this](auto line) { return add_scheduled(line); }); !read) return read;
  }
  if (entries_.empty()) return wrong("there is no name to ask");
  names_ = static_cast<std::uint32_t>(entries_.size());
  return {};
}

template <class Add>
diag::Status NameSource::read_file(const std::filesystem::path& file, Add&& add) {
  std::ifstream in(file);
  if (!in) return wrong(fmt::format("'{}' cannot be read: {}", file.string(), std::strerror(errno)));
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    if (auto added = add(std::string_view(line)); !added) {
      return diag::fail(added.error().at(fmt::format("{}:{}", file.string(), number)));
    }
  }
  return {};
}

diag::Status NameSource::add_line(std::string_view line) {
  const std::size_t blank = line.find_first_of(" \t");
  const std::string_view name = line.substr(0, blank);
  Entry entry;
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(name, room);
  if (wire.empty()) return wrong(fmt::format("'{}' is no name; allowed: labels of 1 to 63 bytes", name));
  if (blank != std::string_view::npos) {
    const std::size_t begin = line.find_first_not_of(" \t", blank);
    const std::string_view word = begin == std::string_view::npos ? "" : line.substr(begin);
    const auto type = dns::type_from_text(word.substr(0, word.find_last_not_of(" \t") + 1));
    if (!type) return wrong(fmt::format("'{}' is no record type; allowed: A, AAAA, MX, …, TYPE123", word));
    entry.typed = true;
    entry.qtype = static_cast<std::uint16_t>(*type);
  }
  if (entries_.size() == kMaxNames) return wrong(fmt::format("more than {} names", kMaxNames));
  entry.at = static_cast<std::uint32_t>(wires_.size());
  entry.bytes = static_cast<std::uint8_t>(wire.size());
  wires_.insert(wires_.end(), wire.begin(), wire.end());
  entries_.push_back(entry);
  return {};
}

// "12.000345 17 www.example. A"
diag::Status NameSource::add_scheduled(std::string_view line) {
  const auto bad = [&] { return wrong(fmt::format("'{}' is not 'seconds client name type'", line)); };
  double at_sec = 0;
  std::uint32_t client = 0;
  const char* const end = line.data() + line.size();
  const auto moment = std::from_chars(line.data(), end, at_sec);
  if (moment.ec != std::errc{} || moment.ptr == end || *moment.ptr != ' ') return bad();
  const auto whose = std::from_chars(moment.ptr + 1, end, client);
  if (whose.ec != std::errc{} || whose.ptr == end || *whose.ptr != ' ') return bad();
  const auto at_ns = static_cast<std::int64_t>(at_sec * 1e9);
  if (at_ns < 0 || (!moments_ns_.empty() && at_ns < moments_ns_.back())) {
    return wrong(fmt::format("{} s is before the line above", at_sec));
  }
  moments_ns_.push_back(at_ns);
  clients_.push_back(client);
  return add_line({whose.ptr + 1, static_cast<std::size_t>(end - whose.ptr - 1)});
}

std::uint64_t NameSource::draw(base::Random& random) noexcept {
  if (kind_ == NameKind::kRandom) return count_++;
  return zipf_ ? zipf_->draw(random) : count_++ % names_;
}

std::size_t NameSource::write(std::uint64_t draw, std::byte* room) const noexcept {
  if (kind_ != NameKind::kList) return write_under_zone(draw, room);
  const Entry& entry = entries_[draw];
  std::memcpy(room, wires_.data() + entry.at, entry.bytes);
  return entry.bytes;
}

std::size_t NameSource::write_under_zone(std::uint64_t draw, std::byte* room) const noexcept {
  std::size_t size = 0;
  std::uint64_t zone = draw;
  NumberText text;
  if (kind_ == NameKind::kNumbered) {
    size = put_label(numbered('n', static_cast<std::uint32_t>(draw), text), room);
  } else {
    // mix() maps no two draws to one number, so no label comes twice.
    const std::uint64_t bits = base::mix(draw ^ seed_);
    std::array<char, kRandomLabelChars> label;
    for (std::size_t i = 0; i < label.size(); ++i) label[i] = digit32(bits >> (5 * i));
    size = put_label({label.data(), label.size()}, room);
    zone = base::mix(bits);
  }
  if (zones_ > 1) size += put_label(numbered('z', static_cast<std::uint32_t>(zone % zones_), text), room + size);
  std::memcpy(room + size, zone_.data(), zone_.size());
  return size + zone_.size();
}

std::optional<dns::QType> NameSource::type_of(std::uint64_t draw) const noexcept {
  if (kind_ != NameKind::kList || !entries_[draw].typed) return std::nullopt;
  return static_cast<dns::QType>(entries_[draw].qtype);
}

}  // namespace loadgen
