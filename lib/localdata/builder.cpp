// SPDX-License-Identifier: Apache-2.0
// Sets and their answers: records, aliases followed, negative answers with a SOA.
#include "builder.hpp"

#include <array>

#include "base/contract.hpp"
#include "dns/name.hpp"

namespace localdata {
namespace {

constexpr std::uint16_t kPointerToQname = 0xc00c;
constexpr std::uint32_t kSerial = 1;
constexpr std::uint32_t kRefreshSec = 3'600;
constexpr std::uint32_t kRetrySec = 1'200;
constexpr std::uint32_t kExpireSec = 604'800;

}  // namespace

void Images::u16(std::uint16_t value) {
  std::array<std::byte, 2> octets{};
  base::store_be16(octets.data(), value);
  store_.record_bytes_.insert(store_.record_bytes_.end(), octets.begin(), octets.end());
}

void Images::u32(std::uint32_t value) {
  std::array<std::byte, 4> octets{};
  base::store_be32(octets.data(), value);
  store_.record_bytes_.insert(store_.record_bytes_.end(), octets.begin(), octets.end());
}

void Images::write_name(const Owner& owner) {
  if (owner.name.empty()) {
    u16(kPointerToQname);
  } else {
    store_.record_bytes_.insert(store_.record_bytes_.end(), owner.name.begin(), owner.name.end());
  }
}

void Images::write(const Owner& owner, dns::QType qtype, std::uint32_t ttl_sec, base::Bytes rdata) {
  write_name(owner);
  u16(static_cast<std::uint16_t>(qtype));
  u16(static_cast<std::uint16_t>(dns::QClass::kIn));
  const std::size_t at = store_.record_bytes_.size() - places_.back().record_at;
  SLUICE_REQUIRE(at <= 0xffff);
  store_.ttl_offsets_.push_back(static_cast<std::uint16_t>(at));
  u32(ttl_sec);
  u16(static_cast<std::uint16_t>(rdata.size()));
  store_.record_bytes_.insert(store_.record_bytes_.end(), rdata.begin(), rdata.end());
}

// RFC 6303 §3: MNAME is the owner, RNAME nobody.invalid. RFC 2308 §5: MINIMUM is the TTL of the negative answer.
void Images::write_soa(const Owner& owner, std::uint32_t ttl_sec) {
  static const Wire kPerson = folded_wire("nobody.invalid.");
  write(owner, dns::QType::kSoa, ttl_sec, {});
  std::vector<std::byte>& bytes = store_.record_bytes_;
  const std::size_t begin = bytes.size();
  write_name(owner);
  bytes.insert(bytes.end(), kPerson.begin(), kPerson.end());
  for (const std::uint32_t number : {kSerial, kRefreshSec, kRetrySec, kExpireSec, ttl_sec}) u32(number);
  base::store_be16(bytes.data() + begin - 2, static_cast<std::uint16_t>(bytes.size() - begin));
}

std::uint32_t Images::add(const Draft& draft) {
  Place& place = places_.emplace_back();
  place.record_at = store_.record_bytes_.size();
  place.ttl_at = store_.ttl_offsets_.size();
  dns::AnswerImage image;
  image.rcode = draft.rcode;
  image.flags = dns::kFlagAa | dns::kFlagRa;
  for (const Link& link : draft.answer) {
    for (const Wire& rdata : link.rrset->rdata) {
      write(link.owner, link.qtype, link.rrset->ttl_sec, rdata);
      ++image.ancount;
    }
  }
  if (draft.has_soa) {
    write_soa(draft.soa, draft.soa_ttl_sec);
    image.nscount = 1;
  }
  place.record_bytes = store_.record_bytes_.size() - place.record_at;
  place.ttls = store_.ttl_offsets_.size() - place.ttl_at;
  store_.images_.push_back(image);
  return static_cast<std::uint32_t>(store_.images_.size() - 1);
}

void Images::finish() {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    store_.images_[i].records = base::Bytes(store_.record_bytes_).subspan(place.record_at, place.record_bytes);
    store_.images_[i].ttl_offsets =
        std::span<const std::uint16_t>(store_.ttl_offsets_).subspan(place.ttl_at, place.ttls);
  }
}

