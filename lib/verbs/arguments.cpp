// SPDX-License-Identifier: Apache-2.0
// Checks the value of each argument and stores it in the request.
#include "verbs/arguments.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "dns/name.hpp"
#include "dns/question_key.hpp"
#include "dns/text.hpp"
#include "net/text.hpp"
#include "quoted.hpp"

namespace verbs {
namespace {

constexpr std::uint64_t kMaxBlockSec = 7U * 24U * 3'600U;
constexpr std::size_t kMaxReasonBytes = 120;
constexpr std::size_t kMaxPathBytes = 4'095;

template <class... Args>
auto refused(fmt::format_string<Args...> format, Args&&... args) {
  return diag::fail(diag::Code::kInvalid, fmt::format(format, std::forward<Args>(args)...));
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

/// 0: no number, or a negative one.
std::uint64_t number_of(const Json& value) { return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0; }

template <class E, std::size_t N>
diag::Status read_word(const ArgSpec& spec, const Json& value, const std::array<base::Word<E>, N>& words, E& into) {
  const std::string text = text_of(value);
  const bool is_allowed = std::find(spec.words.begin(), spec.words.end(), text) != spec.words.end();
  const std::optional<E> meant = is_allowed ? base::value_of(words, text) : std::nullopt;
  if (!meant) return refused("{}: one of {} is needed", spec.key, fmt::join(spec.words, ", "));
  into = *meant;
  return {};
}

}  // namespace

diag::Status read_name(const ArgSpec& spec, const Json& value, Request& request) {
  if (!value.is_string()) return refused("{}: a text is needed", spec.key);
  const auto& text = value.get_ref<const std::string&>();
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(text, room);
  if (wire.empty()) {
    return refused("{}: {} is not a domain name; labels have 1 to 63 bytes, a name has at most 255", spec.key,
                   in_quotes(text));
  }
  request.qname.resize(wire.size());
  dns::fold(wire, request.qname.data());
  return {};
}

diag::Status read_type(const ArgSpec& spec, const Json& value, Request& request) {
  if (!value.is_string()) return refused("{}: a text is needed", spec.key);
  const auto& text = value.get_ref<const std::string&>();
  const auto type = dns::type_from_text(text);
  if (!type) return refused("{}: {} is not a record type; A, AAAA, ... or TYPE123", spec.key, in_quotes(text));
  request.qtype = *type;
  request.only = *type;
  return {};
}

diag::Status read_flag(const ArgSpec& spec, const Json& value, Request& request) {
  if (!value.is_boolean()) return refused("{}: true or false is needed", spec.key);
  if (value.get<bool>()) request.key_flags = static_cast<std::uint8_t>(request.key_flags | spec.flag);
  return {};
}

diag::Status read_scope(const ArgSpec& spec, const Json& value, Request& request) {
  return read_word(spec, value, cache::kFlushScopeWords, request.scope);
}

diag::Status read_limit(const ArgSpec& spec, const Json& value, Request& request) {
  const std::uint64_t limit = number_of(value);
  if (limit < 1 || limit > kMaxInflightRows) {
    return refused("{}: a number from 1 to {} is needed", spec.key, kMaxInflightRows);
  }
  request.limit = static_cast<std::size_t>(limit);
  return {};
}

diag::Status read_prefix(const ArgSpec& spec, const Json& value, Request& request) {
  const std::string text = text_of(value);
  const auto prefix = net::parse_prefix(text);
  if (!prefix || net::has_host_bits(*prefix)) {
    return refused("{}: {} is not an address or a network; 10.0.0.7, 10.0.0.0/24, fd00::/64", spec.key,
                   in_quotes(text));
  }
  request.prefix = *prefix;
  request.block.prefix = *prefix;
  return {};
}

diag::Status read_action(const ArgSpec& spec, const Json& value, Request& request) {
  return read_word(spec, value, policy::kBlockActionWords, request.block.action);
}

diag::Status read_duration(const ArgSpec& spec, const Json& value, Request& request) {
  const std::uint64_t seconds = number_of(value);
  if (seconds < 1 || seconds > kMaxBlockSec) {
    return refused("{}: a number from 1 to {} is needed", spec.key, kMaxBlockSec);
  }
  request.block.duration = std::chrono::seconds(seconds);
  return {};
}

diag::Status read_reason(const ArgSpec& spec, const Json& value, Request& request) {
  const std::string text = text_of(value);
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != '\x7f'; });
  if (text.empty() || text.size() > kMaxReasonBytes || !is_plain) {
    return refused("{}: 1 to {} printable ASCII characters are needed", spec.key, kMaxReasonBytes);
  }
  request.block.reason = text;
  return {};
}

diag::Status read_file(const ArgSpec& spec, const Json& value, Request& request) {
  const std::string text = text_of(value);
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (text.size() < 2 || text.size() > kMaxPathBytes || text.front() != '/' || !is_plain) {
    return refused("{}: an absolute path is needed", spec.key);
  }
  request.file = text;
  return {};
}

diag::Status read_subject(const ArgSpec& spec, const Json& value, Request& request) {
  return read_word(spec, value, topk::kSubjectWords, request.subject);
}

diag::Status read_measure(const ArgSpec& spec, const Json& value, Request& request) {
  return read_word(spec, value, topk::kMeasureWords, request.by);
}

}  // namespace verbs
