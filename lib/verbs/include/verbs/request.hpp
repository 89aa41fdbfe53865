// SPDX-License-Identifier: Apache-2.0
/// @file request.hpp – a request of the control socket, checked, and the lines that carry requests and replies.
///
/// Purpose    one JSON object per line in each direction:
///              {"verb":"cache_lookup","args":{"name":"www.example.","type":"A"}}
///              {"ok":true,"data":…}   {"ok":false,"code":"invalid","error":"a sentence"}
///            A Request holds only names, types, limits and words that were checked.
/// Threads    pure functions and value types.
/// Errors     the sentence names the key, what is wrong and what is allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/flush_scope.hpp"
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

struct VerbSpec;

/// A client block as an operator requests it.
struct NewBlock {
  net::Prefix prefix;
  policy::BlockAction action = policy::BlockAction::kCacheOnly;
  std::chrono::seconds duration{60};
  std::string reason;
};

/// The verb and the values of its arguments (verbs/arguments.hpp); values of arguments that were not given keep these.
struct Request {
  const VerbSpec* verb = nullptr;  // a row of kVerbs
  std::vector<std::byte> qname;    // folded wire form
  dns::QType qtype = dns::QType::kA;
  std::optional<dns::QType> only;  // `type`, where it restricts the verb to entries of this type
  std::uint8_t key_flags = 0;      // dns::kKeyFlagDo | dns::kKeyFlagCd
  cache::FlushScope scope = cache::FlushScope::kEverything;
  std::optional<std::size_t> limit;  // rows
  topk::Subject subject = topk::Subject::kClient;
  topk::Measure by = topk::Measure::kQueries;
  std::optional<net::Prefix> prefix;
  std::filesystem::path file;  // absolute
  NewBlock block;
};

/// Call exactly once; later calls do nothing.
using Reply = std::function<void(diag::Result<Json>)>;

/// `line` without its end. Any bytes may be given.
[[nodiscard]] diag::Result<Request> parse_request(std::string_view line);

/// One line with its end.
[[nodiscard]] std::string reply_line(const diag::Result<Json>& result);
/// "invalid", "unavailable", "exhausted", "internal"
[[nodiscard]] std::string_view code_name(diag::Code code) noexcept;

}  // namespace verbs
