// SPDX-License-Identifier: Apache-2.0
// Merging and ranking one second of all cores.
#include "blocking/watcher.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "dns/text.hpp"
#include "net/text.hpp"

namespace blocking {
namespace {

using topk::Measure;
using topk::Subject;

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kSettleNs =
    50'000'000;  // a core in the middle of a poll may still write into the previous second

void merge_measure(std::span<const topk::Recorder* const> recorders, std::uint32_t second, Subject subject,
                   Measure measure, WatchedKeys& keys) {
  const auto m = static_cast<std::size_t>(measure);
  std::unordered_map<std::uint64_t, std::vector<bool>> known;  // the cores that hold the key
  for (std::size_t core = 0; core < recorders.size(); ++core) {
    recorders[core]->sketch(subject, measure).read(second, [&](const topk::Row& row) {
      WatchedKey& key = keys[row.tag];
      if (key.key.empty()) {
        for (const std::byte octet : row.key()) key.key.push_back(static_cast<char>(octet));
      }
      key.at_least[m] += row.count - row.error;
      key.error_above[m] += row.error;
      auto& cores = known[row.tag];
      cores.resize(recorders.size());
      cores[core] = true;
    });
  }
  for (auto& [tag, key] : keys) {
    const auto cores = known.find(tag);
    for (std::size_t core = 0; core < recorders.size(); ++core) {
      if (cores != known.end() && cores->second[core]) continue;
      key.error_above[m] += recorders[core]->sketch(subject, measure).least(second, tag);
    }
  }
}

base::Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

std::string_view key_name(Subject subject) noexcept {
  switch (subject) {
    case Subject::kClient:
      return "client";
    case Subject::kName:
      return "name";
    case Subject::kZone:
      return "zone";
    case Subject::kType:
      break;
  }
  return "type";
}

std::string text_of(Subject subject, const WatchedKey& key) {
  if (subject == Subject::kClient) return std::string(net::to_text(client_of(key)).view());
  if (subject == Subject::kType) {
    dns::TypeText room;
    const std::uint16_t type = key.key.size() == 2 ? base::load_be16(bytes_of(key.key).data()) : std::uint16_t{0};
    return std::string(dns::type_to_text(static_cast<dns::QType>(type), room));
  }
  dns::NameText room;
  return std::string(dns::name_to_text(bytes_of(key.key), room));
}

std::uint64_t weight_of(const WatchedKey& key, Measure measure) {
  return key.at_least[static_cast<std::size_t>(measure)];
}

Json row_json(Subject subject, Measure by, const WatchedKey& key) {
  Json row = {{key_name(subject), text_of(subject, key)},   {"queries", weight_of(key, Measure::kQueries)},
              {"misses", weight_of(key, Measure::kMisses)}, {"upstream", weight_of(key, Measure::kUpstream)},
              {"bytes", weight_of(key, Measure::kBytes)},   {"error", key.error_above[static_cast<std::size_t>(by)]}};
  if (subject == Subject::kClient) {
    row["nxdomain"] = weight_of(key, Measure::kNxDomain);
    row["held"] = weight_of(key, Measure::kHeld);
    row["cache_only"] = weight_of(key, Measure::kHeld) != 0;
  }
  return row;
}

}  // namespace

net::Prefix client_of(const WatchedKey& client) {
  constexpr std::size_t kKeyBytes = net::IpAddress::kBytes + 1;
  if (client.key.size() != kKeyBytes) return {};
  const base::Bytes octets = bytes_of(client.key);
  return {net::IpAddress::v6(octets.data()), std::to_integer<std::uint8_t>(octets.back())};
}

WatchedSecond merge(std::span<const topk::Recorder* const> recorders, std::uint32_t second) {
  WatchedSecond merged;
  merged.second = second;
  for (std::size_t s = 0; s < topk::kSubjects; ++s) {
    for (std::size_t m = 0; m < topk::kMeasures; ++m) {
      merge_measure(recorders, second, static_cast<Subject>(s), static_cast<Measure>(m), merged.subjects[s]);
    }
  }
  return merged;
}

bool Watcher::look(base::Instant now) {
  const std::uint32_t over = now.sec() - 1;
  if (now.sec() == 0 || over == last_.second || now.ns() % kSecondNs < kSettleNs) return false;
  last_ = merge(recorders_, over);
  return true;
}

Json top_report(const WatchedSecond& second, Subject subject, Measure by, std::size_t limit) {
  std::vector<const WatchedKey*> ranked;
  for (const auto& [tag, key] : second.of(subject)) {
    if (weight_of(key, by) != 0) ranked.push_back(&key);
  }
  const auto shown = ranked.begin() + static_cast<std::ptrdiff_t>(std::min(limit, ranked.size()));
  std::partial_sort(ranked.begin(), shown, ranked.end(), [&](const WatchedKey* a, const WatchedKey* b) {
    return std::make_pair(weight_of(*a, by), &b->key) > std::make_pair(weight_of(*b, by), &a->key);
  });
  Json rows = Json::array();
  for (auto row = ranked.begin(); row != shown; ++row) rows.push_back(row_json(subject, by, **row));
  return {{"subject", base::word_of(topk::kSubjectWords, subject)},
          {"by", base::word_of(topk::kMeasureWords, by)},
          {"rows", std::move(rows)}};
}

}  // namespace blocking
