// SPDX-License-Identifier: Apache-2.0
// Settles a trace, writes its zone and its schedule, and compares what was measured with what was expected.
#include "rig/replay.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <unordered_set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "dns/text.hpp"
#include "dns/types.hpp"
#include "lane.hpp"

namespace rig {
namespace {

constexpr std::size_t kBatch = 1U << 16U;
constexpr std::size_t kOptBytes = 11;
constexpr std::size_t kSoaBytes = 62;  // of the zone below, with its owner

/// RDATA for each type that may stand at any name, as a zone file has it; nullptr: none.
const char* rdata_of(dns::QType qtype) noexcept {
  switch (static_cast<std::uint16_t>(qtype)) {
    case 1:
      return "192.0.2.1";
    case 28:
      return "2001:db8::1";
    case 12:
      return "host.replay.";
    case 15:
      return "10 mail.replay.";
    case 16:
      return "\"v=replay\"";
    case 33:
      return "0 0 443 host.replay.";
    case 35:
      return "10 10 \"s\" \"x\" \"\" host.replay.";
    case 65:
      return "\\# 3 000100";  // RFC 3597: priority 1, the name itself
    case 257:
      return "0 issue \"ca.replay\"";
    default:
      return nullptr;
  }
}

std::size_t rdata_bytes_of(dns::QType qtype) noexcept {
  switch (static_cast<std::uint16_t>(qtype)) {
    case 1:
      return 4;
    case 28:
      return 16;
    case 65:
      return 3;
    default:
      return 14;
  }
}

bool has_asterisk(base::Bytes qname) noexcept { return std::ranges::find(qname, std::byte{'*'}) != qname.end(); }

/// An address of a plain name: local.domain_needed answers it, and no cache.
bool stays_local(const trace::Question& question) noexcept {
  const bool is_plain =
      !question.qname.empty() && std::to_integer<std::size_t>(question.qname[0]) + 2 >= question.qname.size();
  return is_plain && (question.qtype == dns::QType::kA || question.qtype == dns::QType::kAaaa);
}

std::string_view bytes_of(base::Bytes qname) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets as a key of a set
  return {reinterpret_cast<const char*>(qname.data()), qname.size()};
}

/// Events of the source, batch by batch.
template <class Each>
diag::Status for_each_event(trace::Source& source, Each&& each) {
  if (auto back = source.rewind(); !back) return back;
  std::vector<trace::Event> events(kBatch);
  for (;;) {
    const auto count = source.next(events);
    if (!count) return diag::fail(count.error());
    if (*count == 0) return {};
    for (std::size_t i = 0; i < *count; ++i) each(events[i]);
  }
}

}  // namespace

diag::Result<std::unique_ptr<Settled>> Settled::create(trace::Source& source, const trace::Dictionary& dictionary,
                                                       const ReplaySpec& spec) {
  std::unique_ptr<Settled> settled(new Settled(source, dictionary, spec));
  if (auto read = settled->read_all(); !read) return diag::fail(read.error());
  return settled;
}

diag::Status Settled::read_all() {
  std::map<std::uint32_t, std::uint64_t> negative_ttls;
  if (auto read = for_each_event(source_,
                                 [&](const trace::Event& event) {
                                   note(event);
                                   if (event.rcode == static_cast<std::uint8_t>(dns::Rcode::kNxDomain))
                                     ++negative_ttls[event.ttl_sec];
                                 });
      !read) {
    return read;
  }
  const auto most = std::ranges::max_element(negative_ttls, {}, [](const auto& one) { return one.second; });
  if (most != negative_ttls.end() && most->first != trace::kUnknownTtl) negative_ttl_sec_ = most->first;
  settle_names();
  std::int64_t second = -1;
  std::uint32_t in_second = 0;
  return for_each_event(source_, [&](trace::Event event) {
    if (!is_ours(event)) return;
    if (!take(event)) {
      ++left_out_;
      return;
    }
    ++queries_;
    last_ns_ = event.at_ns;
    in_second = event.at_ns / 1'000'000'000 == second ? in_second + 1 : 1;
    second = event.at_ns / 1'000'000'000;
    most_in_a_second_ = std::max(most_in_a_second_, in_second);
  });
}

