// SPDX-License-Identifier: Apache-2.0
// Reports as DPDK's telemetry carries them.
#include "telemetry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <rte_telemetry.h>

#include "reports/reports.hpp"
#include "reports/telemetry_shape.hpp"

namespace control {
namespace {

using reports::View;
using verbs::Json;

// DPDK's callbacks carry no pointer of ours and cannot be taken back: one view for the process, or none.
std::mutex view_mutex;
const View* current_view = nullptr;
std::once_flag registered_once;

constexpr int kNothing = -1;  // DPDK then answers null

int fill(rte_tel_data& data, const Json& report);

int add_list(rte_tel_data& into, const char* name, const Json& list) {
  rte_tel_data* const inner = rte_tel_data_alloc();
  if (inner == nullptr) return kNothing;
  rte_tel_data_start_array(inner, RTE_TEL_STRING_VAL);
  for (const Json& one : list) rte_tel_data_add_array_string(inner, one.get_ref<const std::string&>().c_str());
  return rte_tel_data_add_dict_container(&into, name, inner, /*keep=*/0);
}

int add_object(rte_tel_data& into, const char* name, const Json& object) {
  rte_tel_data* const inner = rte_tel_data_alloc();
  if (inner == nullptr) return kNothing;
  fill(*inner, object);
  return rte_tel_data_add_dict_container(&into, name, inner, /*keep=*/0);
}

int add_integer(rte_tel_data& into, const char* name, const Json& value) {
  const auto number = value.get<std::int64_t>();
  if (value.is_number_unsigned() || number >= 0)
    return rte_tel_data_add_dict_u64(&into, name, value.get<std::uint64_t>());
  constexpr std::int64_t kLeast = std::numeric_limits<int>::min();
  return rte_tel_data_add_dict_int(&into, name, static_cast<int>(std::max(number, kLeast)));
}

// What does not fit any more is left out; the rest is still worth having.
int fill(rte_tel_data& data, const Json& report) {
  rte_tel_data_start_dict(&data);
  for (const auto& [key, value] : report.items()) {
    const char* const name = key.c_str();
    if (value.is_object()) {
      add_object(data, name, value);
    } else if (value.is_array()) {
      add_list(data, name, value);
    } else if (value.is_string()) {
      rte_tel_data_add_dict_string(&data, name, value.get_ref<const std::string&>().c_str());
    } else {
      add_integer(data, name, value);
    }
  }
  return 0;
}

// An answer has 16 KiB at most: the sums come by themselves, each worker by its number.
Json stats_for(const View& view, std::string_view params) {
  Json stats = reports::stats_report(view);
  if (params.empty()) {
    stats.erase("workers");
    return stats;
  }
  std::size_t worker = 0;
  const auto read = std::from_chars(params.data(), params.data() + params.size(), worker);
  const bool is_number = read.ec == std::errc() && read.ptr == params.data() + params.size();
  return is_number && worker < stats["workers"].size() ? stats["workers"][worker] : Json();
}

Json lcore_for(const View& view, std::string_view) { return reports::lcores_report(view); }
Json status_for(const View& view, std::string_view) { return reports::status_report(view); }
Json cache_for(const View& view, std::string_view) { return reports::cache_report(view); }
Json upstreams_for(const View& view, std::string_view) { return reports::upstreams_report(view); }

template <Json (*report)(const View&, std::string_view)>
int answer(const char* /*command*/, const char* params, rte_tel_data* info) {
  const std::scoped_lock lock(view_mutex);
  if (current_view == nullptr) return kNothing;
  try {  // nothing may be thrown into DPDK's thread
    const Json json = report(*current_view, params == nullptr ? std::string_view() : std::string_view(params));
    return json.is_object() ? fill(*info, reports::telemetry_shape(json)) : kNothing;
  } catch (const std::exception&) {
    return kNothing;
  }
}

struct Command {
  const char* path;
  telemetry_cb callback;
  const char* help;
};

constexpr std::array kCommands{
    Command{"/sluice/status", answer<status_for>, "How the appliance is. No parameters"},
    Command{"/sluice/stats", answer<stats_for>, "All counters, summed. Parameters: worker number (optional)"},
    Command{"/sluice/cache", answer<cache_for>, "Figures of the cache. No parameters"},
    Command{"/sluice/upstreams", answer<upstreams_for>, "Budgets and upstream servers. No parameters"},
    Command{"/sluice/lcore", answer<lcore_for>, "Polling threads, their roles and polls. No parameters"},
};

int register_all() noexcept {
  int worst = 0;
  for (const Command& command : kCommands) {
    worst = std::min(worst, rte_telemetry_register_cmd(command.path, command.callback, command.help));
  }
  return worst;
}

}  // namespace

diag::Status register_telemetry(const View& view) {
  int result = 0;
  std::call_once(registered_once, [&] { result = register_all(); });
  if (result < 0) {
    return diag::fail(diag::Code::kUnavailable,
                      fmt::format("DPDK's telemetry takes no more commands ({}): /sluice/... is not there for "
                                  "dpdk-telemetry.py; sluicectl shows the same figures",
                                  std::strerror(-result)));
  }
  const std::scoped_lock lock(view_mutex);
  current_view = &view;
  return {};
}

void stop_telemetry() noexcept {
  const std::scoped_lock lock(view_mutex);
  current_view = nullptr;
}

}  // namespace control
