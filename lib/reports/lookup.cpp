// SPDX-License-Identifier: Apache-2.0
// One cache entry as a person reads it. The control thread is a reader of the cache for as long as it takes to copy.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cache/entry.hpp"
#include "dns/text.hpp"
#include "parts.hpp"
#include "records_text.hpp"
#include "reports/reports.hpp"

namespace reports {
namespace {

/// Entries are pinned while it lives: keep it short.
class Reading {
 public:
  explicit Reading(const View& view) noexcept : qsbr_(view.qsbr), reader_(view.qsbr_reader) { qsbr_->online(reader_); }
  ~Reading() { qsbr_->offline(reader_); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  base::Qsbr* qsbr_;
  std::size_t reader_;
};

// Every combination of DO and CD is a question of its own.
constexpr std::array<std::uint8_t, 4> kFlagSets{0, dns::kKeyFlagDo, dns::kKeyFlagCd, dns::kKeyFlagDo | dns::kKeyFlagCd};

struct Copy {
  dns::AnswerKind kind{};
  dns::Rcode rcode{};
  cache::Freshness freshness{};
  std::uint32_t ttl_sec = 0;
  std::uint32_t keep_sec = 0;
  std::uint32_t age_sec = 0;
  StoredRecords records;
};

std::string_view kind_name(dns::AnswerKind kind) noexcept {
  switch (kind) {
    case dns::AnswerKind::kPositive:
      return "positive";
    case dns::AnswerKind::kNoData:
      return "nodata";
    case dns::AnswerKind::kNxDomain:
      return "nxdomain";
    case dns::AnswerKind::kFailure:
      return "failure";
    case dns::AnswerKind::kTruncated:
      break;
  }
  return "truncated";
}

std::string_view freshness_name(cache::Freshness freshness) noexcept {
  switch (freshness) {
    case cache::Freshness::kFresh:
      return "fresh";
    case cache::Freshness::kStale:
      return "stale";
    case cache::Freshness::kDead:
      break;
  }
  return "dead";
}

dns::QuestionKey key_of(base::Bytes folded, dns::QType qtype, dns::UplinkId group, std::uint8_t flags) {
  base::ByteReader in(folded);
  dns::QuestionKey key;
  key.assign(dns::NameView::read_plain(in), qtype, dns::QClass::kIn, group, flags);
  return key;
}

std::optional<Copy> copy_of(const View& view, const dns::QuestionKey& key, base::Instant now) {
  const Reading reading(view);
  const cache::Entry* entry = view.cache->find((*view.hash)(key.view().bytes()), key.view());
  const dns::QuestionKey every_type = key.with(dns::kEveryType);
  if (entry == nullptr || entry->freshness(now) != cache::Freshness::kFresh) {
    const auto* of_name = view.cache->find_nxdomain((*view.hash)(every_type.view().bytes()), key.view());
    if (of_name != nullptr) entry = of_name;
  }
  if (entry == nullptr) return std::nullopt;
  const dns::AnswerImage image = entry->image();
  return Copy{.kind = entry->kind(),
              .rcode = entry->rcode(),
              .freshness = entry->freshness(now),
              .ttl_sec = entry->ttl_sec(),
              .keep_sec = entry->keep_sec(),
              .age_sec = entry->age_sec(now),
              .records = {.records = {image.records.begin(), image.records.end()},
                          .ttl_offsets = {image.ttl_offsets.begin(), image.ttl_offsets.end()},
                          .ancount = image.ancount,
                          .nscount = image.nscount,
                          .arcount = image.arcount}};
}

Json entry_json(const Copy& copy, const dns::QuestionKey& key) {
  dns::TypeText rcode;
  const std::uint32_t left = copy.ttl_sec - std::min(copy.ttl_sec, copy.age_sec);
  const std::uint32_t past = copy.age_sec - std::min(copy.ttl_sec, copy.age_sec);
  RecordLines lines =
      records_text(key.view().qname(), key.view().qtype(), key.view().qclass(), copy.records, copy.age_sec);
  return {{"kind", kind_name(copy.kind)},
          {"rcode", dns::rcode_to_text(copy.rcode, rcode)},
          {"freshness", freshness_name(copy.freshness)},
          {"age_sec", copy.age_sec},
          {"ttl_sec", copy.ttl_sec},
          {"ttl_left_sec", left},
          {"stale_left_sec", copy.keep_sec - std::min(copy.keep_sec, past)},
          {"record_bytes", copy.records.records.size()},
          {"answer", std::move(lines.answer)},
          {"authority", std::move(lines.authority)},
          {"additional", std::move(lines.additional)}};
}

}  // namespace

Json lookup_report(const View& view, const verbs::Request& request) {
  dns::NameText name;
  dns::TypeText type;
  const auto group = view.forward->route(base::Bytes(request.qname), request.qtype);
  Json json = {{"name", dns::name_to_text(request.qname, name)},
               {"type", dns::type_to_text(request.qtype, type)},
               {"do", (request.key_flags & dns::kKeyFlagDo) != 0},
               {"cd", (request.key_flags & dns::kKeyFlagCd) != 0},
               {"uplink", group ? Json(uplink_name(*view.settings, group->value())) : Json(nullptr)},
               {"entry", nullptr},
               {"stored_for", Json::array()}};
  if (!group) return json;
  const base::Instant now = view.clock->now();
  for (const std::uint8_t flags : kFlagSets) {
    const dns::QuestionKey key = key_of(request.qname, request.qtype, *group, flags);
    const auto copy = copy_of(view, key, now);
    if (!copy) continue;
    json["stored_for"].push_back({{"do", (flags & dns::kKeyFlagDo) != 0}, {"cd", (flags & dns::kKeyFlagCd) != 0}});
    if (flags == request.key_flags) json["entry"] = entry_json(*copy, key);
  }
  return json;
}

}  // namespace reports
