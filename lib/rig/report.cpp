// SPDX-License-Identifier: Apache-2.0
// The HTML page around the charts: without scripts and without anything to fetch.
#include "rig/report.hpp"

#include <fmt/core.h>

#include "chart.hpp"

namespace rig {
namespace {

constexpr std::string_view kStyle = R"(
body{font:15px/1.5 Helvetica,Arial,sans-serif;color:#111;background:#fff;max-width:960px;margin:2em auto;padding:0 1em}
h1{font-size:1.6em;margin-bottom:.2em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #999}
figure{margin:1.5em 0}figure svg{width:100%;height:auto;border:1px solid #ccc}figcaption{margin-top:.4em}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;width:100%}th,td{border:1px solid #999;padding:.25em .5em;text-align:right}
th{background:#eee;vertical-align:bottom}td:first-child,th:first-child{text-align:left}
code{background:#f2f2f2;padding:.1em .3em;overflow-wrap:anywhere}.facts{display:flex;flex-wrap:wrap;gap:.6em 2.2em;padding:0}
.facts div{list-style:none}.facts b{display:block;font-size:1.3em}
@media print{body{margin:0;max-width:none}figure{break-inside:avoid}}
)";

std::string fact(std::string_view number, std::string_view what) {
  return fmt::format("<div><b>{}</b>{}</div>\n", number, what);
}

std::string facts(const Profile& profile) {
  const double seconds = profile.seconds > 0 ? profile.seconds : 1;
  std::string out = "<div class=\"facts\">\n";
  out += fact(short_number(static_cast<double>(profile.queries)), "queries");
  out += fact(fmt::format("{}/s", short_number(static_cast<double>(profile.queries) / seconds)), "on average");
  out += profile.seconds >= 7'200 ? fact(fmt::format("{:.1f} h", profile.seconds / 3'600), "of traffic")
                                  : fact(fmt::format("{:.1f} min", profile.seconds / 60), "of traffic");
  out += fact(short_number(static_cast<double>(profile.clients)), "clients");
  out += fact(short_number(static_cast<double>(profile.items)), "distinct answers");
  out += fact(fmt::format("{:.1f} MiB", profile.footprint_bytes / 1'048'576), "that all of them take");
  return out + "</div>\n";
}

/// What the first row, mostly the real cache at its smallest size, comes to.
std::string words(const ResultRow& row, const World& world) {
  std::string out = fmt::format(
      "<p><b>{}</b> answers <b>{:.2f} %</b> of the queries itself and sends <b>{:.0f} packets a "
      "second</b> upstream on average, {} in the busiest hundredth of all seconds; the limit of an "
      "interface is {}. ",
      escaped(label_of(row.configuration)), 100 * row.hit_ratio, row.pps_mean, row.pps_p99, world.limit_pps);
  if (row.windows_above != 0) {
    out += fmt::format("{} of {} seconds are above it. ", row.windows_above, row.windows);
  }
  if (row.loss_ratio > 0) {
    out += fmt::format("{:.3f} % of the queries get no answer in time. ", 100 * row.loss_ratio);
  } else {
    out += "Every query is answered in time. ";
  }
  return out + "</p>\n";
}

std::string table(const Results& results) {
  std::string out =
      "<div "
      "class=\"wide\"><table>\n<tr><th>configuration</th><th>hits</th><th>stale</th><th>lost</th><th>packets/"
      "s<br>mean</th>"
      "<th>packets/s<br>p99</th><th>seconds<br>above</th><th>wait ms<br>p50</th><th>wait ms<br>p99</th><th>entries</th>"
      "<th>MiB of<br>entries</th></tr>\n";
  for (const ResultRow& row : results.rows) {
    out += fmt::format(
        "<tr><td>{}</td><td>{:.2f} %</td><td>{:.2f} %</td><td>{:.3f} %</td><td>{:.1f}</td><td>{}</td><td>{}</td>"
        "<td>{:.1f}</td><td>{:.1f}</td><td>{}</td><td>{:.1f}</td></tr>\n",
        escaped(label_of(row.configuration)), 100 * row.hit_ratio, 100 * row.stale_ratio, 100 * row.loss_ratio,
        row.pps_mean, row.pps_p99, row.windows_above, row.wait_ms_p50, row.wait_ms_p99, row.entries_most,
        static_cast<double>(row.bytes_most) / 1'048'576);
  }
  return out + "</table></div>\n";
}

}  // namespace

std::string to_html(const Results& results, const std::string& command) {
  std::string names;
  for (const TraceFile& file : results.files) names += (names.empty() ? "" : ", ") + file.path;
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{} – sluice-rig</title>\n"
      "<style>{}</style>\n</head>\n<body>\n<h1>What a cache would do to this traffic</h1>\n"
      "<p>{}</p>\n",
      escaped(names), kStyle, escaped(names));
  out += facts(results.profile);
  if (!results.rows.empty()) out += "<h2>In short</h2>\n" + words(results.rows.front(), results.world);
  out += "<h2>Pictures</h2>\n";
  for (const Picture& picture : pictures_of(results)) {
    out += fmt::format("<figure id=\"{}\">\n{}<figcaption>{}</figcaption>\n</figure>\n", picture.name, picture.svg,
                       escaped(picture.words));
  }
  out += "<h2>All figures</h2>\n" + table(results);
  out += fmt::format(
      "<h2>How they were made</h2>\n<p><code>{}</code></p>\n<p>The upstream answers after {:.1f} ms; a client "
      "waits {:.1f} s. Hits are answers from an entry within its TTL; lost are queries that were not "
      "answered while their client waited.</p>\n</body>\n</html>\n",
      escaped(command), static_cast<double>(results.world.latency.count()) / 1e6,
      static_cast<double>(results.world.client_timeout.count()) / 1e9);
  return out;
}

}  // namespace rig
