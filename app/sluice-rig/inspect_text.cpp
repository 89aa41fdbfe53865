// SPDX-License-Identifier: Apache-2.0
// The portrait of a trace as a page for a terminal.
#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "dns/text.hpp"
#include "inspect.hpp"

namespace sluice_rig {
namespace {

constexpr std::size_t kMostRows = 12;

double percent(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string time_text(const trace::Info& info) {
  if (!info.has_times) return "times made up";
  if (info.origin_unix_ns == 0) return "no date";
  const auto at = static_cast<std::time_t>(info.origin_unix_ns / 1'000'000'000);
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  return info.has_year ? fmt::format("from {:%Y-%m-%d %H:%M:%S} UTC", utc) : fmt::format("from {:%b %d %H:%M:%S}", utc);
}

void add_names(std::string& out, const trace::Portrait& p, const trace::Dictionary& dictionary) {
  out += fmt::format(
      "\nnames        {} in {} distinct questions; {} of these came once ({:.1f} % of them, {:.1f} % of all events)\n",
      p.names, p.questions, p.one_shot, percent(p.one_shot, p.questions), percent(p.one_shot, p.events));
  out += fmt::format("             {:.1f} % of all events are a question's first: no cache has these\n",
                     percent(p.questions, p.events));
  if (p.zipf.last_rank >= 10) {
    out += fmt::format("popularity   Zipf exponent {:.2f} (R² {:.3f}, ranks 1 to {})\n", p.zipf.exponent,
                       p.zipf.r_squared, p.zipf.last_rank);
  } else {
    out += "popularity   too few questions came ten times for a Zipf fit\n";
  }
  std::string head;
  for (const trace::HeadShare& share : p.popularity) {
    const bool round = share.questions == 1 || share.questions == 16 || share.questions == 256 ||
                       share.questions == 4'096 || share.questions == 65'536;
    if (round)
      head += fmt::format("{}the first {}: {:.1f} %", head.empty() ? "" : ", ", share.questions, 100 * share.share);
  }
  out += fmt::format("             {}\n", head);
  for (const trace::NameCount& count : p.top) {
    out += fmt::format("             {:>10}  {}\n", count.events, question_text(dictionary.question(count.question)));
  }
}

void add_answers(std::string& out, const trace::Portrait& p) {
  dns::TypeText room;
  out += "\ntypes       ";
  for (const trace::TypeCount& type : p.types) {
    out += fmt::format(" {} {:.1f} %", dns::type_to_text(type.qtype, room), percent(type.events, p.events));
  }
  out += "\nanswers     ";
  for (const trace::RcodeCount& rcode : p.rcodes) {
    const bool known = rcode.rcode != trace::kUnknownRcode;
    out +=
        fmt::format(" {} {:.1f} %", known ? dns::rcode_to_text(static_cast<dns::Rcode>(rcode.rcode), room) : "not seen",
                    percent(rcode.events, p.events));
  }
  if (p.mean_answer_bytes > 0) out += fmt::format("; {:.0f} bytes on average", p.mean_answer_bytes);
  out += '\n';
  if (p.with_ttl == 0) {
    out += "TTLs         none in this trace\n";
    return;
  }
  const auto row = [&](std::string_view what, const std::vector<trace::TtlCount>& ttls) {
    out += fmt::format("{:13}p10 {} s, p25 {} s, median {} s, p75 {} s, p90 {} s, p99 {} s\n", what,
                       ttl_quantile(ttls, 0.1), ttl_quantile(ttls, 0.25), ttl_quantile(ttls, 0.5),
                       ttl_quantile(ttls, 0.75), ttl_quantile(ttls, 0.9), ttl_quantile(ttls, 0.99));
  };
  row("TTLs", p.ttls);
  row("", p.question_ttls);
  out += "             (of events; of distinct questions, the highest that was seen of each)\n";
}

void add_clients(std::string& out, const trace::Portrait& p) {
  out += fmt::format("\nclients      {}; {:.1f} % of them ask half of all; the busiest asks {:.1f} %\n", p.clients,
                     100 * p.clients_for_half, percent(p.busiest_client_events, p.events));
  out += fmt::format("events       {} over TCP, {} with DO, {} with CD, {} repeats, {} of a flood\n", p.over_tcp,
                     p.dnssec_ok, p.checking_disabled, p.repeats, p.floods);
  out += fmt::format("rate         {:.1f}/s on average, {}/s in 99 % of all seconds, {}/s at most\n", p.mean_rate,
                     p.p99_rate, p.peak_rate);
}

/// A selection of rows: the busiest of each group of neighbours.
void add_working_set(std::string& out, const trace::Portrait& p) {
  out += fmt::format("\nworking set  in intervals of {} s\n", p.interval_sec);
  out += fmt::format("             {:>10} {:>10} {:>10} {:>10} {:>12}\n", "from s", "events", "distinct", "new",
                     "answer bytes");
  const std::size_t group = (p.intervals.size() + kMostRows - 1) / kMostRows;
  for (std::size_t begin = 0; begin < p.intervals.size(); begin += group) {
    const auto first = p.intervals.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = p.intervals.begin() + static_cast<std::ptrdiff_t>(std::min(begin + group, p.intervals.size()));
    const auto busiest = std::max_element(
        first, last, [](const trace::Interval& a, const trace::Interval& b) { return a.distinct < b.distinct; });
    out += fmt::format("             {:>10} {:>10} {:>10} {:>10} {:>12}\n", busiest->number * p.interval_sec,
                       busiest->events, busiest->distinct, busiest->fresh, busiest->answer_bytes);
  }
  if (group > 1)
    out += fmt::format("             (of every {} intervals the one with most distinct questions)\n", group);
}

}  // namespace

std::string portrait_text(const trace::Portrait& portrait, const trace::Source& source,
                          const trace::Dictionary& dictionary) {
  std::string out =
      fmt::format("{}: {}, {} events in {:.1f} s, {}\n", source.info().name, trace::format_name(source.info().format),
                  portrait.events, portrait.span_sec, time_text(source.info()));
  if (portrait.events == 0) return out;
  add_names(out, portrait, dictionary);
  add_answers(out, portrait);
  add_clients(out, portrait);
  add_working_set(out, portrait);
  return out;
}

}  // namespace sluice_rig
