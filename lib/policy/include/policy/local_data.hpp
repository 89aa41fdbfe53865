// SPDX-License-Identifier: Apache-2.0
/// @file local_data.hpp – lookup in local data: hosts, records, suffixes, special-use names.
///
/// Purpose    finds the answer that was compiled for a question. An entry covers its name, all names below it, or both; the
///            longest entry that covers the question decides, and it may decide for "ask upstream". Answers are compiled
///            when the configuration is loaded (lib/localdata).
/// Threads    immutable after create(), shared by all; control makes a new one for a new settings generation.
/// Lifetime   borrows tables, slots and the hash; all of them outlive it.
/// Cost       without local data: one load. Otherwise one walk over the labels and a look at the last label; then one hash
///            and probe for each number of labels that some name has, longest first.
/// RFC        unlike a wildcard of 4592, "below" covers names of any depth, also next to existing names.
///            4035 §3.1.4.1 (DS belongs to the parent), 6303, 6761.
///
///   slot   0        8      12           14      16    20      24        empty: name == nullptr
///        ┌────────┬──────┬────────────┬───────┬─────┬───────┐
///        │ name   │ tag  │ name_bytes │ cut   │ at  │ below │          at, below: a set, kUnsaid or kAskUpstream
///        └────────┴──────┴────────────┴───────┴─────┴───────┘
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/keyed_hash.hpp"
#include "base/outcome.hpp"
#include "dns/image.hpp"
#include "dns/types.hpp"

namespace policy {

inline constexpr std::uint32_t kUnsaid = 0xffff'ffff;       // not covered: a shorter name may be
inline constexpr std::uint32_t kAskUpstream = 0xffff'fffe;  // not local, whatever shorter names cover
inline constexpr std::uint32_t kNoImage = 0xffff'ffff;

/// The answer to one type: the index of an image.
struct LocalAnswer {
  dns::QType qtype{};
  std::uint32_t image = 0;
};

/// The answers of one name. They are consecutive; ANY gets the first one (RFC 8482 §4.1).
struct LocalSet {
  std::uint32_t first = 0;  // index of its first answer
  std::uint32_t count = 0;
  std::uint32_t otherwise = 0;  // image for every other type: NODATA, NXDOMAIN, a CNAME
};

/// One name; `at` and `below` are indices of sets, kUnsaid or kAskUpstream.
struct LocalName {
  base::Bytes name;  // folded wire form with the root label, at least one label
  std::uint32_t at = kUnsaid;
  std::uint32_t below = kUnsaid;
  bool is_cut = false;  // apex of a local zone: DS is not answered here
};

struct LocalTables {
  std::span<const LocalName> names;
  std::span<const LocalSet> sets;
  std::span<const LocalAnswer> answers;
  std::span<const dns::AnswerImage> images;
  std::uint32_t loop_probe = kNoImage;  // answer to names below the zone of loop probes
  std::uint32_t plain_name = kNoImage;  // answer to A and AAAA of single-label names that no entry covers
};

enum class LocalReject : std::uint8_t { kBadName, kDuplicateName, kBadPlace };

class LocalData {
 public:
  struct Slot {
    const std::byte* name = nullptr;
    std::uint32_t tag = 0;  // hash bits that did not choose the slot
    std::uint16_t name_bytes = 0;
    std::uint16_t is_cut = 0;
    std::uint32_t at = kUnsaid;
    std::uint32_t below = kUnsaid;
  };
  static_assert(sizeof(Slot) == 24);

  /// Slots that create() needs: a power of two, at most half full.
  [[nodiscard]] static std::size_t slots_for(std::size_t names) noexcept;

  /// `slots.size()` is slots_for(tables.names.size()).
  [[nodiscard]] static base::Outcome<LocalData, LocalReject> create(const LocalTables& tables, std::span<Slot> slots,
                                                                    const base::KeyedHash& hash) noexcept;

  /// The answer; nullptr: the question is not answered locally. `qname` is a checked plain name, folded (KeyView::qname() is
  /// one), its class IN.
  [[nodiscard]] const dns::AnswerImage* find(base::Bytes qname, dns::QType qtype) const noexcept {
    return says_something_ ? find_among(qname, qtype) : nullptr;
  }
  /// Is this the answer to a loop probe, a name that the egress core sent to an upstream?
  [[nodiscard]] bool is_loop_probe(const dns::AnswerImage& found) const noexcept {
    return tables_.loop_probe != kNoImage && &found == &tables_.images[tables_.loop_probe];
  }

 private:
  /// A bitmap of hashed last labels: rules out most questions with one look.
  using LastLabels = std::array<std::uint64_t, 16>;

  LocalData(const LocalTables& tables, std::span<Slot> slots, const base::KeyedHash& hash) noexcept
      : tables_(tables), slots_(slots), hash_(&hash) {}
  [[nodiscard]] bool insert(const LocalName& name) noexcept;
  [[nodiscard]] const Slot* find(base::Bytes suffix) const noexcept;
  [[nodiscard]] const dns::AnswerImage* find_among(base::Bytes qname, dns::QType qtype) const noexcept;
  [[nodiscard]] const dns::AnswerImage& pick(std::uint32_t set, dns::QType qtype) const noexcept;

  LocalTables tables_;
  std::span<Slot> slots_;
  const base::KeyedHash* hash_;
  std::array<std::uint64_t, 2> depths_{};  // bit i: some name has i labels
  LastLabels last_labels_{};
  bool says_something_ = false;
};

}  // namespace policy
