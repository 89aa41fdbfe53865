// SPDX-License-Identifier: Apache-2.0
// The text of each verb's reply.
#include "render.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "render_cache.hpp"
#include "text.hpp"

namespace sluicectl {
namespace {

const Json kNothing;

const Json& at(const Json& json, std::string_view key) {
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}
std::uint64_t number(const Json& json, std::string_view key) {
  const Json& value = at(json, key);
  return value.is_number_unsigned() || value.is_number_integer() ? value.get<std::uint64_t>() : 0;
}
std::string word(const Json& json, std::string_view key) {
  const Json& value = at(json, key);
  return value.is_string() && !value.get_ref<const std::string&>().empty() ? value.get<std::string>() : "-";
}
bool flag(const Json& json, std::string_view key) {
  const Json& value = at(json, key);
  return value.is_boolean() && value.get<bool>();
}
std::string count(std::uint64_t number_of, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number_of), number_of == 1 ? one : many);
}

std::string budget_text(const Json& budget) {
  const std::uint64_t limit = number(budget, "limit_pps");
  const std::string used = limit == 0
                               ? std::string("unmetered")
                               : fmt::format("{} of {} packets in the last second", number(budget, "used_pkts"), limit);
  const std::uint64_t configured = number(budget, "configured_pps");
  const std::string lowered = configured > limit && limit != 0 ? fmt::format(" (lowered from {})", configured) : "";
  return fmt::format("{}: {}{}, {} queued", word(budget, "uplink"), used, lowered, grouped(number(budget, "queued")));
}

std::string time_text(std::uint64_t seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(seconds)));
}

// An operator must not overlook a rejected file or values that need a restart.
void add_reload(Table& table, const Json& data) {
  const Json& reload = at(data, "reload");
  const std::uint64_t when = number(reload, "last_at_sec");
  std::string generation;
  if (reload.is_object()) generation = fmt::format(", generation {}", number(reload, "generation"));
  if (when != 0 && !flag(reload, "last_failed")) generation += fmt::format(", reloaded {}", time_text(when));
  table.row({"config", word(data, "config_file") + generation});
  if (flag(reload, "last_failed")) {
    std::string label = fmt::format("last reload failed: {}", time_text(when));
    table.row({"", label});
    std::istringstream lines(word(reload, "last_error"));
    for (std::string line; std::getline(lines, line);) table.row({"", "  " + line});
  }
  for (const Json& key : at(reload, "restart_needed")) {
    if (key.is_string()) table.row({"", "needs a restart: " + key.get<std::string>()});
  }
}

std::string render_status(const Json& data) {
  std::string addresses;
  for (const Json& address : at(data, "addresses")) {
    if (address.is_string()) addresses += (addresses.empty() ? "" : "  ") + address.get<std::string>();
  }
  const Json& cache = at(data, "cache");
  const Json& upstreams = at(data, "upstreams");
  const Json& mbufs = at(data, "mbufs");
  const std::uint64_t queries = number(data, "queries");
  Table table({Align::kLeft, Align::kLeft});
  table.row({"sluice", fmt::format("{}, up {}, {}", word(data, "version"), uptime_text(number(data, "uptime_sec")),
                                   flag(data, "healthy") ? "healthy" : "NOT HEALTHY: a polling thread is stuck")});
  table.row({"port", fmt::format("{} ({}, {}), link {}", word(data, "device"), word(data, "profile"),
                                 word(data, "driver"), flag(data, "link_up") ? "up" : "DOWN")});
  table.row({"addresses", addresses});
  table.row({"threads", fmt::format("{} on {}", count(number(data, "workers"), "worker", "workers"),
                                    count(number(data, "lcores"), "polling thread", "polling threads"))});
  table.row(
      {"queries", fmt::format("{}, {} hits, {} stale", grouped(queries), percent_text(number(data, "hits"), queries),
                              percent_text(number(data, "stale"), queries))});
  if (const Json& tcp = at(data, "tcp"); tcp.is_object()) {
    table.row({"tcp", fmt::format("{} of {}, {}", count(number(tcp, "connections"), "connection", "connections"),
                                  grouped(number(tcp, "max_connections")),
                                  count(number(tcp, "queries"), "query", "queries"))});
  }
  table.row({"cache", fmt::format("{}, {} of {} ({} %)", count(number(cache, "entries"), "entry", "entries"),
                                  bytes_text(number(cache, "bytes_used")), bytes_text(number(cache, "bytes_capacity")),
                                  number(cache, "fill_percent"))});
  for (const Json& budget : at(data, "budgets")) table.row({"budget", budget_text(budget)});
  table.row({"upstreams", fmt::format("{} of {} up", number(upstreams, "up"), number(upstreams, "total"))});
  table.row({"packets", fmt::format("{} of {} buffers in use", grouped(number(mbufs, "in_use")),
                                    grouped(number(mbufs, "total")))});
  add_reload(table, data);
  return table.text();
}

