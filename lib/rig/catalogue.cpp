// SPDX-License-Identifier: Apache-2.0
// The distinct questions of a trace with their keys and hashes, in the layout that lanes read.
#include "rig/catalogue.hpp"

#include <cstring>

#include "base/contract.hpp"
#include "base/random.hpp"

namespace rig {
namespace {

base::KeyedHash::Secret secret_from(std::uint64_t seed) {
  base::KeyedHash::Secret secret{};
  base::fill_random(seed, secret);
  return secret;
}

dns::AnswerKind kind_of(std::uint8_t rcode) noexcept {
  switch (rcode) {
    case trace::kUnknownRcode:
    case static_cast<std::uint8_t>(dns::Rcode::kNoError):
      return dns::AnswerKind::kPositive;
    case static_cast<std::uint8_t>(dns::Rcode::kNxDomain):
      return dns::AnswerKind::kNxDomain;
    default:
      return dns::AnswerKind::kFailure;
  }
}

std::uint8_t key_flags(const trace::Event& event) noexcept {
  std::uint8_t flags = 0;
  if ((event.flags & trace::kDnssecOk) != 0) flags |= dns::kKeyFlagDo;
  if ((event.flags & trace::kCheckingDisabled) != 0) flags |= dns::kKeyFlagCd;
  return flags;
}

}  // namespace

Catalogue::Catalogue(const trace::Dictionary& dictionary, const World& world)
    : dictionary_(dictionary), world_(world), hash_(secret_from(world.seed)) {}

void Catalogue::take(std::span<const trace::Event> events, std::span<Step> steps) {
  SLUICE_REQUIRE(events.size() == steps.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const trace::Event& event = events[i];
    Place& place = place_of(event);
    Step& step = steps[i];
    step.at_ns = event.at_ns;
    step.next_at_ns = Step::kNever;
    step.client = event.client;
    step.answer.ttl_sec = event.ttl_sec == trace::kUnknownTtl ? world_.unknown_ttl_sec : event.ttl_sec;
    step.answer.bytes = event.answer_bytes == trace::kUnknownBytes ? world_.unknown_bytes : event.answer_bytes;
    step.answer.kind = kind_of(event.rcode);
    step.asked = place.typed != kNone ? place.typed : typed_item(event, place);
    step.item = step.asked;
    if (step.answer.kind != dns::AnswerKind::kNxDomain) continue;
    step.item = place.name != kNone ? place.name : name_item(step.asked, place);
  }
}

Catalogue::Place& Catalogue::place_of(const trace::Event& event) {
  const std::uint8_t flags = key_flags(event);
  if (flags == 0) {
    if (event.question >= plain_.size()) plain_.resize(std::size_t{event.question} + 1);
    return plain_[event.question];
  }
  const std::uint64_t key = std::uint64_t{event.question} << 2U | flags;
  const auto hash = static_cast<std::uint32_t>(base::mix(key) >> 32U);
  const auto found = signed_index_.find(hash, [&](std::uint32_t at) { return signed_keys_[at] == key; });
  if (found) return signed_[*found];
  signed_index_.insert(hash, static_cast<std::uint32_t>(signed_.size()));
  signed_keys_.push_back(key);
  return signed_.emplace_back();
}

std::uint32_t Catalogue::typed_item(const trace::Event& event, Place& place) {
  const trace::Question question = dictionary_.question(event.question);
  base::ByteReader in(question.qname);
  dns::QuestionKey key;
  key.assign(dns::NameView::read_plain(in), question.qtype, question.qclass, dns::UplinkId(0), key_flags(event));
  place.typed = add(key.view());
  return place.typed;
}

std::uint32_t Catalogue::name_item(std::uint32_t typed, Place& place) {
  const Item& item = items_[typed];
  const std::uint64_t hash = item.nxdomain_hash;
  const auto found = names_.find(static_cast<std::uint32_t>(hash >> 32U), [&](std::uint32_t at) {
    return items_[at].hash == hash && items_[at].view().is_same_name(item.view());
  });
  if (found) {
    place.name = *found;
  } else {
    dns::QuestionKey key;
    key.assign(item.view());
    key.set_qtype(dns::kEveryType);
    place.name = add(key.view());
    names_.insert(static_cast<std::uint32_t>(hash >> 32U), place.name);
  }
  return place.name;
}

std::uint32_t Catalogue::add(dns::KeyView key) {
  const base::Bytes bytes = key.bytes();
  if (keys_left_ < bytes.size()) {
    keys_.push_back(std::make_unique<std::byte[]>(kKeyBlock));
    keys_left_ = kKeyBlock;
  }
  std::byte* const at = keys_.back().get() + (kKeyBlock - keys_left_);
  std::memcpy(at, bytes.data(), bytes.size());
  keys_left_ -= bytes.size();
  dns::QuestionKey every;
  every.assign(key);
  every.set_qtype(dns::kEveryType);
  return items_.push_back({.key = at,
                           .hash = hash_(bytes),
                           .nxdomain_hash = hash_(every.view().bytes()),
                           .key_bytes = static_cast<std::uint16_t>(bytes.size())});
}

}  // namespace rig
