// SPDX-License-Identifier: Apache-2.0
// Four networks. docs/rig.md says where each figure comes from.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "trace/workload.hpp"

namespace trace {
namespace {

/// Instances with short-lived names of cloud services beside ordinary ones.
std::vector<TtlShare> vpc_ttls() { return {{5, 10}, {60, 55}, {300, 35}}; }

/// What 6.3 million names that OpenDNS was asked for had in 2012 (docs/rig.md); between the steps the peaks it names.
std::vector<TtlShare> internet_ttls() {
  return {{0, 0.16},    {30, 2.42},     {60, 7.26},      {120, 6.48},    {300, 23.56},
          {600, 10.06}, {3'600, 20.13}, {14'400, 14.97}, {86'400, 14.96}};
}

/// Content networks only.
std::vector<TtlShare> cdn_ttls() { return {{20, 30}, {30, 10}, {60, 40}, {300, 20}}; }

/// People and their services in one VPC: laptops behind a VPN, some servers.
Workload office_vpc() {
  Workload w;
  w.preset = "office-vpc";
  w.rate = 400;
  w.diurnal_amplitude = 0.7;
  w.begin_hour = 9;
  w.clients = 2'000;
  w.client_exponent = 0.6;
  w.retry_shares = {0, 0, 0.4, 0.1, 0.5};
  w.names = 100'000;
  w.zipf_exponent = 1.0;
  w.one_shot_share = 0.3;
  w.churn_per_day = 0.1;
  w.zones = 20'000;
  w.pair_share = 0.9;
  w.https_share = 0.3;
  w.ptr_share = 0.01;
  w.ttls = internet_ttls();
  return w;
}

/// Pods with ndots:5; services inside, APIs outside.
Workload kubernetes() {
  Workload w;
  w.preset = "kubernetes";
  w.rate = 500;
  w.clients = 3'000;
  w.client_exponent = 0.5;
  w.retry_shares = {0, 0, 0.6, 0.4, 0};
  w.names = 5'000;
  w.zipf_exponent = 1.0;
  w.one_shot_share = 0.1;
  w.churn_per_day = 0.3;
  w.missing_share = 0.01;
  w.zones = 1'000;
  w.pair_share = 1;
  w.ndots = 5;
  w.search = {"default.svc.cluster.local.", "svc.cluster.local.", "cluster.local.", "eu-west-1.compute.internal."};
  w.internal_share = 0.5;
  w.ttls = vpc_ttls();
  w.negative_ttl_sec = 30;
  return w;
}

/// A steady base, and a thousand cold clients at once every five minutes.
Workload lambda_burst() {
  Workload w;
  w.preset = "lambda-burst";
  w.rate = 200;
  w.clients = 500;
  w.retry_shares = {0, 0, 0.5, 0.5, 0};
  w.names = 2'000;
  w.zipf_exponent = 1.1;
  w.one_shot_share = 0.05;
  w.churn_per_day = 0.05;
  w.missing_share = 0;
  w.zones = 200;
  w.pair_share = 1;
  w.ttls = vpc_ttls();
  w.burst = {.every_sec = 300, .clients = 1'000, .lookups = 8, .names = 20, .within_sec = 1};
  return w;
}

/// Homes behind a provider's resolver.
Workload isp() {
  Workload w;
  w.preset = "isp";
  w.rate = 5'000;
  w.diurnal_amplitude = 0.5;
  w.begin_hour = 18;
  w.clients = 50'000;
  w.client_exponent = 0.7;
  w.retry_shares = {0, 0.1, 0.4, 0.1, 0.4};
  w.loss = 0.005;
  w.dnssec_share = 0.05;
  w.names = 2'000'000;
  w.zipf_exponent = 0.95;
  w.one_shot_share = 0.37;
  w.churn_per_day = 0.2;
  w.zones = 400'000;
  w.https_share = 0.2;
  w.ptr_share = 0.02;
  w.ttls = internet_ttls();
  w.negative_ttl_sec = 300;
  return w;
}

struct Preset {
  std::string_view name;
  Workload (*make)();
};
constexpr std::array<Preset, 4> kPresets{
    {{"office-vpc", office_vpc}, {"kubernetes", kubernetes}, {"lambda-burst", lambda_burst}, {"isp", isp}}};

auto wrong(std::string sentence) { return diag::fail(diag::Code::kInvalid, std::move(sentence)); }

diag::Result<TtlShare> parse_share(std::string_view text) {
  TtlShare share;
  const std::size_t colon = text.find(':');
  const std::string_view ttl = text.substr(0, colon);
  const auto first = std::from_chars(ttl.data(), ttl.data() + ttl.size(), share.ttl_sec);
  bool good = first.ec == std::errc{} && first.ptr == ttl.data() + ttl.size() && share.ttl_sec <= dns::kMaxTtlSec;
  share.share = 1;
  if (colon != std::string_view::npos) {
    const std::string_view part = text.substr(colon + 1);
    const auto second = std::from_chars(part.data(), part.data() + part.size(), share.share);
    good = good && second.ec == std::errc{} && second.ptr == part.data() + part.size() && share.share > 0;
  }
  if (!good) return wrong(fmt::format("'{}' is no TTL with its share; write 60 or 60:2.5 (seconds:share)", text));
  return share;
}

}  // namespace

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

diag::Result<Workload> preset(std::string_view name) {
  const auto* const found =
      std::find_if(kPresets.begin(), kPresets.end(), [&](const Preset& preset) { return preset.name == name; });
  if (found == kPresets.end()) {
    return wrong(fmt::format("'{}' is no preset; there are {}", name, fmt::join(preset_names(), ", ")));
  }
  return found->make();
}

diag::Result<std::vector<TtlShare>> parse_ttls(std::string_view text) {
  if (text == "vpc") return vpc_ttls();
  if (text == "internet") return internet_ttls();
  if (text == "cdn") return cdn_ttls();
  std::vector<TtlShare> shares;
  while (true) {
    const std::size_t comma = text.find(',');
    auto share = parse_share(text.substr(0, comma));
    if (!share) return diag::fail(share.error());
    shares.push_back(*share);
    if (comma == std::string_view::npos) return shares;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace trace
