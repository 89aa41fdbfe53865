// SPDX-License-Identifier: Apache-2.0
// The names of a made trace: what follows from a number, without a table of names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dns/name.hpp"
#include "dns/text.hpp"
#include "trace/workload.hpp"

namespace trace {

/// A name without its last label, as labels are put together; room for the longest.
class LabelRow {
 public:
  void clear() noexcept { size_ = 0; }
  void add(std::string_view label) noexcept;
  /// A letter and a number.
  void add(std::string_view word, std::uint64_t number) noexcept;
  /// Wire labels with the root at the end; the name is then complete.
  [[nodiscard]] dns::NameView end_with(base::Bytes suffix) noexcept;

 private:
  std::array<std::byte, dns::kMaxNameBytes + 64> bytes_;  // a label may be written before the name is known to fit
  std::size_t size_ = 0;
};

/// What follows from a name's number.
struct NameTraits {
  std::uint64_t number = 0;
  std::uint32_t ttl_sec = 0;
  std::size_t ttl_index = 0;
  bool exists = true;
  bool has_aaaa = true;
  bool internal = false;
};

class NameMaker {
 public:
  explicit NameMaker(const Workload& workload);

  /// A name of the catalogue as it is at that moment.
  [[nodiscard]] NameTraits of_rank(std::uint32_t rank, std::int64_t at_ns) const noexcept;
  /// A name that comes once.
  [[nodiscard]] NameTraits once(std::uint64_t count) const noexcept;

  /// Candidates of a lookup, in the order in which a stub resolver tries them.
  [[nodiscard]] std::size_t candidates(const NameTraits& name) const noexcept;
  /// The candidate that exists, or candidates() when none does.
  [[nodiscard]] std::size_t found_at(const NameTraits& name) const noexcept;
  /// The view lies in `row`.
  [[nodiscard]] dns::NameView write(const NameTraits& name, std::size_t candidate, LabelRow& row) const noexcept;
  [[nodiscard]] dns::NameView write_address_name(const NameTraits& name, LabelRow& row) const noexcept;
  [[nodiscard]] dns::NameView write_flood_name(std::uint64_t count, LabelRow& row) const noexcept;

 private:
  [[nodiscard]] NameTraits traits(std::uint64_t number, double internal_share) const noexcept;
  [[nodiscard]] bool goes_through_search(const NameTraits& name) const noexcept;

  const Workload& workload_;
  double generation_ns_ = 0;                   // how long a name stays in the catalogue; 0: for ever
  std::vector<std::uint64_t> ttl_ends_;        // of 2^32, cumulative
  std::vector<std::vector<std::byte>> tails_;  // by TTL: ttl60.example.
  std::vector<std::byte> missing_tail_;        // nx.example.
  std::vector<std::vector<std::byte>> search_;
  std::vector<std::byte> root_{std::byte{0}};
  unsigned external_dots_ = 0;
};

/// The wire form of a text that has been checked.
[[nodiscard]] std::vector<std::byte> wire_of(std::string_view text);

}  // namespace trace
