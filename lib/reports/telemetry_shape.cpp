// SPDX-License-Identifier: Apache-2.0
// Walks a report and keeps what DPDK's telemetry can carry.
#include "reports/telemetry_shape.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reports {
namespace {

std::string key_of(std::string key) {
  const auto is_known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
  };
  for (char& c : key) {
    if (!is_known(c)) c = '_';
  }
  return key.substr(0, kTelemetryTextBytes);
}

bool is_list_of_strings(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_string(); });
}

Json text_of(const Json& value) { return value.get_ref<const std::string&>().substr(0, kTelemetryTextBytes); }

Json shaped(const Json& value) {
  if (value.is_object()) return telemetry_shape(value);
  if (value.is_boolean()) return value.get<bool>() ? 1U : 0U;
  if (value.is_string()) return text_of(value);
  if (is_list_of_strings(value)) {
    Json list = Json::array();
    for (const Json& one : value) list.push_back(text_of(one));
    return list;
  }
  if (value.is_array()) {
    Json numbered = Json::object();
    for (const Json& one : value) numbered[std::to_string(numbered.size())] = one;
    return telemetry_shape(numbered);
  }
  return value.is_number_integer() ? value : Json(nullptr);
}

}  // namespace

Json telemetry_shape(const Json& report) {
  Json result = Json::object();
  for (const auto& [key, value] : report.items()) {
    Json one = shaped(value);
    if (!one.is_null()) result[key_of(key)] = std::move(one);
  }
  return result;
}

}  // namespace reports
