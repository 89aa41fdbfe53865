// SPDX-License-Identifier: Apache-2.0
/// @file request.hpp – what may be asked over the control socket, checked, and the lines that answer.
///
/// Purpose    one JSON object per line in, one out:
///              {"verb":"cache_lookup","args":{"name":"www.example.","type":"A"}}
///              {"ok":true,"data":…}   {"ok":false,"code":"invalid","error":"a sentence"}
///            A Request cannot hold a name, type or limit that was not checked.
/// Threads    pure functions and value types.
/// Errors     the sentence names the key, what is wrong and what is allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diag/result.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"
#include "policy/settings.hpp"
#include "topk/recorder.hpp"
#include "verbs/json.hpp"

namespace verbs {

inline constexpr std::size_t kMaxRequestBytes = 64U << 10;
inline constexpr std::size_t kDefaultInflightRows = 1'000;
inline constexpr std::size_t kMaxInflightRows = 4'096;
inline constexpr std::size_t kMaxZoneRows = 1'024;
inline constexpr std::size_t kDefaultTopRows = 20;

enum class Verb : std::uint8_t {
  kStatus,
  kStats,
  kInflight,
  kFetchLimit,
  kUpstreams,
  kCacheLookup,
  kCacheFlush,
  kCacheStats,
  kCacheDump,
  kCacheLoad,
  kTop,
  kBlocksList,
  kBlocksAdd,
  kBlocksClear,
  kReload,
  kVersion
};

enum class FlushScope : std::uint8_t {
  kEverything,
  kName,     // every type of exactly this name
  kSubtree,  // the name and all below it
};

/// A client block as it is asked for.
struct NewBlock {
  net::Prefix prefix;
  policy::BlockAction action = policy::BlockAction::kCacheOnly;
  std::chrono::seconds duration{60};
  std::string reason;
};

struct Request {
  Verb verb = Verb::kVersion;
  std::vector<std::byte> qname;  // folded wire form; of cache_lookup and cache_flush
  dns::QType qtype = dns::QType::kA;
  std::uint8_t key_flags = 0;  // dns::kKeyFlagDo | dns::kKeyFlagCd
  FlushScope scope = FlushScope::kEverything;
  std::optional<dns::QType> only;                  // cache_flush: of this type only
  std::optional<std::size_t> limit;                // rows of inflight and top
  topk::Subject subject = topk::Subject::kClient;  // of top
  topk::Measure by = topk::Measure::kQueries;      // likewise
  std::optional<net::Prefix> prefix;               // of blocks_add and blocks_clear; not given: all
  std::filesystem::path file;                      // absolute; of cache_dump and cache_load
  NewBlock block;                                  // of blocks_add
};

/// "cache_lookup": the verb as it stands in a request.
[[nodiscard]] std::string_view verb_name(Verb verb) noexcept;

/// `line` without its end. Any bytes may be given.
[[nodiscard]] diag::Result<Request> parse_request(std::string_view line);

/// One line each, with its end.
[[nodiscard]] std::string reply_line(const diag::Result<Json>& result);
/// "invalid", "unavailable", "exhausted", "internal"
[[nodiscard]] std::string_view code_name(diag::Code code) noexcept;

}  // namespace verbs
