// SPDX-License-Identifier: Apache-2.0
// Parses request lines by the table of verbs, and writes reply lines.
#include "verbs/request.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "quoted.hpp"
#include "verbs/table.hpp"

namespace verbs {
namespace {

diag::Error invalid(std::string sentence) { return {diag::Code::kInvalid, std::move(sentence)}; }

std::string verb_list() {
  std::string list;
  for (const VerbSpec& verb : kVerbs) list += fmt::format("{}{}", list.empty() ? "" : ", ", verb.name);
  return list;
}

/// "name and type are needed"; empty: no required argument is missing.
std::string missing(const Json& args, const VerbSpec& verb) {
  std::string names;
  bool is_missing = false;
  std::size_t count = 0;
  for (const ArgSpec& arg : verb.arguments()) {
    if (!arg.required) continue;
    names += fmt::format("{}{}", count++ == 0 ? "" : " and ", arg.key);
    is_missing = is_missing || !args.contains(arg.key);
  }
  return is_missing ? fmt::format("{} {} needed", names, count == 1 ? "is" : "are") : std::string();
}

diag::Status read_args(const Json& args, const VerbSpec& verb, Request& request) {
  if (!args.is_object()) return diag::fail(invalid("args: an object is needed"));
  const auto specs = verb.arguments();
  for (const auto& item : args.items()) {
    const std::string& key = item.key();
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const ArgSpec& arg) { return arg.key == key; });
    if (spec == specs.end()) {
      return diag::fail(invalid(fmt::format("{}: takes no argument {}", verb.name, in_quotes(key))));
    }
    if (auto status = spec->read(*spec, item.value(), request); !status) return status;
  }
  if (const std::string names = missing(args, verb); !names.empty()) {
    return diag::fail(invalid(fmt::format("{}: {}", verb.name, names)));
  }
  return verb.check == nullptr ? diag::Status{} : verb.check(request);
}

diag::Result<const VerbSpec*> verb_of(const Json& whole) {
  const auto name = whole.find("verb");
  if (name == whole.end() || !name->is_string()) {
    return diag::fail(invalid(fmt::format("verb: one of {} is needed", verb_list())));
  }
  const auto& text = name->get_ref<const std::string&>();
  const VerbSpec* const verb = find_verb(text);
  if (verb == nullptr) {
    return diag::fail(invalid(fmt::format("verb: {} is unknown; there are {}", in_quotes(text), verb_list())));
  }
  return verb;
}

}  // namespace

diag::Result<Request> parse_request(std::string_view line) {
  if (line.size() > kMaxRequestBytes) {
    return diag::fail(invalid(fmt::format("a request has at most {} bytes", kMaxRequestBytes)));
  }
  const Json whole = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!whole.is_object()) {
    return diag::fail(invalid(R"(a request is one JSON object in a line: {"verb":"status"})"));
  }
  for (const auto& [key, value] : whole.items()) {
    if (key != "verb" && key != "args") {
      return diag::fail(invalid(fmt::format("{} is unknown; a request has verb and args", in_quotes(key))));
    }
  }
  const auto verb = verb_of(whole);
  if (!verb) return diag::fail(verb.error());
  Request request;
  request.verb = *verb;
  const auto args = whole.find("args");
  if (auto status = read_args(args == whole.end() ? Json::object() : *args, **verb, request); !status) {
    return diag::fail(status.error());
  }
  return request;
}

std::string_view code_name(diag::Code code) noexcept {
  switch (code) {
    case diag::Code::kInvalid:
      return "invalid";
    case diag::Code::kUnavailable:
      return "unavailable";
    case diag::Code::kExhausted:
      return "exhausted";
    case diag::Code::kInternal:
      break;
  }
  return "internal";
}

std::string reply_line(const diag::Result<Json>& result) {
  Json reply = {{"ok", result.has_value()}};
  if (result) {
    reply["data"] = *result;
  } else {
    reply["code"] = code_name(result.error().code());
    reply["error"] = result.error().sentence();
  }
  // A sentence may quote bytes that are not UTF-8, or half of a character: dump() replaces them instead of throwing.
  std::string line = reply.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  line += '\n';
  return line;
}

}  // namespace verbs
