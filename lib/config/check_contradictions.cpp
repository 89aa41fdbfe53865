// SPDX-License-Identifier: Apache-2.0
// Values that are valid by themselves but contradict each other.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checked.hpp"
#include "profile/eal_args.hpp"

namespace config {
namespace {

template <class... T>
bool usable(const T&... values) {
  return (values.usable() && ...);
}

std::string at(Mark mark) { return mark.line == 0 ? "by default" : fmt::format("in line {}", mark.line); }

std::string time_of(const Time& time) { return keyfile::show_duration(static_cast<std::uint64_t>(time.value.count())); }

void check_budgets(const CheckedConfig& config, Problems& problems) {
  for (const CheckedUplink& uplink : config.uplinks) {
    if (!usable(uplink.limit_pps, uplink.reserve_pps)) continue;
    const std::uint64_t reserve = uplink.reserve_pps.value;
    if (!uplink.limit_pps.value) {
      if (reserve != 0) {
        problems.add(uplink.reserve_pps.mark, uplink.reserve_pps.key, "an unmetered uplink has nothing to reserve from",
                     "0, or a limit");
      }
    } else if (reserve >= *uplink.limit_pps.value) {
      problems.add(uplink.reserve_pps.mark, uplink.reserve_pps.key,
                   fmt::format("{} leaves nothing of the limit of {}", reserve, *uplink.limit_pps.value),
                   fmt::format("less than {}", *uplink.limit_pps.value));
    }
  }
}

void check_uplink_names(const CheckedConfig& config, Problems& problems) {
  for (std::size_t i = 0; i < config.uplinks.size(); ++i) {
    const Marked<std::string>& name = config.uplinks[i].name;
    for (std::size_t j = 0; j < i && name.usable(); ++j) {
      const Marked<std::string>& other = config.uplinks[j].name;
      if (!other.usable() || other.value != name.value) continue;
      problems.add(name.mark, name.key, fmt::format("\"{}\" is already an uplink, {}", name.value, at(other.mark)),
                   "each name once");
      break;
    }
  }
}

void check_forward_zone(const CheckedConfig& config, std::size_t index, Problems& problems) {
  const CheckedForward& forward = config.forward[index];
  for (std::size_t j = 0; j < index && forward.zone.usable(); ++j) {
    const Marked<Zone>& other = config.forward[j].zone;
    if (!other.usable() || other.value.text != forward.zone.value.text) continue;
    problems.add(forward.zone.mark, forward.zone.key,
                 fmt::format("\"{}\" already has an uplink, {}", forward.zone.value.text, at(other.mark)),
                 "each zone once");
    break;
  }
  if (!forward.uplink.usable()) return;
  std::vector<std::string_view> names;
  for (const CheckedUplink& uplink : config.uplinks) {
    if (!uplink.name.usable()) return;  // it may be the one that is meant
    names.push_back(uplink.name.value);
  }
  if (std::find(names.begin(), names.end(), forward.uplink.value) != names.end()) return;
  problems.add(forward.uplink.mark, forward.uplink.key,
               fmt::format("there is no uplink \"{}\"{}", forward.uplink.value,
                           keyfile::did_you_mean(forward.uplink.value, names)),
               fmt::format("{}", fmt::join(names, ", ")));
}

void check_forward(const CheckedConfig& config, Problems& problems) {
  bool all_usable = true;
  bool has_root = false;
  for (std::size_t i = 0; i < config.forward.size(); ++i) {
    check_forward_zone(config, i, problems);
    all_usable = all_usable && config.forward[i].zone.usable();
    has_root = has_root || config.forward[i].zone.value.text == ".";
  }
  if (config.forward.empty() && config.uplinks.size() > 1) {
    problems.add(config.forward_mark, "forward", "there are several uplinks, and no zone says which one to ask",
                 "a list with at least {zone: \".\", uplink: NAME}");
  } else if (!config.forward.empty() && all_usable && !has_root) {
    problems.add(config.forward_mark, "forward", "there is no uplink for names outside these zones",
                 "a list with {zone: \".\", uplink: NAME} in it");
  }
}

void check_cache(const CheckedCache& cache, Problems& problems) {
  if (usable(cache.min_ttl, cache.max_ttl) && cache.min_ttl.value > cache.max_ttl.value) {
    const Time& culprit = cache.min_ttl.given() ? cache.min_ttl : cache.max_ttl;
    problems.add(culprit.mark, culprit.key,
                 fmt::format("min_ttl {} is more than max_ttl {}", time_of(cache.min_ttl), time_of(cache.max_ttl)),
                 "min_ttl up to max_ttl");
  }
  if (usable(cache.negative_without_soa, cache.negative_max_ttl) &&
      cache.negative_without_soa.value > cache.negative_max_ttl.value) {
    problems.add(cache.negative_without_soa.mark, cache.negative_without_soa.key,
                 fmt::format("{} is more than negative_ttl.max {}", time_of(cache.negative_without_soa),
                             time_of(cache.negative_max_ttl)),
                 fmt::format("0s to {}", time_of(cache.negative_max_ttl)));
  }
}

void check_drop_policy(const CheckedClients& clients, Problems& problems) {
  if (!usable(clients.drop_newest, clients.drop_random, clients.drop_oldest)) return;
  const std::uint64_t sum = clients.drop_newest.value + clients.drop_random.value + clients.drop_oldest.value;
  constexpr std::uint64_t kWhole = 100;
  if (sum != kWhole) {
    problems.add(clients.drop_policy_mark, "clients.drop_policy", fmt::format("the percentages add up to {}", sum),
                 "newest, random and oldest that add up to exactly 100");
  }
}

void check_per_query(const CheckedClients& clients, Problems& problems) {
  if (!usable(clients.per_query_limit, clients.per_query_max)) return;
  if (clients.per_query_limit.value > clients.per_query_max.value) {
    const Number& culprit = clients.per_query_limit.given() ? clients.per_query_limit : clients.per_query_max;
    problems.add(
        culprit.mark, culprit.key,
        fmt::format("limit {} is more than max {}", clients.per_query_limit.value, clients.per_query_max.value),
        "limit up to max");
  }
}

void check_quota(const CheckedEgress& egress, Problems& problems) {
  if (usable(egress.quota_low, egress.quota_high) && egress.quota_low.value >= egress.quota_high.value) {
    const Marked<double>& culprit = egress.quota_low.given() ? egress.quota_low : egress.quota_high;
    problems.add(culprit.mark, culprit.key,
                 fmt::format("low {} is not below high {}", egress.quota_low.value, egress.quota_high.value),
                 "low less than high");
  }
}

// TCP runs in the kernel, which is reached by the TAP interface.
void check_upstream_tcp(const CheckedConfig& config, Problems& problems) {
  const Marked<egress::UpstreamTcp>& when = config.egress.upstream_tcp;
  if (!usable(when, config.port.tap) || when.value != egress::UpstreamTcp::kAlways || config.port.tap.value) return;
  problems.add(when.mark, when.key, "there is no TCP without port.tap", "on_truncation or never, or a port.tap");
}

/// Names below a suffix are answered here: an uplink for the same names would never be asked.
void check_suffix_zone(const CheckedConfig& config, const Marked<Zone>& suffix, Problems& problems) {
  if (!suffix.usable()) return;
  if (suffix.value.text == ".") problems.add(suffix.mark, suffix.key, "\".\" is every name", "a suffix below the root");
  for (const CheckedForward& forward : config.forward) {
    if (!forward.zone.usable() || forward.zone.value.text != suffix.value.text) continue;
    problems.add(suffix.mark, suffix.key, fmt::format("the names below it have an uplink, {}", at(forward.zone.mark)),
                 "one or the other");
  }
}

void check_local(const CheckedConfig& config, Problems& problems) {
  const CheckedLocal& local = config.local;
  for (std::size_t i = 0; i < local.suffixes.size(); ++i) {
    const CheckedSuffix& suffix = local.suffixes[i];
    check_suffix_zone(config, suffix.suffix, problems);
    if (usable(suffix.a, suffix.aaaa) && !suffix.a.value && !suffix.aaaa.value) {
      problems.add(suffix.suffix.mark, fmt::format("local.suffixes[{}]", i), "has no address", "a, aaaa or both");
    }
    if (suffix.a.usable() && suffix.a.value && !suffix.a.value->is_v4()) {
      problems.add(suffix.a.mark, suffix.a.key, "is not an IPv4 address", "an IPv4 address; aaaa takes IPv6");
    }
    if (suffix.aaaa.usable() && suffix.aaaa.value && suffix.aaaa.value->is_v4()) {
      problems.add(suffix.aaaa.mark, suffix.aaaa.key, "is not an IPv6 address", "an IPv6 address; a takes IPv4");
    }
    for (std::size_t j = 0; j < i && suffix.suffix.usable(); ++j) {
      const Marked<Zone>& other = local.suffixes[j].suffix;
      if (!other.usable() || other.value.text != suffix.suffix.value.text) continue;
      problems.add(suffix.suffix.mark, suffix.suffix.key, fmt::format("is given twice, first {}", at(other.mark)),
                   "each suffix once");
      break;
    }
  }
}

void check_rules(const CheckedConfig& config, Problems& problems) {
  if (!usable(config.topk) || config.topk.value != topk::Mode::kOff || config.blocks.rules == 0) return;
  problems.add(config.topk.mark, config.topk.key, "blocks.rules need what topk records", "on, or no rules");
}

void check_eal(const CheckedConfig& config, Problems& problems) {
  for (const Marked<std::string>& argument : config.eal.items) {
    if (!argument.usable()) continue;
    const std::string problem = profile::eal_argument_problem(argument.value);
    if (!problem.empty()) problems.add(argument.mark, argument.key, problem);
  }
}

}  // namespace

void check_contradictions(const CheckedConfig& config, Problems& problems) {
  check_addresses(config, problems);
  check_budgets(config, problems);
  check_uplink_names(config, problems);
  check_forward(config, problems);
  check_answers(config.answers, problems);
  check_cache(config.cache, problems);
  check_drop_policy(config.clients, problems);
  check_per_query(config.clients, problems);
  check_quota(config.egress, problems);
  check_upstream_tcp(config, problems);
  check_local(config, problems);
  check_rules(config, problems);
  check_eal(config, problems);
}

}  // namespace config
