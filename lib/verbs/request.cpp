// SPDX-License-Identifier: Apache-2.0
// Requests from text, replies to text.
#include "verbs/request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/bytes.hpp"
#include "dns/name.hpp"
#include "dns/question_key.hpp"
#include "dns/text.hpp"
#include "net/text.hpp"

namespace verbs {
namespace {

struct VerbInfo {
  Verb verb;
  std::string_view name;
  std::string_view args;  // each between blanks, so that a key cannot match a part of another
};

constexpr std::array kVerbs{
    VerbInfo{Verb::kStatus, "status", ""},
    VerbInfo{Verb::kStats, "stats", ""},
    VerbInfo{Verb::kInflight, "inflight", " limit "},
    VerbInfo{Verb::kInflight, "recursing", " limit "},
    VerbInfo{Verb::kFetchLimit, "fetchlimit", ""},
    VerbInfo{Verb::kUpstreams, "upstreams", ""},
    VerbInfo{Verb::kCacheLookup, "cache_lookup", " name type do cd "},
    VerbInfo{Verb::kCacheFlush, "cache_flush", " scope name type "},
    VerbInfo{Verb::kCacheStats, "cache_stats", ""},
    VerbInfo{Verb::kCacheDump, "cache_dump", " file "},
    VerbInfo{Verb::kCacheLoad, "cache_load", " file "},
    VerbInfo{Verb::kTop, "top", " subject by limit "},
    VerbInfo{Verb::kBlocksList, "blocks_list", ""},
    VerbInfo{Verb::kBlocksAdd, "blocks_add", " prefix action for_sec reason "},
    VerbInfo{Verb::kBlocksClear, "blocks_clear", " prefix "},
    VerbInfo{Verb::kReload, "reload", ""},
    VerbInfo{Verb::kVersion, "version", ""},
};

constexpr std::size_t kMaxQuotedBytes = 80;  // of the user's own text in a sentence

std::string in_quotes(std::string_view text) {
  if (text.size() <= kMaxQuotedBytes) return fmt::format("'{}'", text);
  return fmt::format("'{}...'", text.substr(0, kMaxQuotedBytes));
}

diag::Error invalid(std::string sentence) { return {diag::Code::kInvalid, std::move(sentence)}; }

std::string verb_list() {
  std::string list;
  for (const VerbInfo& info : kVerbs) list += fmt::format("{}{}", list.empty() ? "" : ", ", info.name);
  return list;
}

bool takes(const VerbInfo& info, std::string_view key) {
  return info.args.find(fmt::format(" {} ", key)) != std::string_view::npos;
}

diag::Status read_name(const Json& value, Request& request) {
  if (!value.is_string()) return diag::fail(invalid("name: a text is needed"));
  const auto& text = value.get_ref<const std::string&>();
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(text, room);
  if (wire.empty()) {
    return diag::fail(invalid(fmt::format(
        "name: {} is not a domain name; labels have 1 to 63 bytes, a name has at most 255", in_quotes(text))));
  }
  request.qname.resize(wire.size());
  dns::fold(wire, request.qname.data());
  return {};
}

diag::Status read_type(const Json& value, Request& request) {
  if (!value.is_string()) return diag::fail(invalid("type: a text is needed"));
  const auto& text = value.get_ref<const std::string&>();
  const auto type = dns::type_from_text(text);
  if (!type) {
    return diag::fail(invalid(fmt::format("type: {} is not a record type; A, AAAA, ... or TYPE123", in_quotes(text))));
  }
  request.qtype = *type;
  request.only = *type;
  return {};
}

diag::Status read_flag(std::string_view key, const Json& value, std::uint8_t flag, Request& request) {
  if (!value.is_boolean()) return diag::fail(invalid(fmt::format("{}: true or false is needed", key)));
  if (value.get<bool>()) request.key_flags = static_cast<std::uint8_t>(request.key_flags | flag);
  return {};
}

diag::Status read_scope(const Json& value, Request& request) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  if (text == "everything") {
    request.scope = FlushScope::kEverything;
  } else if (text == "name") {
    request.scope = FlushScope::kName;
  } else if (text == "subtree") {
    request.scope = FlushScope::kSubtree;
  } else {
    return diag::fail(invalid("scope: everything, name or subtree is needed"));
  }
  return {};
}

diag::Status read_limit(const Json& value, Request& request) {
  const auto limit = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (limit < 1 || limit > kMaxInflightRows) {
    return diag::fail(invalid(fmt::format("limit: a number from 1 to {} is needed", kMaxInflightRows)));
  }
  request.limit = static_cast<std::size_t>(limit);
  return {};
}

/// One of a list of words, as the enumerator at its place.
template <class E, std::size_t N>
diag::Status read_word(std::string_view key, const Json& value,
                       const std::array<std::pair<std::string_view, E>, N>& words, E& into) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  std::string list;
  for (const auto& [word, meant] : words) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", word);
    if (word != text) continue;
    into = meant;
    return {};
  }
  return diag::fail(invalid(fmt::format("{}: one of {} is needed", key, list)));
}

constexpr std::array<std::pair<std::string_view, topk::Subject>, topk::kSubjects> kSubjectWords{
    {{"clients", topk::Subject::kClient},
     {"names", topk::Subject::kName},
     {"zones", topk::Subject::kZone},
     {"types", topk::Subject::kType}}};
constexpr std::array<std::pair<std::string_view, topk::Measure>, 4> kMeasureWords{
    {{"queries", topk::Measure::kQueries},
     {"misses", topk::Measure::kMisses},
     {"upstream", topk::Measure::kUpstream},
     {"bytes", topk::Measure::kBytes}}};

