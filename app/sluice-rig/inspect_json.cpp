// SPDX-License-Identifier: Apache-2.0
// The portrait of a trace as JSON.
#include "dns/text.hpp"
#include "inspect.hpp"
#include "json.hpp"

namespace sluice_rig {
namespace {

using Json = nlohmann::ordered_json;

Json ttls_json(const std::vector<trace::TtlCount>& ttls) {
  Json quantiles = Json::object();
  for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
    quantiles["p" + std::to_string(static_cast<int>(share * 100))] = ttl_quantile(ttls, share);
  }
  Json counts = Json::array();
  for (const trace::TtlCount& ttl : ttls) counts.push_back({{"ttl_sec", ttl.ttl_sec}, {"count", ttl.events}});
  return {{"quantiles_sec", quantiles}, {"counts", counts}};
}

Json intervals_json(const trace::Portrait& portrait) {
  Json out = Json::array();
  for (const trace::Interval& interval : portrait.intervals) {
    out.push_back({{"begin_sec", interval.number * portrait.interval_sec},
                   {"events", interval.events},
                   {"distinct", interval.distinct},
                   {"fresh", interval.fresh},
                   {"answer_bytes", interval.answer_bytes}});
  }
  return out;
}

Json popularity_json(const trace::Portrait& portrait, const trace::Dictionary& dictionary) {
  Json head = Json::array();
  for (const trace::HeadShare& share : portrait.popularity) {
    head.push_back({{"questions", share.questions}, {"share", share.share}});
  }
  Json top = Json::array();
  for (const trace::NameCount& count : portrait.top) {
    top.push_back({{"question", question_text(dictionary.question(count.question))}, {"events", count.events}});
  }
  return {{"zipf",
           {{"exponent", portrait.zipf.exponent},
            {"r_squared", portrait.zipf.r_squared},
            {"last_rank", portrait.zipf.last_rank}}},
          {"head", head},
          {"top", top}};
}

}  // namespace

Json portrait_json(const trace::Portrait& portrait, const trace::Source& source, const trace::Dictionary& dictionary) {
  Json types = Json::object();
  dns::TypeText room;
  for (const trace::TypeCount& type : portrait.types) {
    types[std::string(dns::type_to_text(type.qtype, room))] = type.events;
  }
  Json rcodes = Json::object();
  for (const trace::RcodeCount& rcode : portrait.rcodes) {
    const bool known = rcode.rcode != trace::kUnknownRcode;
    rcodes[known ? std::string(dns::rcode_to_text(static_cast<dns::Rcode>(rcode.rcode), room)) : "unknown"] =
        rcode.events;
  }
  return {{"file", source.info().name},
          {"format", trace::format_name(source.info().format)},
          {"origin_unix_ns", source.info().origin_unix_ns},
          {"has_times", source.info().has_times},
          {"events", portrait.events},
          {"span_sec", portrait.span_sec},
          {"questions", portrait.questions},
          {"names", portrait.names},
          {"one_shot", portrait.one_shot},
          {"repeats", portrait.repeats},
          {"floods", portrait.floods},
          {"over_tcp", portrait.over_tcp},
          {"dnssec_ok", portrait.dnssec_ok},
          {"checking_disabled", portrait.checking_disabled},
          {"types", types},
          {"rcodes", rcodes},
          {"popularity", popularity_json(portrait, dictionary)},
          {"with_ttl", portrait.with_ttl},
          {"ttls", ttls_json(portrait.ttls)},
          {"question_ttls", ttls_json(portrait.question_ttls)},
          {"mean_answer_bytes", portrait.mean_answer_bytes},
          {"clients",
           {{"count", portrait.clients},
            {"busiest_events", portrait.busiest_client_events},
            {"share_that_asks_half", portrait.clients_for_half}}},
          {"rate", {{"mean", portrait.mean_rate}, {"p99", portrait.p99_rate}, {"peak", portrait.peak_rate}}},
          {"interval_sec", portrait.interval_sec},
          {"intervals", intervals_json(portrait)},
          {"skipped", skips_json(source.skips())}};
}

}  // namespace sluice_rig
