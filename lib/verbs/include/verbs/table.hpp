// SPDX-License-Identifier: Apache-2.0
/// @file table.hpp – the control verbs: one row each.
///
/// Purpose    the socket's parser and dispatcher, `sluicectl`'s subcommands and their help, and docs/control-protocol.md
///            all follow from kVerbs. A new verb is a function of Actions, a row here, its implementation in
///            control/verbs.cpp and a test; then run scripts/gen-docs.
/// Threads    constants; Actions are called on the control thread.
/// Invariants 1. Every name is unique; `_` in it separates a group of subcommands (`cache_flush` = `sluicectl cache flush`).
///            2. Every group has a row in kGroups.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/fixed_vector.hpp"
#include "verbs/arguments.hpp"
#include "verbs/request.hpp"

namespace verbs {

/// Carries out requests on the running appliance. Each calls `reply` once, at once or later.
class Actions {
 public:
  virtual ~Actions() = default;
  virtual void status(const Request& request, Reply reply) = 0;
  virtual void stats(const Request& request, Reply reply) = 0;
  virtual void inflight(const Request& request, Reply reply) = 0;
  virtual void fetchlimit(const Request& request, Reply reply) = 0;
  virtual void upstreams(const Request& request, Reply reply) = 0;
  virtual void cache_lookup(const Request& request, Reply reply) = 0;
  virtual void cache_flush(const Request& request, Reply reply) = 0;
  virtual void cache_stats(const Request& request, Reply reply) = 0;
  virtual void cache_dump(const Request& request, Reply reply) = 0;
  virtual void cache_load(const Request& request, Reply reply) = 0;
  virtual void top(const Request& request, Reply reply) = 0;
  virtual void blocks_list(const Request& request, Reply reply) = 0;
  virtual void blocks_add(const Request& request, Reply reply) = 0;
  virtual void blocks_clear(const Request& request, Reply reply) = 0;
  virtual void reload(const Request& request, Reply reply) = 0;
  virtual void version(const Request& request, Reply reply) = 0;
};

/// How `sluicectl` runs the verb.
enum class Pace : std::uint8_t {
  kOnce,
  kSlow,  // waits up to ten minutes for the reply
  kLive,  // on a terminal: again every second, unless --once is given
};

struct VerbSpec {
  std::string_view name;
  std::string_view help;
  void (Actions::*run)(const Request& request, Reply reply) = nullptr;
  std::array<ArgSpec, 4> args{};                            // those with a key
  diag::Status (*check)(const Request& request) = nullptr;  // what no single argument can tell
  Pace pace = Pace::kOnce;

  [[nodiscard]] std::span<const ArgSpec> arguments() const noexcept {
    std::size_t count = 0;
    while (count < args.size() && !args[count].key.empty()) ++count;
    return std::span(args).first(count);
  }
};

struct GroupSpec {
  std::string_view name;
  std::string_view help;
};

/// scope `everything` takes no name, the others need one.
diag::Status check_flush(const Request& request);

inline constexpr std::array kGroups{
    GroupSpec{"cache", "Show what the cache holds, save it to a file, load it, or remove entries"},
    GroupSpec{"blocks", "List, add and clear client blocks"},
};

inline constexpr std::array kVerbs{
    VerbSpec{.name = "status", .help = "Show the state of the appliance on one screen", .run = &Actions::status},
    VerbSpec{.name = "stats", .help = "Show every counter that is not 0", .run = &Actions::stats},
    VerbSpec{.name = "inflight",
             .help = "List the questions that are outstanding upstream, and who waits for them",
             .run = &Actions::inflight,
             .args = {kInflightLimit}},
    VerbSpec{.name = "recursing", .help = "The same as inflight", .run = &Actions::inflight, .args = {kInflightLimit}},
    VerbSpec{.name = "fetchlimit",
             .help = "List the servers and zones that are at their fetch quota",
             .run = &Actions::fetchlimit},
    VerbSpec{.name = "upstreams", .help = "Show the budgets and the upstream servers", .run = &Actions::upstreams},
    VerbSpec{.name = "cache_lookup",
             .help = "Show the cache entry for a question",
             .run = &Actions::cache_lookup,
             .args = {required(kName), required(kType), kDo, kCd}},
    VerbSpec{.name = "cache_flush",
             .help = "Remove a name, a name and all below it, a type, or everything",
             .run = &Actions::cache_flush,
             .args = {kFlushName, required(kScope), kOnlyType},
             .check = check_flush},
    VerbSpec{.name = "cache_stats",
             .help = "Show cache memory by size class, and eviction counts by reason",
             .run = &Actions::cache_stats},
    VerbSpec{.name = "cache_dump",
             .help = "Write every cache entry to a file that cache load can read",
             .run = &Actions::cache_dump,
             .args = {required(kFile)},
             .pace = Pace::kSlow},
    VerbSpec{.name = "cache_load",
             .help = "Add the entries of a file to the cache, aged by the time since it was written",
             .run = &Actions::cache_load,
             .args = {required(kFile)},
             .pace = Pace::kSlow},
    VerbSpec{.name = "top",
             .help = "Show the heaviest clients, names, zones or types of the last second",
             .run = &Actions::top,
             .args = {kSubject, kBy, kTopLimit},
             .pace = Pace::kLive},
    VerbSpec{.name = "blocks_list",
             .help = "List the client blocks with their reasons and remaining times",
             .run = &Actions::blocks_list},
    VerbSpec{.name = "blocks_add",
             .help = "Block an address or a network",
             .run = &Actions::blocks_add,
             .args = {required(kPrefix), kAction, kForSec, required(kReason)}},
    VerbSpec{.name = "blocks_clear",
             .help = "Remove one client block, or all",
             .run = &Actions::blocks_clear,
             .args = {kClearedPrefix}},
    VerbSpec{.name = "reload",
             .help = "Read the configuration again; a file with errors changes nothing",
             .run = &Actions::reload},
    VerbSpec{
        .name = "version", .help = "Show the versions of this program and of the appliance", .run = &Actions::version},
};

/// nullptr: there is no such verb.
[[nodiscard]] const VerbSpec* find_verb(std::string_view name) noexcept;
/// The tables of verbs and arguments in docs/control-protocol.md; scripts/gen-docs writes them.
[[nodiscard]] std::string verb_tables();

}  // namespace verbs
