// SPDX-License-Identifier: Apache-2.0
// The settings that config makes of a minimal file.
#include "support/generation.hpp"

#include <string_view>

#include "base/contract.hpp"
#include "support/questions.hpp"

namespace perf {
namespace {

constexpr std::array kRoot{std::byte{0}};
constexpr std::uint32_t kAllowance = 2'048;  // misses a second of one client
constexpr std::array<std::string_view, 6> kSpecial{"test", "invalid", "localhost", "onion", "local", "home"};

std::vector<std::byte> wire_of(std::string_view label) {
  std::vector<std::byte> wire{static_cast<std::byte>(label.size())};
  for (const char c : label) wire.push_back(static_cast<std::byte>(c));
  wire.push_back(std::byte{0});
  return wire;
}

net::Prefix network(std::byte first, std::uint8_t bits) {
  const std::array octets{first, std::byte{0}, std::byte{0}, std::byte{0}};
  return {net::IpAddress::v4(octets.data()), static_cast<std::uint8_t>(net::kV4PrefixBits + bits)};
}

}  // namespace

base::KeyedHash::Secret fixed_secret() noexcept {
  base::KeyedHash::Secret secret;
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(i * 151 + 7);
  return secret;
}

Generation::Generation(const base::KeyedHash& hash) {
  add_local(hash);
  const std::array<policy::ForwardZone, 1> zones{policy::ForwardZone{kRoot, dns::UplinkId(0)}};
  forward_slots_.resize(policy::ForwardTable::slots_for(zones.size()));
  forward_.push_back(*policy::ForwardTable::create(zones, forward_slots_, hash));
  policy::Settings clients;
  SLUICE_REQUIRE(clients.allow.push_back(network(std::byte{10}, 8)));
  acl_.emplace_back(clients);
  generation_.number = 1;
  SLUICE_REQUIRE(generation_.own.push_back(server_address()));
  SLUICE_REQUIRE(generation_.upstreams.push_back(client_address(1U << 20U)));
  generation_.acl = &acl_.front();
  generation_.forward = &forward_.front();
  generation_.local = &local_.front();
  generation_.allowance.misses_per_sec = kAllowance;
  generation_.wall = &wall_;
  published_.store(&generation_);
}

// NXDOMAIN for every name below these.
void Generation::add_local(const base::KeyedHash& hash) {
  images_[0].rcode = dns::Rcode::kNxDomain;
  local_sets_[0] = {.first = 0, .count = 0, .otherwise = 0};
  for (const std::string_view label : kSpecial) special_names_.push_back(wire_of(label));
  for (const std::vector<std::byte>& wire : special_names_) local_names_.push_back({.name = wire, .at = 0, .below = 0});
  local_slots_.resize(policy::LocalData::slots_for(local_names_.size()));
  const policy::LocalTables tables{
      .names = local_names_, .sets = local_sets_, .answers = {}, .images = images_, .plain_name = 0};
  local_.push_back(*policy::LocalData::create(tables, local_slots_, hash));
}

}  // namespace perf
