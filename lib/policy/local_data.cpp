// SPDX-License-Identifier: Apache-2.0
// Local names in an open-addressing table, asked once for each depth that exists.
#include "policy/local_data.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/contract.hpp"
#include "labels.hpp"

namespace policy {
namespace {

constexpr std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32U); }

/// A bit for the last label of a name; `label` starts with its length and ends with the root label.
std::size_t last_label_bit(base::Bytes label) noexcept {
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(label[at]); };
  const std::uint32_t mixed = byte(0) | byte(1) << 8U | byte(2) << 16U | byte(label.size() - 2) << 24U;
  return mixed * 0x9e37'79b1U >> 22U;  // ten bits
}

bool is_set_place(std::uint32_t place, std::size_t sets) noexcept {
  return place == kUnsaid || place == kAskUpstream || place < sets;
}

/// Every place that a find may follow is there.
bool places_are_sound(const LocalTables& tables) noexcept {
  const std::size_t images = tables.images.size();
  const auto is_image = [&](std::uint32_t place) { return place < images; };
  const auto may_be_image = [&](std::uint32_t place) { return place == kNoImage || is_image(place); };
  return may_be_image(tables.plain_name) && may_be_image(tables.loop_probe) &&
         std::all_of(tables.answers.begin(), tables.answers.end(),
                     [&](const LocalAnswer& answer) { return is_image(answer.image); }) &&
         std::all_of(tables.sets.begin(), tables.sets.end(),
                     [&](const LocalSet& set) {
                       return is_image(set.otherwise) && std::size_t{set.first} + set.count <= tables.answers.size();
                     }) &&
         std::all_of(tables.names.begin(), tables.names.end(), [&](const LocalName& name) {
           return is_set_place(name.at, tables.sets.size()) && is_set_place(name.below, tables.sets.size());
         });
}

bool asks_for_an_address(dns::QType qtype) noexcept { return qtype == dns::QType::kA || qtype == dns::QType::kAaaa; }

}  // namespace

std::size_t LocalData::slots_for(std::size_t names) noexcept { return std::bit_ceil(2 * names + 1); }

base::Outcome<LocalData, LocalReject> LocalData::create(const LocalTables& tables, std::span<Slot> slots,
                                                        const base::KeyedHash& hash) noexcept {
  SLUICE_REQUIRE(slots.size() == slots_for(tables.names.size()));
  if (!places_are_sound(tables)) return LocalReject::kBadPlace;
  std::fill(slots.begin(), slots.end(), Slot{});
  LocalData data(tables, slots, hash);
  for (const LocalName& name : tables.names) {
    Labels labels;
    if (!split(name.name, labels) || labels.count == 0) return LocalReject::kBadName;
    if (!data.insert(name)) return LocalReject::kDuplicateName;
    mark(data.depths_, labels.count);
    const std::size_t bit = last_label_bit(labels.suffix(name.name, 1));
    data.last_labels_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  data.says_something_ = !tables.names.empty() || tables.plain_name != kNoImage;
  return data;
}

bool LocalData::insert(const LocalName& name) noexcept {
  const std::uint64_t hash = (*hash_)(name.name);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].name != nullptr; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.name_bytes == name.name.size() && std::memcmp(slot.name, name.name.data(), slot.name_bytes) == 0) {
      return false;
    }
  }
  slots_[at] = {.name = name.name.data(),
                .tag = tag_of(hash),
                .name_bytes = static_cast<std::uint16_t>(name.name.size()),
                .is_cut = name.is_cut ? std::uint16_t{1} : std::uint16_t{0},
                .at = name.at,
                .below = name.below};
  return true;
}

const LocalData::Slot* LocalData::find_slot(base::Bytes suffix) const noexcept {
  const std::uint64_t hash = (*hash_)(suffix);
  for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.name == nullptr) return nullptr;
    if (slot.tag == tag_of(hash) && slot.name_bytes == suffix.size() &&
        std::memcmp(slot.name, suffix.data(), suffix.size()) == 0) {
      return &slot;
    }
  }
}

const dns::AnswerImage* LocalData::find_among(base::Bytes qname, dns::QType qtype) const noexcept {
  const LastLabel last = last_label(qname);
  if (last.count == 0) return nullptr;
  const std::size_t bit = last_label_bit(qname.subspan(last.at));
  if ((last_labels_[bit / 64] >> (bit % 64) & 1U) != 0) [[unlikely]] {
    Labels labels;
    if (!SLUICE_CHECK(split(qname, labels))) return nullptr;
    for (auto depth = deepest(depths_, labels.count); depth; depth = deepest(depths_, *depth - 1)) {
      const Slot* slot = find_slot(labels.suffix(qname, *depth));
      if (slot == nullptr) continue;
      const bool is_the_name = *depth == labels.count;
      if (is_the_name && qtype == dns::QType::kDs && slot->is_cut != 0) continue;
      const std::uint32_t said = is_the_name ? slot->at : slot->below;
      if (said == kUnsaid) continue;
      return said == kAskUpstream ? nullptr : &pick(said, qtype);
    }
  }
  if (last.count != 1 || tables_.plain_name == kNoImage || !asks_for_an_address(qtype)) return nullptr;
  return &tables_.images[tables_.plain_name];
}

const dns::AnswerImage& LocalData::pick(std::uint32_t set, dns::QType qtype) const noexcept {
  const LocalSet& found = tables_.sets[set];
  const std::span<const LocalAnswer> answers = tables_.answers.subspan(found.first, found.count);
  if (qtype == dns::QType::kAny && !answers.empty()) return tables_.images[answers.front().image];
  for (const LocalAnswer& answer : answers) {
    if (answer.qtype == qtype) return tables_.images[answer.image];
  }
  return tables_.images[found.otherwise];
}

}  // namespace policy
