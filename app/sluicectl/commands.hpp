// SPDX-License-Identifier: Apache-2.0
/// @file commands.hpp – the command line, made from the table of verbs.
///
/// Purpose    one subcommand for each row of verbs::kVerbs, with its arguments and help; parsing fills in the request.
/// Threads    main thread.
/// Ownership  owns the values that the parser writes; outlives the parse.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include <CLI/CLI.hpp>

#include "client.hpp"
#include "verbs/table.hpp"

namespace sluicectl {

class Commands {
 public:
  explicit Commands(CLI::App& app);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// The row that the command line chose, and its request. After a parse that succeeded.
  [[nodiscard]] const verbs::VerbSpec& verb() const noexcept { return *verb_; }
  [[nodiscard]] const Json& request() const noexcept { return request_; }
  /// --once was given.
  [[nodiscard]] bool once() const noexcept { return once_; }

 private:
  struct Value {
    const verbs::ArgSpec* spec = nullptr;
    CLI::Option* option = nullptr;
    std::string text;
    std::uint64_t number = 0;
    bool is_set = false;  // of flags
    bool is_all = false;  // of the scope: --all
  };
  struct Command {
    const verbs::VerbSpec* verb = nullptr;
    std::deque<Value> values;
  };

  void add(CLI::App& parent, std::string_view name, const verbs::VerbSpec& verb);
  static void add_argument(CLI::App& app, Command& command, const verbs::ArgSpec& spec);
  static void add_scope(CLI::App& app, Command& command, Value& value);
  void choose(const Command& command);

  std::deque<Command> commands_;
  const verbs::VerbSpec* verb_ = nullptr;
  Json request_;
  bool once_ = false;
};

}  // namespace sluicectl
