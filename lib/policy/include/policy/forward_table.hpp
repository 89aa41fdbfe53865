// SPDX-License-Identifier: Apache-2.0
/// @file forward_table.hpp – which uplink answers for a name: that of the longest forward zone that contains it.
///
/// Purpose    longest-suffix match of a folded qname against the forward zones.
/// Threads    immutable after create(), shared by all; control makes a new one for a new settings generation.
/// Lifetime   borrows the slots, the zone names and the hash; all of them outlive the table.
/// Cost       with zone "." only: one load. Otherwise one walk over the labels, and one hash and probe for each number of
///            labels that some zone has, longest first. The length of the name does not matter.
/// RFC        1034 §3.1 (names compare label by label, without case: both sides come folded).
///
///   slot   0            8      12           14       16        empty: name == nullptr
///        ┌────────────┬──────┬────────────┬────────┐
///        │ name       │ tag  │ name_bytes │ uplink │
///        └────────────┴──────┴────────────┴────────┘
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/keyed_hash.hpp"
#include "base/outcome.hpp"
#include "dns/name.hpp"
#include "dns/question_key.hpp"

namespace policy {

inline constexpr std::size_t kMaxForwardZones = 1'024;

struct ForwardZone {
  base::Bytes name;      // folded wire form with the root label; "." is one zero byte
  dns::UplinkId uplink;  // the uplink that answers for it
};

enum class ForwardReject : std::uint8_t { kTooManyZones, kBadName, kDuplicateZone };

class ForwardTable {
 public:
  struct Slot {
    const std::byte* name = nullptr;
    std::uint32_t tag = 0;  // hash bits that did not choose the slot
    std::uint16_t name_bytes = 0;
    std::uint16_t uplink = 0;
  };
  static_assert(sizeof(Slot) == 16);

  /// Slots that create() needs: a power of two, at most half full.
  [[nodiscard]] static std::size_t slots_for(std::size_t zones) noexcept;

  /// `slots.size()` is slots_for(zones.size()).
  [[nodiscard]] static base::Outcome<ForwardTable, ForwardReject> create(std::span<const ForwardZone> zones,
                                                                         std::span<Slot> slots,
                                                                         const base::KeyedHash& hash) noexcept;

  /// `qname` is a checked plain name, folded (KeyView::qname() is one). nullopt: no zone contains it.
  [[nodiscard]] std::optional<dns::UplinkId> route(base::Bytes qname) const noexcept {
    if (!deep_) return root_;
    return route_deep(qname);
  }
  /// The same for a question. DS belongs to the parent side of a zone cut (RFC 4035 §3.1.4.1): at the apex of a forward zone
  /// it goes to the uplink of the enclosing zone.
  [[nodiscard]] std::optional<dns::UplinkId> route(base::Bytes qname, dns::QType qtype) const noexcept {
    const bool at_parent = qtype == dns::QType::kDs && qname.size() > 1;
    return route(at_parent ? qname.subspan(1 + std::to_integer<std::size_t>(qname[0])) : qname);
  }
  [[nodiscard]] std::optional<dns::UplinkId> route(dns::NameView qname) const noexcept { return route(qname.wire()); }

 private:
  ForwardTable(std::span<Slot> slots, const base::KeyedHash& hash) noexcept : slots_(slots), hash_(&hash) {}
  [[nodiscard]] bool insert(const ForwardZone& zone) noexcept;
  [[nodiscard]] const Slot* find(base::Bytes suffix) const noexcept;
  [[nodiscard]] std::optional<dns::UplinkId> route_deep(base::Bytes qname) const noexcept;

  std::span<Slot> slots_;
  const base::KeyedHash* hash_;
  std::array<std::uint64_t, 2> depths_{};  // bit i: some zone has i labels
  std::optional<dns::UplinkId> root_;
  bool deep_ = false;  // a zone below the root exists
};

}  // namespace policy
