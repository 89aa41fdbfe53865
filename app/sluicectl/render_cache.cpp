// SPDX-License-Identifier: Apache-2.0
// The text of cache stats, cache dump and cache load.
#include "render_cache.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "text.hpp"

namespace sluicectl {
namespace {

std::uint64_t number(const Json& json, const char* key) { return json.value(key, std::uint64_t{0}); }

std::string memory_text(const Json& data) {
  const Json memory = data.value("memory", Json::object());
  Table table({Align::kLeft, Align::kRight, Align::kRight});
  const std::uint64_t size = number(memory, "size");
  for (const auto& [key, name] :
       {std::pair("buckets", "buckets"), std::pair("ghosts", "ghosts"), std::pair("descriptors", "descriptors"),
        std::pair("pages", "pages"), std::pair("large_pages", "large pages"), std::pair("unused", "alignment")}) {
    table.row({fmt::format("  {}", name), bytes_text(number(memory, key)), percent_text(number(memory, key), size)});
  }
  return table.text();
}

std::string classes_text(const Json& data) {
  Table table({Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  table.row({"chunk", "entries", "in main", "used", "pages"});
  for (const Json& one : data.value("classes", Json::array())) {
    table.row({grouped(number(one, "chunk_bytes")), grouped(number(one, "entries")), grouped(number(one, "main")),
               bytes_text(number(one, "bytes_used")), grouped(number(one, "pages"))});
  }
  return table.text();
}

std::string queues_text(const Json& data) {
  Table table({Align::kLeft, Align::kRight});
  for (const char* key : {"inserts", "replacements", "evictions", "evicted_dead", "evicted_stale", "evicted_probation",
                          "evicted_main", "evicted_negative", "evicted_bucket", "evicted_moving", "ghost_hits",
                          "promoted", "reinserted", "pages_moved", "relocated", "expired", "flushed"}) {
    table.row({fmt::format("  {}", key), grouped(number(data, key))});
  }
  return table.text();
}

std::string snapshot_text(const Json& snapshot) {
  if (!snapshot.is_object()) return {};
  std::string text = fmt::format("snapshot {}", snapshot.value("state", std::string("off")));
  if (snapshot["percent"].is_number()) text += fmt::format(" {} %", number(snapshot, "percent"));
  if (snapshot["file"].is_string()) text += fmt::format(", {}", snapshot["file"].get<std::string>());
  const Json& last = snapshot["last"];
  if (last.is_object()) {
    text += fmt::format("; last: {} answers, {}, {:.2f} s", grouped(number(last, "entries")),
                        bytes_text(number(last, "bytes")), last.value("seconds", 0.0));
  }
  if (snapshot["error"].is_string()) text += fmt::format("; {}", snapshot["error"].get<std::string>());
  return text + "\n";
}

}  // namespace

std::string render_cache_stats(const Json& data) {
  std::string text = fmt::format("{} entries, {} of {} in blocks, {} bytes per entry in total\n",
                                 grouped(number(data, "entries")), bytes_text(number(data, "bytes_used")),
                                 bytes_text(number(data, "bytes_capacity")), number(data, "bytes_an_entry"));
  text +=
      fmt::format("negative answers: {} of at most {}\nunused pages: {}\n", bytes_text(number(data, "negative_bytes")),
                  bytes_text(number(data, "negative_limit_bytes")), grouped(number(data, "pages_fresh")));
  text += "memory\n" + memory_text(data) + "sizes\n" + classes_text(data) + "queues\n" + queues_text(data);
  return text + snapshot_text(data.value("snapshot", Json()));
}

std::string render_dumped(const Json& data) {
  return fmt::format("{} answers, {} in {:.2f} s: {}\n", grouped(number(data, "entries")),
                     bytes_text(number(data, "bytes")), data.value("seconds", 0.0), data.value("file", std::string()));
}

std::string render_loaded(const Json& data) {
  const std::uint64_t skipped = number(data, "passed_over");
  return fmt::format("{} answers kept of {} in {}, {:.2f} s; {} had expired or do not apply here\n",
                     grouped(number(data, "kept")), grouped(number(data, "entries") + skipped),
                     data.value("file", std::string()), data.value("seconds", 0.0), grouped(skipped));
}

}  // namespace sluicectl