constexpr std::array<std::pair<std::string_view, policy::BlockAction>, 3> kActionWords{
    {{"cache-only", policy::BlockAction::kCacheOnly},
     {"refuse", policy::BlockAction::kRefuse},
     {"drop", policy::BlockAction::kDrop}}};

constexpr std::uint64_t kMaxBlockSec = 7U * 24U * 3'600U;
constexpr std::size_t kMaxReasonBytes = 120;
constexpr std::size_t kMaxPathBytes = 4'095;

diag::Status read_prefix(const Json& value, Request& request) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const auto prefix = net::parse_prefix(text);
  if (!prefix || net::has_host_bits(*prefix)) {
    return diag::fail(invalid(
        fmt::format("prefix: {} is not an address or a network; 10.0.0.7, 10.0.0.0/24, fd00::/64", in_quotes(text))));
  }
  request.prefix = *prefix;
  request.block.prefix = *prefix;
  return {};
}

diag::Status read_duration(const Json& value, Request& request) {
  const auto seconds = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (seconds < 1 || seconds > kMaxBlockSec) {
    return diag::fail(invalid(fmt::format("for_sec: a number from 1 to {} is needed", kMaxBlockSec)));
  }
  request.block.duration = std::chrono::seconds(seconds);
  return {};
}

diag::Status read_reason(const Json& value, Request& request) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != '\x7f'; });
  if (text.empty() || text.size() > kMaxReasonBytes || !is_plain) {
    return diag::fail(invalid(fmt::format("reason: 1 to {} printable ASCII characters are needed", kMaxReasonBytes)));
  }
  request.block.reason = text;
  return {};
}

diag::Status read_file(const Json& value, Request& request) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (text.size() < 2 || text.size() > kMaxPathBytes || text.front() != '/' || !is_plain) {
    return diag::fail(invalid("file: an absolute path is needed"));
  }
  request.file = text;
  return {};
}

diag::Status read_arg(std::string_view key, const Json& value, Request& request) {
  if (key == "name") return read_name(value, request);
  if (key == "type") return read_type(value, request);
  if (key == "do") return read_flag(key, value, dns::kKeyFlagDo, request);
  if (key == "cd") return read_flag(key, value, dns::kKeyFlagCd, request);
  if (key == "scope") return read_scope(value, request);
  if (key == "prefix") return read_prefix(value, request);
  if (key == "action") return read_word(key, value, kActionWords, request.block.action);
  if (key == "for_sec") return read_duration(value, request);
  if (key == "file") return read_file(value, request);
  if (key == "reason") return read_reason(value, request);
  if (key == "subject") return read_word(key, value, kSubjectWords, request.subject);
  if (key == "by") return read_word(key, value, kMeasureWords, request.by);
  return read_limit(value, request);
}

// What no single argument can tell.
diag::Status check_whole(const Json& args, const Request& request) {
  if ((request.verb == Verb::kCacheDump || request.verb == Verb::kCacheLoad) && request.file.empty()) {
    return diag::fail(invalid(fmt::format("{}: file is needed", verb_name(request.verb))));
  }
  if (request.verb == Verb::kCacheLookup && (!args.contains("name") || !args.contains("type"))) {
    return diag::fail(invalid("cache_lookup: name and type are needed"));
  }
  if (request.verb == Verb::kBlocksAdd && (!request.prefix || request.block.reason.empty())) {
    return diag::fail(invalid("blocks_add: prefix and reason are needed"));
  }
  if (request.verb != Verb::kCacheFlush) return {};
  if (!args.contains("scope")) {
    return diag::fail(invalid("cache_flush: scope is needed; everything, name or subtree"));
  }
  if ((request.scope == FlushScope::kEverything) != request.qname.empty()) {
    return diag::fail(invalid(request.qname.empty() ? "cache_flush: name is needed with this scope"
                                                    : "cache_flush: scope everything takes no name"));
  }
  return {};
}

diag::Status read_args(const Json& args, const VerbInfo& info, Request& request) {
  if (!args.is_object()) return diag::fail(invalid("args: an object is needed"));
  for (const auto& [key, value] : args.items()) {
    if (!takes(info, key)) {
      return diag::fail(invalid(fmt::format("{}: takes no argument {}", info.name, in_quotes(key))));
    }
    if (auto status = read_arg(key, value, request); !status) return status;
  }
  return check_whole(args, request);
}

diag::Result<const VerbInfo*> find_verb(const Json& whole) {
  const auto verb = whole.find("verb");
  if (verb == whole.end() || !verb->is_string()) {
    return diag::fail(invalid(fmt::format("verb: one of {} is needed", verb_list())));
  }
  const auto& name = verb->get_ref<const std::string&>();
  const auto* const info =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbInfo& v) { return v.name == name; });
  if (info == kVerbs.end()) {
    return diag::fail(invalid(fmt::format("verb: {} is unknown; there are {}", in_quotes(name), verb_list())));
  }
  return info;
}

}  // namespace

std::string_view verb_name(Verb verb) noexcept {
  for (const VerbInfo& info : kVerbs) {
    if (info.verb == verb) return info.name;
  }
  return "";
}

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
  const auto info = find_verb(whole);
  if (!info) return diag::fail(info.error());
  Request request;
  request.verb = (*info)->verb;
  const auto args = whole.find("args");
  if (auto status = read_args(args == whole.end() ? Json::object() : *args, **info, request); !status) {
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
  // A sentence may quote a cut or foreign byte: replaced, never thrown about.
  std::string line = reply.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  line += '\n';
  return line;
}

}  // namespace verbs
