// SPDX-License-Identifier: Apache-2.0
// What the table of verbs gives: a row by its name, and the tables of docs/control-protocol.md.
#include "verbs/table.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace verbs {
namespace {

std::string command_line(const VerbSpec& verb) {
  std::string line(verb.name);
  std::replace(line.begin(), line.end(), '_', ' ');
  for (const ArgSpec& arg : verb.arguments()) {
    if (arg.kind == ArgKind::kScope) {
      fmt::format_to(std::back_inserter(line), " {}", arg.option);
      continue;
    }
    std::string text(arg.option);
    if (arg.option.starts_with("--") && arg.kind != ArgKind::kFlag) {
      text += arg.kind == ArgKind::kNumber ? " N" : arg.kind == ArgKind::kDuration ? " TIME" : " TEXT";
      if (!arg.words.empty()) text = fmt::format("{} {}", arg.option, fmt::join(arg.words, "\\|"));
    }
    line += arg.required ? " " + text : fmt::format(" [{}]", text);
  }
  return line;
}

std::string argument_list(const VerbSpec& verb) {
  std::string list;
  for (const ArgSpec& arg : verb.arguments()) {
    fmt::format_to(std::back_inserter(list), "{}`{}`{}", list.empty() ? "" : ", ", arg.key,
                   arg.required ? "" : " (optional)");
  }
  return list.empty() ? "none" : list;
}

std::string value_text(const ArgSpec& arg) {
  if (arg.words.empty()) return std::string(arg.type);
  return fmt::format("`{}`", fmt::join(arg.words, "`, `"));
}

}  // namespace

const VerbSpec* find_verb(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbSpec& v) { return v.name == name; });
  return found == kVerbs.end() ? nullptr : found;
}

diag::Status check_flush(const Request& request) {
  const bool is_everything = request.scope == cache::FlushScope::kEverything;
  if (is_everything != request.qname.empty()) {
    return diag::fail(diag::Code::kInvalid, request.qname.empty() ? "cache_flush: name is needed with this scope"
                                                                  : "cache_flush: scope everything takes no name");
  }
  return {};
}

std::string verb_tables() {
  std::string text = "\n| verb | `sluicectl` | arguments | effect |\n|---|---|---|---|\n";
  for (const VerbSpec& verb : kVerbs) {
    fmt::format_to(std::back_inserter(text), "| `{}` | `{}` | {} | {} |\n", verb.name, command_line(verb),
                   argument_list(verb), verb.help);
  }
  text += "\n| verb | argument | value | meaning |\n|---|---|---|---|\n";
  for (const VerbSpec& verb : kVerbs) {
    for (const ArgSpec& arg : verb.arguments()) {
      fmt::format_to(std::back_inserter(text), "| `{}` | `{}` | {} | {} |\n", verb.name, arg.key, value_text(arg),
                     arg.help);
    }
  }
  return text + "\n";
}

}  // namespace verbs
