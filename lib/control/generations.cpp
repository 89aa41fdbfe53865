// SPDX-License-Identifier: Apache-2.0
// Building, publishing and freeing generations.
#include "control/generations.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/contract.hpp"
#include "policy/acl.hpp"
#include "policy/forward_table.hpp"
#include "policy/local_data.hpp"

namespace control {

/// A generation and all that it points to.
struct Generations::Whole {
  explicit Whole(const config::Settings& from) : settings(from), acl(settings.policy) {}
  [[nodiscard]] diag::Status build(const base::KeyedHash& hash, const Own& own);
  [[nodiscard]] diag::Status add_own_addresses();
  [[nodiscard]] diag::Status add_forward(const base::KeyedHash& hash);
  [[nodiscard]] diag::Status add_local(const base::KeyedHash& hash);

  const config::Settings settings;  // the parts point into it
  policy::Acl acl;
  std::vector<policy::ForwardTable::Slot> forward_slots;
  std::optional<policy::ForwardTable> forward;
  std::vector<policy::LocalData::Slot> local_slots;
  std::optional<policy::LocalData> local;
  answer::Generation generation;
};

/// A table of blocks and its slots.
struct Generations::BlockList {
  BlockList(std::span<const policy::BlockedPrefix> blocks, const base::KeyedHash& hash)
      : slots(policy::BlockTable::slots_for(blocks.size())), table(blocks, slots, hash) {}
  std::vector<policy::BlockTable::Slot> slots;
  policy::BlockTable table;
};

diag::Status Generations::Whole::build(const base::KeyedHash& hash, const Own& own) {
  if (auto added = add_own_addresses(); !added) return added;
  if (auto added = add_forward(hash); !added) return added;
  if (auto added = add_local(hash); !added) return added;
  for (const egress::UplinkSettings& uplink : settings.egress.uplinks) {
    for (const net::IpAddress& server : uplink.servers) static_cast<void>(generation.upstreams.push_back(server));
  }
  generation.acl = &acl;
  generation.cache = settings.cache;
  generation.egress = settings.egress;
  generation.waiting = &settings.coalesce;
  generation.protocol = settings.protocol;
  generation.watch = settings.topk;
  generation.allowance = settings.allowance;
  if (settings.cookie_secret == config::CookieSecret::kDraw) generation.protocol.cookies.emplace(own.drawn_cookies);
  generation.wall = own.wall;
  return {};
}

diag::Status Generations::Whole::add_own_addresses() {
  for (const config::InterfaceAddress& own : settings.port.addresses) {
    if (!generation.own.push_back(own.address)) {
      return diag::fail(diag::Code::kInvalid, fmt::format("port.addresses: more than {}", answer::kMaxOwnAddresses));
    }
  }
  return {};
}

diag::Status Generations::Whole::add_forward(const base::KeyedHash& hash) {
  std::vector<policy::ForwardZone> zones;
  for (const config::ForwardZone& zone : settings.forward) {
    zones.push_back({zone.wire, dns::UplinkId(static_cast<std::uint16_t>(zone.uplink))});
  }
  forward_slots.resize(policy::ForwardTable::slots_for(zones.size()));
  const auto table = policy::ForwardTable::create(zones, forward_slots, hash);
  if (!table) {
    return diag::fail(diag::Code::kInvalid, "forward: cannot index the zones; at most 1024 are possible");
  }
  generation.forward = &forward.emplace(*table);
  return {};
}

diag::Status Generations::Whole::add_local(const base::KeyedHash& hash) {
  const policy::LocalTables tables = settings.local ? settings.local->tables() : policy::LocalTables{};
  local_slots.resize(policy::LocalData::slots_for(tables.names.size()));
  const auto names = policy::LocalData::create(tables, local_slots, hash);
  if (!names) return diag::fail(diag::Code::kInternal, "local: cannot index the names");
  generation.local = &local.emplace(*names);
  return {};
}

Generations::Generations(const base::KeyedHash& hash, const Own& own) : hash_(&hash), own_(own) {}
Generations::~Generations() = default;

diag::Result<std::uint64_t> Generations::publish(const config::Settings& settings) {
  auto whole = std::make_unique<Whole>(settings);
  if (auto built = whole->build(*hash_, own_); !built) return diag::fail(built.error());
  whole->generation.blocks = &published_blocks_;
  whole->generation.number = current_ ? current_->generation.number + 1 : 1;
  published_.store(&whole->generation, std::memory_order_release);
  const base::Qsbr::Token grace = readers_.begin_grace();
  if (current_) retired_.push_back({std::move(current_), grace});
  current_ = std::move(whole);
  return current_->generation.number;
}

void Generations::publish_blocks(std::span<const policy::BlockedPrefix> blocks) {
  auto list = blocks.empty() ? nullptr : std::make_unique<BlockList>(blocks, *hash_);
  published_blocks_.store(list ? &list->table : nullptr, std::memory_order_release);
  const base::Qsbr::Token grace = readers_.begin_grace();
  if (blocks_) retired_blocks_.push_back({std::move(blocks_), grace});
  blocks_ = std::move(list);
}

const answer::Generation& Generations::current() const noexcept {
  SLUICE_REQUIRE(current_ != nullptr);
  return current_->generation;
}

const config::Settings& Generations::settings() const noexcept {
  SLUICE_REQUIRE(current_ != nullptr);
  return current_->settings;
}

bool Generations::collect() noexcept {
  while (!retired_.empty() && readers_.passed(retired_.front().grace)) retired_.pop_front();
  while (!retired_blocks_.empty() && readers_.passed(retired_blocks_.front().grace)) retired_blocks_.pop_front();
  return retired_.empty();
}

}  // namespace control
