// SPDX-License-Identifier: Apache-2.0
/// @file local_data.hpp – answers of our own: hosts, records, suffixes, special-use names.
///
/// Purpose    finds the ready-made answer to a question that is ours to answer. A name may say what itself gets and what
///            every name below it gets; the longest name that says something decides, and it may say "ask upstream".
///            Answers are made at load time (config); here they are only found.
/// Threads    immutable after create(), shared by all; control makes a new one for a new settings generation.
/// Lifetime   borrows tables, slots and the hash; all of them outlive it.
/// Cost       nothing there: one load. Else one walk over the labels and one look at the last of them; then a hash and a
///            probe for each number of labels that some name has, longest first.
/// RFC        4592 has another idea of wildcards: here what stands for "below" covers names of any depth.
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

inline constexpr std::uint32_t kUnsaid = 0xffff'ffff;       // a shorter name may say something
inline constexpr std::uint32_t kAskUpstream = 0xffff'fffe;  // not ours, whatever shorter names say
inline constexpr std::uint32_t kNoImage = 0xffff'ffff;

/// What one type of question gets: an image, by its place.
struct LocalAnswer {
  dns::QType qtype{};
  std::uint32_t image = 0;
};

/// What the types get. Answers of one set stand together; ANY gets the first one (RFC 8482 §4.1).
struct LocalSet {
  std::uint32_t first = 0;  // place of its first answer
  std::uint32_t count = 0;
  std::uint32_t otherwise = 0;  // image for every other type: NODATA, NXDOMAIN, a CNAME
};

/// One name and what it says; `at` and `below` are places of sets, kUnsaid or kAskUpstream.
struct LocalName {
  base::Bytes name;  // folded wire form with the root label, at least one label
  std::uint32_t at = kUnsaid;
  std::uint32_t below = kUnsaid;
  bool is_cut = false;  // a zone of ours begins here: its DS is the parent's to tell
};

struct LocalTables {
  std::span<const LocalName> names;
  std::span<const LocalSet> sets;
  std::span<const LocalAnswer> answers;
  std::span<const dns::AnswerImage> images;
  std::uint32_t loop_probe = kNoImage;  // what names below the zone of loop probes get
  std::uint32_t plain_name = kNoImage;  // what A and AAAA of a name of one label get when nothing says otherwise
};

enum class LocalReject : std::uint8_t { kBadName, kDuplicateName, kBadPlace };

class LocalData {
 public:
  struct Slot {
    const std::byte* name = nullptr;
    std::uint32_t tag = 0;  // hash bits that did not choose the place
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

  /// The answer, or nullptr when the question is not ours. `qname` is a checked plain name, folded (KeyView::qname() is
  /// one), its class IN.
  [[nodiscard]] const dns::AnswerImage* find(base::Bytes qname, dns::QType qtype) const noexcept {
    return says_something_ ? find_among(qname, qtype) : nullptr;
  }
  /// The answer of a name that an upstream was asked to see whether it comes back.
  [[nodiscard]] bool is_loop_probe(const dns::AnswerImage& found) const noexcept {
    return tables_.loop_probe != kNoImage && &found == &tables_.images[tables_.loop_probe];
  }

 private:
  /// Which last labels the names have, roughly: most questions are done after one look.
  using LastLabels = std::array<std::uint64_t, 16>;

  LocalData(const LocalTables& tables, std::span<Slot> slots, const base::KeyedHash& hash) noexcept
      : tables_(tables), slots_(slots), hash_(&hash) {}
  [[nodiscard]] bool insert(const LocalName& name) noexcept;
  [[nodiscard]] const Slot* find_slot(base::Bytes suffix) const noexcept;
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
