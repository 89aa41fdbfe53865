// SPDX-License-Identifier: Apache-2.0
// One probe of the table for each number of labels that some name has, longest first.
#include "policy/local_data.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "labels.hpp"
#include "suffix_slots.hpp"

namespace policy {
namespace {

/// A bit for the last label of a name; `label` starts with its length and ends with the root label.
std::size_t last_label_bit(base::Bytes label) noexcept {
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(label[at]); };
  const std::uint32_t mixed = byte(0) | byte(1) << 8U | byte(2) << 16U | byte(label.size() - 2) << 24U;
  return mixed * 0x9e37'79b1U >> 22U;  // ten bits
}

bool is_set_index(std::uint32_t index, std::size_t sets) noexcept {
  return index == kUnsaid || index == kAskUpstream || index < sets;
}

/// All indices that find() may follow are in range.
bool indices_are_sound(const LocalTables& tables) noexcept {
  const std::size_t images = tables.images.size();
  const auto is_image = [&](std::uint32_t index) { return index < images; };
  const auto may_be_image = [&](std::uint32_t index) { return index == kNoImage || is_image(index); };
  return may_be_image(tables.plain_name) && may_be_image(tables.loop_probe) &&
         std::all_of(tables.answers.begin(), tables.answers.end(),
                     [&](const LocalAnswer& answer) { return is_image(answer.image); }) &&
         std::all_of(tables.sets.begin(), tables.sets.end(),
                     [&](const LocalSet& set) {
                       return is_image(set.otherwise) && std::size_t{set.first} + set.count <= tables.answers.size();
                     }) &&
         std::all_of(tables.names.begin(), tables.names.end(), [&](const LocalName& name) {
           return is_set_index(name.at, tables.sets.size()) && is_set_index(name.below, tables.sets.size());
         });
}

bool asks_for_an_address(dns::QType qtype) noexcept { return qtype == dns::QType::kA || qtype == dns::QType::kAaaa; }

}  // namespace

std::size_t LocalData::slots_for(std::size_t names) noexcept { return suffix_slots_for(names); }

base::Outcome<LocalData, LocalReject> LocalData::create(const LocalTables& tables, std::span<Slot> slots,
                                                        const base::KeyedHash& hash) noexcept {
  SLUICE_REQUIRE(slots.size() == slots_for(tables.names.size()));
  if (!indices_are_sound(tables)) return LocalReject::kBadPlace;
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
  Slot* slot = take_slot(slots_, (*hash_)(name.name), name.name);
  if (slot == nullptr) return false;
  slot->is_cut = name.is_cut ? std::uint16_t{1} : std::uint16_t{0};
  slot->at = name.at;
  slot->below = name.below;
  return true;
}

const LocalData::Slot* LocalData::find(base::Bytes suffix) const noexcept {
  return find_slot(slots_, (*hash_)(suffix), suffix);
}

const dns::AnswerImage* LocalData::find_among(base::Bytes qname, dns::QType qtype) const noexcept {
  const LastLabel last = last_label(qname);
  if (last.count == 0) return nullptr;
  const std::size_t bit = last_label_bit(qname.subspan(last.at));
  if ((last_labels_[bit / 64] >> (bit % 64) & 1U) != 0) [[unlikely]] {
    Labels labels;
    if (!SLUICE_CHECK(split(qname, labels))) return nullptr;
    for (auto depth = deepest(depths_, labels.count); depth; depth = deepest(depths_, *depth - 1)) {
      const Slot* slot = find(labels.suffix(qname, *depth));
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
