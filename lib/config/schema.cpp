// SPDX-License-Identifier: Apache-2.0
// The table of sluice.yaml as JSON Schema.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "checked.hpp"
#include "reference.hpp"

namespace config {
namespace {

using keyfile::KeySpec;
using keyfile::Type;

using Json = nlohmann::ordered_json;

Json schema_of(const KeySpec& spec);

/// An object with the keys below `path`; unknown keys are forbidden.
Json object_of(std::string_view path) {
  Json object{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const std::string_view name : keyfile::children_of(config_keys(), path)) {
    const std::string child = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
    const KeySpec& spec = *keyfile::find_key(config_keys(), child);
    object["properties"][std::string(name)] = schema_of(spec);
    if (spec.fallback.empty()) required.push_back(std::string(name));
  }
  if (!required.empty()) object["required"] = required;
  return object;
}

std::string_view pattern_of(Type type) {
  switch (type) {
    case Type::kBytes:
      return "^[0-9]+(B|KiB|MiB|GiB|TiB)$";
    case Type::kDuration:
      return "^[0-9]+(us|ms|s|m|h|d)$";
    case Type::kPercent:
      return "^[0-9]+%$";
    case Type::kInterfaceAddress:
    case Type::kPrefix:
      return "^[0-9a-fA-F.:]+/[0-9]+$";
    case Type::kAddress:
      return "^[0-9a-fA-F.:]+$";
    case Type::kName:
      return "^[A-Za-z0-9_][A-Za-z0-9_.-]*$";
    case Type::kPath:
      return "^/";
    case Type::kSecret:
      return "^[0-9a-fA-F]*$";
    default:
      return {};
  }
}

Json type_of(const KeySpec& spec) {
  switch (spec.type) {
    case Type::kMap:
      return object_of(spec.path);
    case Type::kList:
      return {{"type", "array"},
              {"minItems", spec.min},
              {"maxItems", spec.max},
              {"items", schema_of(*keyfile::find_key(config_keys(), fmt::format("{}[]", spec.path)))}};
    case Type::kInteger:
      return {{"type", "integer"}, {"minimum", spec.min}, {"maximum", spec.max}};
    case Type::kFraction:
      return {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
    case Type::kChoice:
      return {{"enum", keyfile::words_of(spec)}};
    default:
      break;
  }
  Json text{{"type", "string"}};
  if (const std::string_view pattern = pattern_of(spec.type); !pattern.empty()) text["pattern"] = pattern;
  if (spec.max != 0 && pattern_of(spec.type).find("[0-9]+") == std::string_view::npos) {
    text["minLength"] = spec.min;
    text["maxLength"] = spec.max;
  }
  return text;
}

Json schema_of(const KeySpec& spec) {
  Json schema = type_of(spec);
  if (spec.type != Type::kChoice && !spec.words.empty()) {
    schema = {{"oneOf", Json::array({{{"enum", keyfile::words_of(spec)}}, schema})}};
  }
  schema["description"] = spec.doc;
  return schema;
}

}  // namespace

std::string configuration_schema() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "sluice.yaml"}};
  schema.update(object_of({}));
  return schema.dump(2) + '\n';
}

}  // namespace config
