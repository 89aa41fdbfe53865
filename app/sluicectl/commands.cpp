// SPDX-License-Identifier: Apache-2.0
// Subcommands from the table of verbs, and the request from their values.
#include "commands.hpp"

#include <filesystem>
#include <map>
#include <string_view>
#include <vector>

namespace sluicectl {
namespace {

using verbs::ArgKind;
using verbs::ArgSpec;

constexpr std::string_view kOnceHelp = "Show the last second only, as when the output is not a terminal";

std::vector<std::string> words_of(const ArgSpec& spec) { return {spec.words.begin(), spec.words.end()}; }

/// Given but empty differs from not given: a script's unset variable must not empty the cache.
bool is_given(const CLI::Option* option) { return option != nullptr && option->count() != 0; }

const std::map<std::string, std::uint64_t>& time_units() {
  static const std::map<std::string, std::uint64_t> units{{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}};
  return units;
}

}  // namespace

Commands::Commands(CLI::App& app) {
  std::map<std::string_view, CLI::App*> groups;
  for (const verbs::VerbSpec& verb : verbs::kVerbs) {
    const std::size_t cut = verb.name.find('_');
    if (cut == std::string_view::npos) {
      add(app, verb.name, verb);
      continue;
    }
    CLI::App*& group = groups[verb.name.substr(0, cut)];
    if (group == nullptr) {
      for (const verbs::GroupSpec& spec : verbs::kGroups) {
        if (spec.name != verb.name.substr(0, cut)) continue;
        group =
            app.add_subcommand(std::string(spec.name), std::string(spec.help))->require_subcommand(1)->fallthrough();
      }
    }
    add(*group, verb.name.substr(cut + 1), verb);
  }
}

void Commands::add(CLI::App& parent, std::string_view name, const verbs::VerbSpec& verb) {
  auto* const app = parent.add_subcommand(std::string(name), std::string(verb.help))->fallthrough();
  Command& command = commands_.emplace_back();
  command.verb = &verb;
  for (const ArgSpec& spec : verb.arguments()) add_argument(*app, command, spec);
  if (verb.pace == verbs::Pace::kLive) app->add_flag("--once", once_, std::string(kOnceHelp));
  app->callback([this, &command] { choose(command); });
}

void Commands::add_argument(CLI::App& app, Command& command, const ArgSpec& spec) {
  Value& value = command.values.emplace_back();
  value.spec = &spec;
  if (spec.kind == ArgKind::kScope) return add_scope(app, command, value);
  const std::string option(spec.option);
  const std::string help(spec.help);
  switch (spec.kind) {
    case ArgKind::kFlag:
      value.option = app.add_flag(option, value.is_set, help);
      break;
    case ArgKind::kNumber:
      value.option = app.add_option(option, value.number, help)->check(CLI::NonNegativeNumber);
      break;
    case ArgKind::kDuration:
      value.number = std::stoull(std::string(spec.standard));
      value.option = app.add_option(option, value.number, help)
                         ->transform(CLI::AsNumberWithUnit(time_units(), CLI::AsNumberWithUnit::DEFAULT, "TIME"))
                         ->capture_default_str();
      break;
    case ArgKind::kWord:
      value.text = spec.standard;
      value.option =
          app.add_option(option, value.text, help)->check(CLI::IsMember(words_of(spec)))->capture_default_str();
      break;
    default:
      value.option = app.add_option(option, value.text, help);
      break;
  }
  value.option->required(spec.required);
}

/// The flags refer to the name, the argument before this one.
void Commands::add_scope(CLI::App& app, Command& command, Value& value) {
  CLI::Option* const name = command.values.front().option;
  value.option = app.add_flag("--suffix,--subtree", value.is_set, "Also everything below the name")->needs(name);
  app.add_flag("--all", value.is_all, "Everything, which is the default without a name")->excludes(name);
}

void Commands::choose(const Command& command) {
  verb_ = command.verb;
  Json args = Json::object();
  for (const Value& value : command.values) {
    const std::string key(value.spec->key);
    const bool has_standard = !value.spec->standard.empty();
    if (value.spec->kind == ArgKind::kScope) {
      args[key] = !is_given(command.values.front().option) ? "everything" : value.is_set ? "subtree" : "name";
      continue;
    }
    if (!is_given(value.option) && !has_standard) continue;
    switch (value.spec->kind) {
      case ArgKind::kFlag:
        args[key] = value.is_set;
        break;
      case ArgKind::kNumber:
      case ArgKind::kDuration:
        args[key] = value.number;
        break;
      case ArgKind::kFile:
        args[key] = std::filesystem::absolute(value.text).string();
        break;
      default:
        args[key] = value.text;
        break;
    }
  }
  request_ = {{"verb", std::string(verb_->name)}};
  if (!args.empty()) request_["args"] = std::move(args);
}

}  // namespace sluicectl
