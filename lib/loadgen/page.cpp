// SPDX-License-Identifier: Apache-2.0
// JSON to a page for people.
#include "page.hpp"

#include <iterator>

#include <fmt/format.h>

namespace loadgen {
namespace {

using Json = nlohmann::ordered_json;

std::string time_text(double us) {
  if (us < 1'000) return fmt::format("{:.0f} us", us);
  if (us < 1'000'000) return fmt::format("{:.2f} ms", us / 1'000);
  return fmt::format("{:.2f} s", us / 1'000'000);
}

std::string times(const Json& spread) {
  if (spread["count"] == 0) return "none";
  return fmt::format("p50 {}, p90 {}, p99 {}, p99.9 {}, max {}, mean {}", time_text(spread["p50_us"]),
                     time_text(spread["p90_us"]), time_text(spread["p99_us"]), time_text(spread["p999_us"]),
                     time_text(spread["max_us"]), time_text(spread["mean_us"]));
}

std::string counts(const Json& named) {
  std::string text;
  for (const auto& [name, count] : named.items()) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count.get<std::uint64_t>());
  }
  return text.empty() ? "none" : text;
}

std::uint64_t number(const Json& json, const char* key) { return json[key].get<std::uint64_t>(); }

void add_stream(const Json& stream, std::string& page) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, "\n{}  {} queries/s for {} s, {} clients, retry {}\n", stream["name"].get<std::string>(),
                 stream["rate_qps"].get<double>(), stream["duration_sec"].get<double>(), number(stream, "clients"),
                 stream["retry"].get<std::string>());
  fmt::format_to(out, "  queries    {}  (packets {}, retries {}, unsent {})\n", number(stream, "queries"),
                 number(stream, "packets"), number(stream, "retries"), number(stream, "unsent"));
  fmt::format_to(out, "  answered   {}  {:.3f} %, {:.0f}/s  (timeouts {}, late {}, duplicates {}, truncated {})\n",
                 number(stream, "answered"), 100 * stream["answered_share"].get<double>(),
                 stream["answered_qps"].get<double>(), number(stream, "timeouts"), number(stream, "late"),
                 number(stream, "duplicates"), number(stream, "truncated"));
  fmt::format_to(out, "  good       {}  {:.3f} %  ({})\n", number(stream, "good"),
                 100 * stream["good_share"].get<double>(), counts(stream["rcodes"]));
  fmt::format_to(out, "  latency    {}\n", times(stream["latency"]));
  if (!stream["wrong"].empty()) fmt::format_to(out, "  WRONG      {}\n", counts(stream["wrong"]));
}

}  // namespace

std::string to_page(const Json& report) {
  std::string page;
  auto out = std::back_inserter(page);
  fmt::format_to(out, "{} by {}, seed {}, {:.1f} s{}\n", report["server"].get<std::string>(),
                 report["backend"].get<std::string>(), number(report, "seed"), report["elapsed_sec"].get<double>(),
                 report["interrupted"].get<bool>() ? ", INTERRUPTED" : "");
  for (const Json& stream : report["streams"]) add_stream(stream, page);
  out = std::back_inserter(page);
  fmt::format_to(out, "\ngenerator late by {}\n", times(report["lateness"]));
  fmt::format_to(out, "back end        {}\n", counts(report["io"]));
  fmt::format_to(out, "wrong answers   {}\n", counts(report["totals"]["wrong"]));
  for (const Json& example : report["wrong_examples"]) {
    fmt::format_to(out, "  {}: {}: asked {}, got {} bytes: {}\n", example["stream"].get<std::string>(),
                   example["reason"].get<std::string>(), example["asked"].get<std::string>(), number(example, "bytes"),
                   example["message"].get<std::string>().substr(0, 96));
  }
  return page;
}

}  // namespace loadgen