void Settled::note(const trace::Event& event) {
  if (event.question >= said_.size()) said_.resize(event.question + std::size_t{1});
  Said& said = said_[event.question];
  const bool exists =
      event.rcode == static_cast<std::uint8_t>(dns::Rcode::kNoError) || event.rcode == trace::kUnknownRcode;
  const bool is_missing = event.rcode == static_cast<std::uint8_t>(dns::Rcode::kNxDomain);
  if (exists) {
    said.fate = Fate::kExists;
    const std::uint32_t ttl_sec = event.ttl_sec == trace::kUnknownTtl ? 300 : event.ttl_sec;
    said.ttl_sec = std::max(said.ttl_sec, ttl_sec);
  } else if (is_missing && said.fate == Fate::kUnseen) {
    said.fate = Fate::kMissing;
  }
}

// A name that has one type has them all: the zone could only say that the type is not there, for another time.
void Settled::settle_names() {
  std::unordered_set<std::string_view> existing;
  for (std::uint32_t i = 0; i < said_.size(); ++i) {
    if (said_[i].fate == Fate::kExists) existing.insert(bytes_of(dictionary_.question(i).qname));
  }
  for (std::uint32_t i = 0; i < said_.size(); ++i) {
    const trace::Question question = dictionary_.question(i);
    Said& said = said_[i];
    const bool is_askable = question.qclass == dns::QClass::kIn && rdata_of(question.qtype) != nullptr &&
                            !has_asterisk(question.qname) && !stays_local(question) && said.fate != Fate::kUnseen;
    if (!is_askable) {
      said.fate = Fate::kLeftOut;
      continue;
    }
    if (said.fate == Fate::kMissing && existing.contains(bytes_of(question.qname))) said.fate = Fate::kExists;
    const bool exists = said.fate == Fate::kExists;
    if (said.ttl_sec == 0 && !exists) said.ttl_sec = negative_ttl_sec_;
    const std::size_t head = dns::kHeaderBytes + question.qname.size() + 4 + kOptBytes;
    said.bytes = static_cast<std::uint16_t>(head + (exists ? 12 + rdata_bytes_of(question.qtype) : kSoaBytes));
  }
}

bool Settled::is_ours(const trace::Event& event) const noexcept {
  return spec_.appliances == 1 || appliance_of(event.client, spec_.appliances) == 0;
}

bool Settled::take(trace::Event& event) const noexcept {
  const Said& said = said_[event.question];
  if (said.fate == Fate::kLeftOut || (event.flags & trace::kRepeat) != 0 || !is_ours(event)) return false;
  event.at_ns = static_cast<std::int64_t>(static_cast<double>(event.at_ns) / spec_.speed);
  event.ttl_sec = said.ttl_sec;
  event.answer_bytes = said.bytes;
  event.rcode = static_cast<std::uint8_t>(said.fate == Fate::kExists ? dns::Rcode::kNoError : dns::Rcode::kNxDomain);
  event.flags = 0;
  return true;
}

diag::Result<std::size_t> Settled::next(std::span<trace::Event> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::span<trace::Event> room = out.subspan(filled);
    const auto count = source_.next(room);
    if (!count) return count;
    if (*count == 0) break;
    for (std::size_t i = 0; i < *count; ++i) {
      trace::Event event = room[i];
      if (take(event)) out[filled++] = event;
    }
  }
  return filled;
}