// Counters at 0 are left out.
class Counters {
 public:
  void group(std::string_view title, const Json& counters) {
    Table table({Align::kLeft, Align::kRight});
    for (const auto& [name, value] : counters.items()) {
      if (!value.is_number()) continue;
      if (value == 0) {
        ++zeros_;
      } else {
        table.row({"  " + name, grouped(value.get<std::uint64_t>())});
      }
    }
    if (!table.empty()) text_ += fmt::format("{}\n{}", title, table.text());
  }
  [[nodiscard]] std::string text() const {
    return text_ + fmt::format("{}; --json shows all\n", count(zeros_, "counter is 0", "counters are 0"));
  }

 private:
  std::string text_;
  std::uint64_t zeros_ = 0;
};

std::string balance_text(const Json& conservation, std::string_view name) {
  const Json& balance = at(conservation, name);
  if (flag(balance, "holds")) return fmt::format("{}: balanced ({})", name, grouped(number(balance, "counted")));
  return fmt::format("{}: {} counted, {} accounted for", name, grouped(number(balance, "counted")),
                     grouped(number(balance, "accounted")));
}

std::string render_stats(const Json& data) {
  Counters counters;
  counters.group("queries by outcome", at(at(data, "queries"), "outcomes"));
  counters.group("frames dropped", at(data, "frame_drops"));
  counters.group("flows", at(data, "flows"));
  counters.group("tcp connections", at(at(data, "tcp"), "connections"));
  counters.group("tcp queries by outcome", at(at(at(data, "tcp"), "queries"), "outcomes"));
  counters.group("tcp flows", at(at(data, "tcp"), "flows"));
  counters.group("egress", at(data, "egress"));
  counters.group("egress role", at(data, "egress_role"));
  counters.group("cache", at(data, "cache"));
  counters.group("blocks", at(data, "blocks"));
  counters.group("slow path", at(data, "slowpath"));
  counters.group("TCP to upstream servers", at(data, "upstream_tcp"));
  counters.group("port", at(at(data, "port"), "xstats"));
  const Json& conservation = at(data, "conservation");
  std::string text = counters.text();
  for (const std::string_view sum : {"queries", "tcp_queries", "rx_pkts"}) {
    if (at(conservation, sum).is_object()) text += balance_text(conservation, sum) + "\n";
  }
  return text;
}

std::string render_inflight(const Json& data) {
  const Json& questions = at(data, "questions");
  if (questions.empty()) return "no question is outstanding\n";
  Table table({Align::kRight, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kLeft, Align::kLeft,
               Align::kLeft, Align::kLeft});
  table.row({"age", "state", "sends", "waiters", "others", "client", "server", "type", "name"});
  for (const Json& row : questions) {
    table.row({micros_text(number(row, "age_us")), word(row, "state"), grouped(number(row, "sends")),
               grouped(number(row, "waiters")), grouped(number(row, "others")), word(row, "client"),
               word(row, "server"), word(row, "type"), word(row, "name")});
  }
  return table.text();
}

