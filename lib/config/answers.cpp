// SPDX-License-Identifier: Apache-2.0
// The section `answers`: contradictions, texts and secrets.
#include "checked.hpp"

namespace config {
namespace {

/// The host's name for "hostname", an empty text for "none", otherwise the text itself.
answer::ShortText text_of(const Marked<std::string>& value, const Machine& machine) {
  answer::ShortText text;
  if (value.value == "none") return text;
  for (const char c : value.value == "hostname" ? machine.hostname : value.value) {
    if (!text.push_back(static_cast<std::byte>(c))) break;  // a longer host name is cut
  }
  return text;
}

policy::CookieSecret secret_of(const std::string& digits) {
  policy::CookieSecret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) {
    secret[i] = static_cast<std::byte>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  }
  return secret;
}

}  // namespace

void check_answers(const CheckedAnswers& answers, Problems& problems) {
  const auto& staging = answers.cookie_staging_secret;
  if (staging.usable() && staging.value && answers.cookie_secret.usable() && !answers.cookie_secret.value) {
    problems.add(staging.mark, staging.key, "has no effect while cookie_secret is random",
                 "together with cookie_secret");
  }
  const bool is_off = answers.cookies.usable() && answers.cookies.value == Switch::kOff;
  if (is_off && answers.server_cookie.usable() && answers.server_cookie.value == answer::ServerCookie::kRequired) {
    problems.add(answers.server_cookie.mark, answers.server_cookie.key,
                 "no client can have a server cookie while cookies is off", "cookies: on");
  }
}

void settle_answers(const CheckedConfig& config, const Machine& machine, Settings& settings) {
  const CheckedAnswers& from = config.answers;
  answer::ProtocolSettings& to = settings.protocol;
  to.keepalive = settings.tcp.idle_timeout;  // RFC 7828: announce what the connections do
  to.nsid = text_of(from.nsid, machine);
  to.version = text_of(from.version, machine);
  to.identity = text_of(from.identity, machine);
  for (std::size_t i = 0; i < config.uplinks.size(); ++i) {
    if (config.uplinks[i].trust_ad.value == Switch::kOn) to.trusted_ad |= 1U << i;
  }
  if (from.cookies.value == Switch::kOff) return;
  if (!from.cookie_secret.usable() || !from.cookie_staging_secret.usable()) return;
  if (!from.cookie_secret.value) {
    settings.cookie_secret = CookieSecret::kDraw;
    return;
  }
  policy::CookieSettings cookies{.active = secret_of(*from.cookie_secret.value), .second = {}};
  if (from.cookie_staging_secret.value) cookies.second = secret_of(*from.cookie_staging_secret.value);
  to.cookies.emplace(cookies);
}

}  // namespace config
