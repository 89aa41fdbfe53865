// SPDX-License-Identifier: Apache-2.0
// Stats to JSON.
#include "loadgen/report.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "dns/text.hpp"
#include "page.hpp"

namespace loadgen {
namespace {

using Json = nlohmann::ordered_json;

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1'000.0; }
double us(base::Duration duration) { return static_cast<double>(duration.count()) / 1'000.0; }
double seconds(base::Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

Json spread(const Spread& values) {
  const stats::HistogramCounts counts = values.counts();
  Json json = {{"count", counts.count()},
               {"mean_us", counts.count() == 0 ? 0.0 : us(counts.sum_ns()) / static_cast<double>(counts.count())}};
  for (const auto& [name, fraction] : {std::pair{"p50_us", 0.5}, std::pair{"p90_us", 0.9}, std::pair{"p95_us", 0.95},
                                       std::pair{"p99_us", 0.99}, std::pair{"p999_us", 0.999}}) {
    json[name] = std::min(us(counts.quantile_ns(fraction)), us(values.most()));
  }
  json["max_us"] = us(values.most());
  Json buckets = Json::array();
  for (std::size_t i = 0; i < stats::kHistogramBuckets; ++i) {
    if (counts.in_bucket(i) != 0) buckets.push_back({stats::histogram_bucket_begin_ns(i), counts.in_bucket(i)});
  }
  json["buckets_ns"] = std::move(buckets);
  return json;
}

Json rcodes(const std::array<std::uint64_t, kRcodes>& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kRcodes; ++i) {
    if (counts[i] == 0) continue;
    dns::TypeText room;
    json[i + 1 == kRcodes ? "other" : std::string(dns::rcode_to_text(static_cast<dns::Rcode>(i), room))] = counts[i];
  }
  return json;
}

Json wrong(const StreamStats& stats) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kWrongReasons; ++i) {
    if (stats.wrong[i] != 0) json[std::string(to_text(static_cast<Wrong>(i)))] = stats.wrong[i];
  }
  return json;
}

/// A list for each figure, one element a second: easy to draw.
Json series(const std::vector<Second>& rows) {
  std::size_t used = rows.size();
  while (used > 1 && rows[used - 1].queries == 0 && rows[used - 1].answers_received == 0 &&
         rows[used - 1].packets_sent == 0) {
    --used;
  }
  Json json = Json::object();
  const auto column = [&](const char* name, auto value) {
    Json list = Json::array();
    for (std::size_t i = 0; i < used; ++i) list.push_back(value(rows[i]));
    json[name] = std::move(list);
  };
  column("queries", [](const Second& row) { return row.queries; });
  column("answered", [](const Second& row) { return row.answered; });
  column("good", [](const Second& row) { return row.good; });
  column("timeouts", [](const Second& row) { return row.timeouts; });
  column("latency_mean_us", [](const Second& row) {
    const std::uint32_t done = row.answered + row.timeouts;
    return done == 0 ? 0.0 : us(row.latency_sum_ns) / done;
  });
  column("latency_max_us", [](const Second& row) { return us(row.latency_max_ns); });
  column("packets_sent", [](const Second& row) { return row.packets_sent; });
  column("answers_received", [](const Second& row) { return row.answers_received; });
  column("good_received", [](const Second& row) { return row.good_received; });
  return json;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json stream(const StreamSpec& spec, const StreamStats& stats) {
  const std::uint64_t open = spec.spoof ? 0 : stats.queries - stats.answered - stats.timeouts - stats.unsent;
  return {{"name", spec.name},
          {"rate_qps", spec.rate_qps},
          {"start_sec", seconds(spec.start)},
          {"duration_sec", seconds(spec.duration)},
          {"clients", spec.clients},
          {"ports", spec.ports},
          {"retry", spec.retry.name},
          {"client_timeout_sec", seconds(spec.retry.client_timeout())},
          {"queries", stats.queries},
          {"packets", stats.packets},
          {"retries", stats.retries},
          {"failure_tries", stats.failure_tries},
          {"answered", stats.answered},
          {"timeouts", stats.timeouts},
          {"unsent", stats.unsent},
          {"open", open},
          {"good", stats.good()},
          {"answered_share", share(stats.answered, stats.queries)},
          {"good_share", share(stats.good(), stats.queries)},
          {"answered_qps", static_cast<double>(stats.answered) / seconds(spec.duration)},
          {"rcodes", rcodes(stats.rcodes)},
          {"to_spoofed", rcodes(stats.to_spoofed)},
          {"truncated", stats.truncated},
          {"late", stats.late},
          {"duplicates", stats.duplicates},
          {"wrong", wrong(stats)},
          {"latency", spread(stats.latency)},
          {"answered_latency", spread(stats.answered_latency)},
          {"seconds", series(stats.seconds)}};
}

std::string hex(base::Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

Json examples(const Engine& engine) {
  Json list = Json::array();
  for (const WrongExample& example : engine.wrong_examples()) {
    const base::Bytes question = base::Bytes(example.question).first(example.question_bytes);
    dns::NameText room;
    const std::string asked(question.empty() ? std::string_view{}
                                             : dns::name_to_text(question.first(question.size() - 4), room));
    list.push_back(
        {{"stream", engine.spec(example.stream).name},
         {"reason", std::string(to_text(example.reason))},
         {"asked", asked},
         {"bytes", example.bytes},
         {"message",
          hex(base::Bytes(example.message).first(std::min<std::size_t>(example.bytes, example.message.size())))}});
  }
  return list;
}

Json to_json(const Engine& engine, const RunFacts& facts) {
  Json json = {{"program", "sluice-blast"},
               {"version", SLUICE_VERSION},
               {"began_at", facts.began_at},
               {"server", facts.server},
               {"backend", facts.backend},
               {"seed", facts.seed},
               {"elapsed_sec", seconds(facts.end - engine.began())},
               {"interrupted", engine.interrupted()},
               {"most_outstanding", engine.most_open()}};
  Json totals = {{"wrong", Json::object()}};
  Json streams = Json::array();
  for (std::size_t i = 0; i < engine.streams(); ++i) {
    streams.push_back(stream(engine.spec(i), engine.stats(i)));
    for (const char* const key : {"queries", "packets", "retries", "answered", "timeouts", "unsent", "open", "good",
                                  "truncated", "late", "duplicates"}) {
      totals[key] = totals.value(key, std::uint64_t{0}) + streams.back()[key].get<std::uint64_t>();
    }
    for (const auto& [reason, count] : streams.back()["wrong"].items()) {
      totals["wrong"][reason] = totals["wrong"].value(reason, std::uint64_t{0}) + count.get<std::uint64_t>();
    }
  }
  if (facts.bad_checksums != 0) totals["wrong"]["checksum"] = facts.bad_checksums;
  json["totals"] = std::move(totals);
  json["lateness"] = spread(engine.lateness());
  json["io"] = Json::object();
  for (const auto& [name, value] : facts.backend_stats) json["io"][name] = value;
  json["streams"] = std::move(streams);
  json["wrong_examples"] = examples(engine);
  return json;
}

}  // namespace

Report make_report(const Engine& engine, const RunFacts& facts) {
  const Json json = to_json(engine, facts);
  Report report{json.dump(1) + "\n", to_page(json), 0};
  for (const auto& count : json["totals"]["wrong"]) report.wrong_answers += count.get<std::uint64_t>();
  return report;
}

}  // namespace loadgen
