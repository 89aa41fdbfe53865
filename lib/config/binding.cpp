// SPDX-License-Identifier: Apache-2.0
// Follows the rows of the table into the file and into Settings.
#include "binding.hpp"

#include "checked.hpp"

namespace config {
namespace {

/// `path` leads from `map` to the key: "budget.limit", "uplinks[].budget.limit".
void put_value(const keyfile::KeySpec& key, const Section& map, std::string_view path, std::size_t element,
               Settings& settings) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    const Marked<keyfile::Scalar> value = map.scalar_of(path);
    if (value.usable()) key.to->put(settings, element, value.value);
    return;
  }
  std::string_view first = path.substr(0, dot);
  path.remove_prefix(dot + 1);
  if (!first.ends_with("[]")) return put_value(key, map.section(first), path, element, settings);
  first.remove_suffix(2);
  const std::vector<Section> elements = map.sections(first);
  for (std::size_t i = 0; i < elements.size(); ++i) put_value(key, elements[i], path, i, settings);
}

}  // namespace

void put_values(const Section& file, Settings& settings) {
  for (const keyfile::KeySpec& key : config_keys()) {
    if (key.to != nullptr && key.to->put != nullptr) put_value(key, file, key.path, 0, settings);
  }
}

void keep_running(const Settings& running, Settings& fresh) {
  for (const keyfile::KeySpec& key : config_keys()) {
    if (key.reload == keyfile::Reload::kRestart && key.to != nullptr) key.to->keep(fresh, running);
  }
}

}  // namespace config
