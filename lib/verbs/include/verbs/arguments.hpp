// SPDX-License-Identifier: Apache-2.0
/// @file arguments.hpp – the arguments that control verbs take.
///
/// Purpose    one row for each argument: its key in a request, how `sluicectl` takes it, what it means, and the function
///            that checks it. A verb (table.hpp) names the rows that it takes.
/// Threads    constants and pure functions.
/// Errors     a value that is refused gives a sentence that starts with the key.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/words.hpp"
#include "cache/flush_scope.hpp"
#include "diag/result.hpp"
#include "dns/question_key.hpp"
#include "policy/settings.hpp"
#include "topk/recorder.hpp"
#include "verbs/json.hpp"
#include "verbs/request.hpp"

namespace verbs {

/// How `sluicectl` takes the argument and which JSON it becomes.
enum class ArgKind : std::uint8_t {
  kText,
  kNumber,
  kWord,      // one of `words`
  kDuration,  // 90s, 10m, 1h; seconds in the request
  kFile,      // made absolute
  kFlag,      // true when given
  kScope,     // --suffix, --subtree and --all; without them: `name` when a name is given, else `everything`
};

struct ArgSpec {
  std::string_view key;  // in "args" of a request
  ArgKind kind = ArgKind::kText;
  std::string_view option;  // of sluicectl: "--by"; "NAME" without dashes is a positional argument
  std::string_view type;    // for the reference: what the value looks like
  std::string_view help;
  diag::Status (*read)(const ArgSpec& spec, const Json& value, Request& request) = nullptr;
  bool required = false;
  std::string_view standard{};                // sluicectl sends this when the argument is not given
  std::span<const std::string_view> words{};  // of kWord and kScope
  std::uint8_t flag = 0;                      // of kFlag: the key flag that it sets
};

/// The same argument, which a request must have.
[[nodiscard]] constexpr ArgSpec required(ArgSpec spec) noexcept {
  spec.required = true;
  return spec;
}

diag::Status read_name(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_type(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_flag(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_scope(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_limit(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_prefix(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_action(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_duration(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_reason(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_file(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_subject(const ArgSpec& spec, const Json& value, Request& request);
diag::Status read_measure(const ArgSpec& spec, const Json& value, Request& request);

inline constexpr auto kScopeTexts = base::texts_of(cache::kFlushScopeWords);
inline constexpr auto kActionTexts = base::texts_of(policy::kBlockActionWords);
inline constexpr auto kSubjectTexts = base::texts_of(topk::kSubjectWords);
inline constexpr auto kMeasureTexts = base::texts_of(topk::kMeasureWords);
/// `nxdomain` and `held` are kept of clients only, so that `top` does not rank by them.
inline constexpr std::span<const std::string_view> kRankedTexts = std::span(kMeasureTexts).first<4>();

inline constexpr ArgSpec kName{
    .key = "name", .option = "NAME", .type = "a domain name", .help = "Domain name", .read = read_name};
inline constexpr ArgSpec kFlushName{.key = "name",
                                    .option = "NAME",
                                    .type = "a domain name; not with scope `everything`",
                                    .help = "Domain name; without one everything is removed",
                                    .read = read_name};
inline constexpr ArgSpec kType{.key = "type",
                               .option = "TYPE",
                               .type = "a record type, `A` or `TYPE123`",
                               .help = "Record type: A, AAAA, ... or TYPE123",
                               .read = read_type};
inline constexpr ArgSpec kOnlyType{.key = "type",
                                   .option = "--type",
                                   .type = "a record type, `A` or `TYPE123`",
                                   .help = "Only entries of this record type: A, AAAA, ... or TYPE123",
                                   .read = read_type};
inline constexpr ArgSpec kDo{.key = "do",
                             .kind = ArgKind::kFlag,
                             .option = "--do",
                             .type = "true or false",
                             .help = "The entry for clients that set the DO bit",
                             .read = read_flag,
                             .flag = dns::kKeyFlagDo};
inline constexpr ArgSpec kCd{.key = "cd",
                             .kind = ArgKind::kFlag,
                             .option = "--cd",
                             .type = "true or false",
                             .help = "The entry for clients that set the CD bit",
                             .read = read_flag,
                             .flag = dns::kKeyFlagCd};
inline constexpr ArgSpec kScope{.key = "scope",
                                .kind = ArgKind::kScope,
                                .option = "[--suffix] [--all]",
                                .type = "a word",
                                .help = "Which names: all, the name alone, or the name and all below it",
                                .read = read_scope,
                                .words = kScopeTexts};
inline constexpr ArgSpec kInflightLimit{.key = "limit",
                                        .kind = ArgKind::kNumber,
                                        .option = "--limit",
                                        .type = "a number from 1 to 4096",
                                        .help = "Rows to show at most (default 1000)",
                                        .read = read_limit};
inline constexpr ArgSpec kTopLimit{.key = "limit",
                                   .kind = ArgKind::kNumber,
                                   .option = "--limit",
                                   .type = "a number from 1 to 4096",
                                   .help = "Rows to show at most (default 20)",
                                   .read = read_limit};
inline constexpr ArgSpec kFile{.key = "file",
                               .kind = ArgKind::kFile,
                               .option = "FILE",
                               .type = "an absolute path",
                               .help = "File on the appliance's machine",
                               .read = read_file};
inline constexpr ArgSpec kSubject{.key = "subject",
                                  .kind = ArgKind::kWord,
                                  .option = "SUBJECT",
                                  .type = "a word",
                                  .help = "clients, names, zones or types",
                                  .read = read_subject,
                                  .standard = "clients",
                                  .words = kSubjectTexts};
inline constexpr ArgSpec kBy{.key = "by",
                             .kind = ArgKind::kWord,
                             .option = "--by",
                             .type = "a word",
                             .help = "queries, misses, upstream or bytes",
                             .read = read_measure,
                             .standard = "queries",
                             .words = kRankedTexts};
inline constexpr ArgSpec kPrefix{.key = "prefix",
                                 .option = "PREFIX",
                                 .type = "an address or a network",
                                 .help = "10.0.0.7, 10.0.0.0/24, fd00::/64",
                                 .read = read_prefix};
inline constexpr ArgSpec kClearedPrefix{
    .key = "prefix",
    .option = "PREFIX",
    .type = "an address or a network",
    .help = "The prefix of one block, as the list shows it; without one all are removed",
    .read = read_prefix};
inline constexpr ArgSpec kAction{.key = "action",
                                 .kind = ArgKind::kWord,
                                 .option = "--action",
                                 .type = "a word",
                                 .help = "cache-only: answer from the cache only; refuse: REFUSED; drop: no answer",
                                 .read = read_action,
                                 .standard = "cache-only",
                                 .words = kActionTexts};
inline constexpr ArgSpec kForSec{.key = "for_sec",
                                 .kind = ArgKind::kDuration,
                                 .option = "--for",
                                 .type = "a number of seconds from 1 to 604800",
                                 .help = "How long: 90s, 10m, 1h",
                                 .read = read_duration,
                                 .standard = "60"};
inline constexpr ArgSpec kReason{.key = "reason",
                                 .option = "--reason",
                                 .type = "1 to 120 printable ASCII characters",
                                 .help = "The reason that the log and the list show",
                                 .read = read_reason};

}  // namespace verbs