std::string render_fetchlimit(const Json& data) {
  std::string text;
  Table servers({Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  servers.row({"server", "uplink", "waiting", "quota", "timeouts", "spilled"});
  for (const Json& row : at(data, "servers")) {
    const Json& atr = at(row, "atr");
    servers.row({word(row, "address"), word(row, "uplink"), grouped(number(row, "outstanding")),
                 fmt::format("{} (step {})", grouped(number(row, "quota")), number(row, "mode")),
                 fmt::format("{:.1f} %", atr.is_number() ? atr.get<double>() * 100 : 0.0),
                 grouped(number(row, "spilled"))});
  }
  text += at(data, "servers").empty() ? "no server is at its quota\n" : servers.text();
  Table zones({Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  zones.row({"zone", "uplink", "waiting", "quota", "allowed", "dropped"});
  for (const Json& row : at(data, "zones")) {
    zones.row({word(row, "zone"), word(row, "uplink"), grouped(number(row, "outstanding")),
               grouped(number(row, "quota")), grouped(number(row, "allowed")), grouped(number(row, "dropped"))});
  }
  return text + (at(data, "zones").empty() ? "no zone is at its quota\n" : zones.text());
}

std::string render_upstreams(const Json& data) {
  std::string text;
  for (const Json& uplink : at(data, "uplinks")) {
    text += budget_text(uplink) + "\n";
    Table table(
        {Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
    table.row({"  server", "state", "srtt", "waiting", "sent", "answered", "timeouts"});
    for (const Json& server : at(uplink, "servers")) {
      const std::uint64_t srtt = number(server, "srtt_us");
      table.row({"  " + word(server, "address"), word(server, "state"), srtt == 0 ? "-" : micros_text(srtt),
                 grouped(number(server, "outstanding")), grouped(number(server, "sent")),
                 grouped(number(server, "answered")), grouped(number(server, "timeouts"))});
    }
    text += table.text();
  }
  const Json& cost = at(data, "questions_by_packets");
  if (cost.is_object()) {
    text += fmt::format("questions by packets: none {}, 1: {}, 2: {}, 3: {}, 4 to 8: {}, more: {}\n",
                        grouped(number(cost, "cost_0")), grouped(number(cost, "cost_1")),
                        grouped(number(cost, "cost_2")), grouped(number(cost, "cost_3")),
                        grouped(number(cost, "cost_4_to_8")), grouped(number(cost, "cost_more")));
  }
  return text.empty() ? "no upstreams\n" : text;
}

std::string flags_text(const Json& json) {
  return fmt::format("DO={} CD={}", flag(json, "do") ? 1 : 0, flag(json, "cd") ? 1 : 0);
}

std::string section_text(const Json& entry, std::string_view name) {
  std::string text;
  for (const Json& line : at(entry, name)) {
    if (line.is_string()) text += line.get<std::string>() + "\n";
  }
  return text.empty() ? text : fmt::format(";; {}\n{}", name, text);
}

std::string lifetime_text(const Json& entry) {
  const std::string freshness = word(entry, "freshness");
  const std::string age = fmt::format("{} s old", number(entry, "age_sec"));
  if (freshness == "fresh") {
    return fmt::format("fresh: {}, {} s of {} s left, may serve stale for {} s after", age,
                       number(entry, "ttl_left_sec"), number(entry, "ttl_sec"), number(entry, "stale_left_sec"));
  }
  if (freshness == "stale") return fmt::format("stale: {}, may serve {} s more", age, number(entry, "stale_left_sec"));
  return fmt::format("{}: {}, to be removed", freshness, age);
}

std::string render_lookup(const Json& data) {
  std::string text = fmt::format("{} {} {} uplink {}\n", word(data, "name"), word(data, "type"), flags_text(data),
                                 word(data, "uplink"));
  const Json& entry = at(data, "entry");
  if (entry.is_object()) {
    text += fmt::format("{}, {}, {}\n", word(entry, "kind"), word(entry, "rcode"), lifetime_text(entry));
    return text + section_text(entry, "answer") + section_text(entry, "authority") + section_text(entry, "additional");
  }
  if (word(data, "uplink") == "-") return text + "no forward zone covers this name\n";
  text += "not in the cache\n";
  for (const Json& other : at(data, "stored_for")) text += fmt::format("but stored for {}\n", flags_text(other));
  return text;
}

std::string render_flush(const Json& data) {
  return fmt::format("{} removed\n", count(number(data, "flushed"), "entry", "entries"));
}

std::string changes_text(const Json& changes, std::string_view title) {
  if (!changes.is_array() || changes.empty()) return {};
  Table table({Align::kLeft, Align::kLeft});
  for (const Json& change : changes) {
    table.row({"  " + word(change, "key"), fmt::format("{} -> {}", word(change, "before"), word(change, "after"))});
  }
  return fmt::format("{}\n{}", title, table.text());
}

std::string render_reload(const Json& data) {
  std::string text = fmt::format("generation {} is in force\n", number(data, "generation"));
  const Json& settled = at(data, "settled");
  if (settled.is_boolean() && !settled.get<bool>()) {
    text = fmt::format("generation {} is published, but a polling thread has not picked it up yet; see status\n",
                       number(data, "generation"));
  }
  const std::string changed = changes_text(at(data, "changed"), "changed:");
  text += changed.empty() ? "no key changed that is applied while running\n" : changed;
  return text + changes_text(at(data, "restart_needed"), "takes effect after a restart:");
}

// "clients" has rows of "client".
std::string render_top(const Json& data) {
  const std::string subject = word(data, "subject");
  const std::string key = subject.substr(0, subject.size() - 1);
  std::string text = fmt::format("{} by {}, in the last second\n", subject, word(data, "by"));
  const Json& rows = at(data, "rows");
  if (rows.empty()) return text + "none\n";
  Table table({Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kLeft, Align::kLeft});
  table.row({"queries", "misses", "upstream", "bytes", key, ""});
  for (const Json& row : rows) {
    table.row({grouped(number(row, "queries")), grouped(number(row, "misses")), grouped(number(row, "upstream")),
               bytes_text(number(row, "bytes")), word(row, key),
               flag(row, "cache_only") ? fmt::format("cache-only, {} misses held", grouped(number(row, "held"))) : ""});
  }
  return text + table.text();
}

std::string render_blocks(const Json& data) {
  const Json& blocks = at(data, "blocks");
  if (blocks.empty()) return "no client is blocked\n";
  Table table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kRight, Align::kLeft});
  table.row({"prefix", "action", "by", "left", "reason"});
  for (const Json& block : blocks) {
    table.row({word(block, "prefix"), word(block, "action"), word(block, "by"), uptime_text(number(block, "left_sec")),
               word(block, "reason")});
  }
  return table.text();
}

std::string render_version(const Json& data) {
  return fmt::format("sluicectl {}\nsluice    {} ({})\n", SLUICE_VERSION, word(data, "version"), word(data, "dpdk"));
}

std::string render_cleared(const Json& data) {
  return fmt::format("{} cleared\n", count(number(data, "cleared"), "block", "blocks"));
}

// For a verb without a text of its own.
std::string render_plain(const Json& data) {
  if (!data.is_object()) return data.dump() + "\n";
  Table table({Align::kLeft, Align::kLeft});
  for (const auto& [name, value] : data.items()) {
    table.row({name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return table.text();
}

struct Renderer {
  std::string_view verb;
  std::string (*render)(const Json& data);
};

constexpr std::array kRenderers{
    Renderer{"status", render_status},
    Renderer{"stats", render_stats},
    Renderer{"inflight", render_inflight},
    Renderer{"recursing", render_inflight},
    Renderer{"fetchlimit", render_fetchlimit},
    Renderer{"upstreams", render_upstreams},
    Renderer{"cache_lookup", render_lookup},
    Renderer{"cache_flush", render_flush},
    Renderer{"cache_stats", render_cache_stats},
    Renderer{"cache_dump", render_dumped},
    Renderer{"cache_load", render_loaded},
    Renderer{"blocks_list", render_blocks},
    Renderer{"blocks_add", render_blocks},
    Renderer{"blocks_clear", render_cleared},
    Renderer{"top", render_top},
    Renderer{"reload", render_reload},
    Renderer{"version", render_version},
};

}  // namespace

std::string render(std::string_view verb, const Json& data) {
  for (const Renderer& renderer : kRenderers) {
    if (renderer.verb == verb) return renderer.render(data);
  }
  return render_plain(data);
}

}  // namespace sluicectl