diag::Status Settled::write_zone(const std::string& path) const {
  std::ofstream out(path, std::ios::trunc);
  out << fmt::format(". 86400 IN SOA ns.replay. hostmaster.replay. 1 3600 600 86400 {}\n", negative_ttl_sec_)
      << ". 86400 IN NS ns.replay.\nns.replay. 86400 IN A 192.0.2.53\n";
  dns::NameText name;
  dns::TypeText type;
  for (std::uint32_t i = 0; i < said_.size(); ++i) {
    if (said_[i].fate != Fate::kExists) continue;
    const trace::Question question = dictionary_.question(i);
    out << dns::name_to_text(question.qname, name) << ' ' << said_[i].ttl_sec << " IN "
        << dns::type_to_text(question.qtype, type) << ' ' << rdata_of(question.qtype) << '\n';
  }
  out.close();
  if (out) return {};
  return diag::fail(diag::Code::kUnavailable, fmt::format("{} cannot be written", path));
}

diag::Status Settled::write_schedule(const std::string& path) {
  std::ofstream out(path, std::ios::trunc);
  dns::NameText name;
  dns::TypeText type;
  auto read = for_each_event(source_, [&](trace::Event event) {
    if (!take(event)) return;
    const trace::Question question = dictionary_.question(event.question);
    out << fmt::format("{:.6f} {} {} {}\n", static_cast<double>(event.at_ns) / 1e9, event.client,
                       dns::name_to_text(question.qname, name), dns::type_to_text(question.qtype, type));
  });
  if (!read) return read;
  out.close();
  if (out) return {};
  return diag::fail(diag::Code::kUnavailable, fmt::format("{} cannot be written", path));
}

diag::Result<Counted> counted_from(const std::string& stats_json) {
  using nlohmann::json;
  try {
    const json from = json::parse(stats_json);
    const json& queries = from.at("queries");
    return Counted{.queries = queries.at("total").get<std::uint64_t>(),
                   .hits = queries.at("outcomes").at("hit").get<std::uint64_t>(),
                   .stale = queries.at("outcomes").at("stale").get<std::uint64_t>(),
                   .packets = from.at("egress").at("sent").get<std::uint64_t>()};
  } catch (const json::exception& error) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("this is not what 'sluicectl stats --json' says: {}", error.what()));
  }
}

diag::Result<Experience> experience_from(const std::string& report_json) {
  using nlohmann::json;
  constexpr std::uint64_t kLateNs = 100'000'000;
  try {
    const json report = json::parse(report_json);
    const json& stream = report.at("streams").at(0);
    const json& rcodes = stream.at("rcodes");
    Experience seen{.queries = stream.at("queries").get<std::uint64_t>()};
    seen.unanswered = seen.queries - stream.at("answered").get<std::uint64_t>();
    seen.failed = rcodes.value("SERVFAIL", std::uint64_t{0}) + rcodes.value("REFUSED", std::uint64_t{0});
    for (const json& bucket : stream.at("answered_latency").at("buckets_ns")) {
      if (bucket.at(0).get<std::uint64_t>() >= kLateNs) seen.above_100_ms += bucket.at(1).get<std::uint64_t>();
    }
    return seen;
  } catch (const json::exception& error) {
    return diag::fail(diag::Code::kInvalid, fmt::format("this is no report of sluice-blast: {}", error.what()));
  }
}

Comparison compare(const Counted& before, const Counted& after, const Stats& simulated) {
  Comparison result{.measured = {.queries = after.queries - before.queries,
                                 .hits = after.hits - before.hits,
                                 .stale = after.stale - before.stale,
                                 .packets = after.packets - before.packets},
                    .expected = {.queries = simulated.queries,
                                 .hits = simulated.hits,
                                 .stale = simulated.stale_hits,
                                 .packets = simulated.packets}};
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  };
  result.hit_points =
      percent(result.measured.hits, result.measured.queries) - percent(result.expected.hits, result.expected.queries);
  result.packets_percent =
      percent(result.measured.packets, result.expected.packets) - (result.expected.packets ? 100 : 0);
  return result;
}

}  // namespace rig
