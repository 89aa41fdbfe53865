// SPDX-License-Identifier: Apache-2.0
/// @file name_source.hpp – the names that a stream asks for.
///
/// Purpose    a draw is a number that determines the name: an outstanding query stores eight bytes, and a retry or an
///            answer writes the same name from it. Three kinds: n0 … nN-1; labels that never repeat, both under one zone or
///            spread over many, which streams may share; a list. Names of the first and the third come by a Zipf distribution or in turn.
/// Threads    immutable after creation but for draw(), which has one owner.
/// Ownership  owns its list and its distribution; 8 bytes a name for the latter.
/// Cost       draw: O(1); write: one copy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "diag/result.hpp"
#include "dns/types.hpp"

namespace loadgen {

inline constexpr std::uint32_t kMaxNames = 50'000'000;

/// Ranks 0 … n-1 with weights 1 / (rank + 1)^exponent, drawn with one random number (Walker's alias method).
class Zipf {
 public:
  Zipf(double exponent, std::uint32_t ranks);
  [[nodiscard]] std::uint32_t draw(base::Random& random) const noexcept;
  [[nodiscard]] std::uint32_t ranks() const noexcept { return static_cast<std::uint32_t>(cells_.size()); }

 private:
  struct Cell {
    std::uint32_t keep = 0;   // of 2^32: how often the cell's own rank is taken
    std::uint32_t other = 0;  // the rank for the rest
  };
  std::vector<Cell> cells_;
};

enum class NameKind : std::uint8_t { kNumbered, kRandom, kList };

struct NameSpec {
  NameKind kind = NameKind::kNumbered;
  std::string zone = ".";                 // kNumbered, kRandom
  std::uint32_t names = 10'000;           // kNumbered
  std::uint32_t zones = 1;                // kNumbered, kRandom: more than one are z0, z1, … under `zone`
  std::optional<double> zipf_exponent{};  // kNumbered, kList; none: in turn
  std::vector<std::string> list{};        // kList: names, each with its type behind a blank if it has one
  std::filesystem::path file{};           // kList: one a line, as dnsperf reads them
  std::filesystem::path schedule{};       // kList: "seconds client name type" a line, in the order of time
};

class NameSource {
 public:
  [[nodiscard]] static diag::Result<NameSource> create(const NameSpec& spec, std::uint64_t seed);

  [[nodiscard]] std::uint64_t draw(base::Random& random) noexcept;
  /// The wire form of a draw's name; `room` has at least dns::kMaxNameBytes. Returns its size.
  [[nodiscard]] std::size_t write(std::uint64_t draw, std::byte* room) const noexcept;
  /// The type that the list gives the name.
  [[nodiscard]] std::optional<dns::QType> type_of(std::uint64_t draw) const noexcept;
  /// Of a schedule: when each draw is meant, and whose it is.
  [[nodiscard]] std::span<const std::int64_t> schedule_ns() const noexcept { return moments_ns_; }
  [[nodiscard]] std::optional<std::uint32_t> client_of(std::uint64_t draw) const noexcept {
    return clients_.empty() ? std::nullopt : std::optional(clients_[draw]);
  }

 private:
  struct Entry {
    std::uint32_t at = 0;  // in wires_
    std::uint8_t bytes = 0;
    bool typed = false;
    std::uint16_t qtype = 0;
  };
  NameSource(NameKind kind, std::uint64_t seed) noexcept : kind_(kind), seed_(seed) {}
  [[nodiscard]] diag::Status read_list(const NameSpec& spec);
  /// add(line) for every line that is no comment.
  template <class Add>
  [[nodiscard]] diag::Status read_file(const std::filesystem::path& file, Add&& add);
  [[nodiscard]] diag::Status add_scheduled(std::string_view line);
  [[nodiscard]] diag::Status add_line(std::string_view line);
  [[nodiscard]] diag::Status set_zone(const NameSpec& spec);
  [[nodiscard]] std::size_t write_under_zone(std::uint64_t draw, std::byte* room) const noexcept;

  NameKind kind_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;  // draws so far
  std::uint32_t names_ = 0;
  std::uint32_t zones_ = 1;
  std::vector<std::byte> zone_;  // wire form
  std::vector<std::byte> wires_;
  std::vector<Entry> entries_;
  std::vector<std::int64_t> moments_ns_;  // of a schedule
  std::vector<std::uint32_t> clients_;    // of a schedule
  std::optional<Zipf> zipf_;
};

}  // namespace loadgen