std::shared_ptr<const Store> Builder::build(PlainNames plain, const Wire& loop_zone) {
  std::vector<std::pair<Wire, policy::LocalName>> names;
  for (const auto& [name, node] : names_.map()) {
    if (!node.at.is_set() && !node.below.is_set()) continue;
    names.emplace_back(
        name,
        policy::LocalName{
            .name = {}, .at = place_of(node.at, name), .below = place_of(node.below, name), .is_cut = node.is_cut});
  }
  if (plain == PlainNames::kNxDomain) {
    static const Wire kRoot{std::byte{0}};
    store_->plain_name_ = images_.add({.answer = {},
                                       .rcode = dns::Rcode::kNxDomain,
                                       .has_soa = true,
                                       .soa = {kRoot},
                                       .soa_ttl_sec = kEmptyZoneTtlSec});
  }
  const auto& below_zones = bare_negatives_[dns::Rcode::kNxDomain];
  const auto loop_probe = below_zones.find(loop_zone);
  if (loop_probe != below_zones.end()) store_->loop_probe_ = loop_probe->second;
  images_.finish();
  add_names(names);
  return store_;
}

void Builder::add_names(const std::vector<std::pair<Wire, policy::LocalName>>& names) {
  for (const auto& [wire, name] : names) {
    store_->name_bytes_.insert(store_->name_bytes_.end(), wire.begin(), wire.end());
  }
  std::size_t at = 0;
  for (const auto& [wire, name] : names) {
    store_->names_.push_back(name);
    store_->names_.back().name = base::Bytes(store_->name_bytes_).subspan(at, wire.size());
    at += wire.size();
  }
}

std::uint32_t Builder::place_of(const NameData& data, base::Bytes where) {
  if (data.kind == NameData::Kind::kNone) return policy::kUnsaid;
  if (data.kind == NameData::Kind::kAskUpstream) return policy::kAskUpstream;
  add_set(data, where);
  return static_cast<std::uint32_t>(store_->sets_.size() - 1);
}

void Builder::add_set(const NameData& data, base::Bytes where) {
  std::vector<policy::LocalAnswer> answers;
  const Chain chain = follow(data, where);
  if (const Rrset* alias = data.find(dns::QType::kCname)) {
    answers.push_back({dns::QType::kCname, positive({}, dns::QType::kCname, *alias)});
  }
  if (chain.end != nullptr) {
    for (const auto& [qtype, rrset] : chain.end->rrsets) answers.push_back({qtype, positive(chain, qtype, rrset)});
  }
  const std::uint32_t otherwise = negative(chain);
  store_->sets_.push_back(
      {static_cast<std::uint32_t>(store_->answers_.size()), static_cast<std::uint32_t>(answers.size()), otherwise});
  store_->answers_.insert(store_->answers_.end(), answers.begin(), answers.end());
}

// RFC 1034 §3.6.2: the answer starts again at the target, as long as the target is local data.
Builder::Chain Builder::follow(const NameData& data, base::Bytes where) {
  Chain chain{{}, &data, {}, where};
  while (chain.end != nullptr) {
    const Rrset* alias = chain.end->find(dns::QType::kCname);
    if (alias == nullptr) break;
    SLUICE_REQUIRE(chain.links.size() < kMaxChain);  // the caller checked Names::looping_name()
    chain.links.push_back({{chain.end_name}, dns::QType::kCname, alias});
    Wire folded(alias->rdata.front().size());
    dns::fold(alias->rdata.front(), folded.data());
    const Names::Match match = names_.match(folded);
    chain.end = match.data;
    chain.end_where = match.where;
    chain.end_name = alias->rdata.front();
  }
  return chain;
}

std::uint32_t Builder::positive(const Chain& chain, dns::QType qtype, const Rrset& rrset) {
  Images::Draft draft;
  draft.answer = chain.links;
  draft.answer.push_back({{chain.end_name}, qtype, &rrset});
  return images_.add(draft);
}

// What types without records get: NODATA or NXDOMAIN with a SOA; only the aliases if their end is not local data.
std::uint32_t Builder::negative(const Chain& chain) {
  Images::Draft draft;
  draft.answer = chain.links;
  if (chain.end == nullptr) return images_.add(draft);
  draft.has_soa = true;
  draft.rcode = chain.end->otherwise;
  const base::Bytes zone = names_.zone_of(chain.end_where);
  draft.soa_ttl_sec = zone.empty() ? ttl_sec_ : kEmptyZoneTtlSec;
  const auto match = names_.map().find(Wire(chain.end_where.begin(), chain.end_where.end()));
  const bool is_below = match != names_.map().end() && &match->second.below == chain.end;
  draft.soa = {!zone.empty() ? zone : is_below ? chain.end_where : chain.end_name};
  if (!chain.links.empty()) return images_.add(draft);
  auto& known = bare_negatives_[draft.rcode];
  const auto [place, is_new] = known.try_emplace(Wire(draft.soa.name.begin(), draft.soa.name.end()), 0U);
  if (is_new) place->second = images_.add(draft);
  return place->second;
}

}  // namespace localdata
