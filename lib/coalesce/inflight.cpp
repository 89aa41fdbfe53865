// SPDX-License-Identifier: Apache-2.0
// Opening, joining and closing pending queries, and client timeouts.
#include "coalesce/inflight.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <memory>

#include "base/contract.hpp"

namespace coalesce {
namespace {

std::size_t max_query_count(const Settings& settings) noexcept {
  return std::max<std::size_t>(settings.max_pending, 1);
}
std::size_t max_waiter_count(const Settings& settings) noexcept {
  return std::max<std::size_t>(settings.max_waiting, 1);
}

}  // namespace

// Indices, pending queries and interests are initialised now; keys, waiters and clients when their slot is first taken.
InflightTable::Tables InflightTable::place_tables(base::Arena& arena, const Settings& settings) noexcept {
  const std::size_t queries = max_query_count(settings);
  const std::size_t waiters = max_waiter_count(settings);
  const std::size_t nodes = waiters + kSpareNodes;
  return {.interests = arena.take<coalesce::Interest>(queries),
          .queries = arena.take<PendingQuery>(queries),
          .keys = arena.reserve<Key>(queries),
          .nodes = arena.reserve<Node>(nodes),
          .side = arena.reserve<Side>(nodes),
          .clients = arena.reserve<Client>(waiters),
          .free_queries = arena.reserve<std::uint32_t>(queries),
          .free_nodes = arena.reserve<std::uint32_t>(nodes),
          .free_clients = arena.reserve<std::uint32_t>(waiters),
          .query_index = arena.take<std::uint64_t>(HashIndex::words_for(queries)),
          .retry_index = arena.take<std::uint64_t>(HashIndex::words_for(waiters)),
          .client_index = arena.take<std::uint64_t>(HashIndex::words_for(waiters)),
          .arrivals = arena.reserve<Arrivals::Link>(nodes),
          .arrival_order = arena.reserve<std::uint32_t>(waiters),
          .learned = arena.take<LearnedTimeout::Slot>(LearnedTimeout::kSlots)};
}

std::size_t InflightTable::bytes_needed(const Settings& settings) noexcept {
  base::Arena arena;
  static_cast<void>(place_tables(arena, settings));
  return arena.used();
}

InflightTable::InflightTable(base::MutableBytes memory, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : InflightTable(base::Arena(memory), settings, keyed) {
  // The address of the memory makes the seed differ from those of other tables with the same key.
  const std::array seed{std::bit_cast<std::uintptr_t>(memory.data())};
  dice_ = Dice(keyed(std::as_bytes(std::span(seed))));
}

InflightTable::InflightTable(base::Arena arena, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : InflightTable(place_tables(arena, settings), settings, keyed) {}

InflightTable::InflightTable(const Tables& tables, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : settings_(settings),
      client_timeout_(settings.client_timeout),
      keyed_(keyed),
      interests_(tables.interests),
      queries_(tables.queries),
      keys_(tables.keys),
      nodes_(tables.nodes),
      side_(tables.side),
      clients_(tables.clients),
      free_queries_(tables.free_queries),
      free_nodes_(tables.free_nodes),
      free_clients_(tables.free_clients),
      query_index_(tables.query_index),
      retry_index_(tables.retry_index),
      client_index_(tables.client_index),
      arrivals_(tables.arrivals, tables.arrival_order),
      learned_(tables.learned),
      spill_(settings.per_query),
      dice_(1) {
  newcomer_ = take_node();
}

void InflightTable::apply(const Settings& settings) noexcept {
  settings_.client_timeout = settings.client_timeout;
  settings_.drop_policy = settings.drop_policy;
  settings_.per_query = settings.per_query;
  settings_.answers_per_burst = settings.answers_per_burst;
  set_client_timeout(settings.client_timeout);
  spill_.set(settings.per_query);
}

void InflightTable::publish() noexcept {
  gauges_.waiting.set(arrivals_.size());
  gauges_.queries.set(pending_queries_);
  gauges_.per_query.set(spill_.now());
}

// The fullest record seen so far may have emptied: each call looks at some of the others.
void InflightTable::publish_fullest() noexcept {
  constexpr std::uint32_t kLooks = 32;
  const std::uint32_t slots = free_clients_.ever_taken();
  for (std::uint32_t left = std::min(kLooks, slots); left != 0; --left) {
    next_client_look_ = next_client_look_ + 1 < slots ? next_client_look_ + 1 : 0;
    if (clients_[next_client_look_].waiters > clients_[fullest_client_].waiters) fullest_client_ = next_client_look_;
  }
  gauges_.fullest_query.set(queries_[fullest_query_].waiters);
  if (slots != 0) gauges_.fullest_client.set(clients_[fullest_client_].waiters);
}

void InflightTable::prefetch(std::uint64_t hash, const net::IpAddress& address) const noexcept {
  query_index_.prefetch(fold(hash));
  const std::uint32_t address_hash = fold(hash_of(address));
  client_index_.prefetch(address_hash);
  learned_.prefetch(address_hash);
}

std::uint32_t InflightTable::retry_hash_of(std::uint64_t address_hash, const Waiter& waiter,
                                           std::uint32_t query) const noexcept {
  const std::uint64_t packet = std::uint64_t{query} << 32U |
                               std::uint64_t{waiter.reply_flow.destination_port.value()} << 16U |
                               waiter.client.id.value();
  const std::uint64_t stream = std::uint64_t{waiter.stream.generation} << 32U | waiter.stream.index;
  return fold(keyed_.of_words(address_hash ^ packet, stream));
}

std::uint32_t InflightTable::find_query(std::uint64_t hash, dns::KeyView key) const noexcept {
  if (settings_.scope == Scope::kOff) return kNone;
  return query_index_.find(fold(hash), [&](std::uint32_t slot) {
    const PendingQuery& query = queries_[slot];
    return query.hash == hash && dns::KeyView({keys_[slot].bytes.data(), query.key_bytes}) == key;
  });
}

std::uint32_t InflightTable::find_waiting(const Waiter& waiter, std::uint32_t query,
                                          std::uint32_t hash) const noexcept {
  return retry_index_.find(hash, [&](std::uint32_t node) {
    const Waiter& known = nodes_[node].waiter;
    return nodes_[node].query == query && known.client.id == waiter.client.id && known.stream == waiter.stream &&
           known.reply_flow.destination_port == waiter.reply_flow.destination_port &&
           known.reply_flow.destination == waiter.reply_flow.destination;
  });
}

std::uint32_t InflightTable::find_client(const net::IpAddress& address, std::uint32_t hash) const noexcept {
  return client_index_.find(hash, [&](std::uint32_t slot) { return clients_[slot].address == address; });
}

Joined InflightTable::joined(Join verdict, std::uint32_t query) const noexcept {
  return {verdict, {query, queries_[query].generation}, &interests_[query]};
}

Joined InflightTable::join(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept {
  spill_.pass_time(now);
  const Waiter& waiter = newcomer();
  const net::IpAddress& address = waiter.reply_flow.destination;
  const std::uint64_t long_hash = hash_of(address);
  const std::uint32_t address_hash = fold(long_hash);
  std::uint32_t query = find_query(hash, key);
  const bool opens = query == kNone;
  std::uint32_t retry_hash = 0;
  if (!opens) {
    retry_hash = retry_hash_of(long_hash, waiter, query);
    const std::uint32_t known = find_waiting(waiter, query, retry_hash);
    if (known != kNone) {
      note_retransmit(query, known, waiter.arrived);
      return joined(Join::kDuplicate, query);
    }
    PendingQuery& found = queries_[query];
    if (found.waiters >= settings_.max_waiters_per_query) return {Join::kQueryFull, {}, nullptr};
    if (spill_.look(found.waiters, found.spilled) == Spilled::kYes) {
      found.spilled = Spilled::kYes;
      return {Join::kSpilled, {}, nullptr};
    }
  }
  std::uint32_t client = find_client(address, address_hash);
  const std::uint32_t client_waiters = client == kNone ? 0 : clients_[client].waiters;
  if (client_waiters >= settings_.max_waiting_per_client) return {Join::kClientFull, {}, nullptr};
  if (opens && free_queries_.empty()) return {Join::kTableFull, {}, nullptr};
  if (arrivals_.size() >= max_waiter_count(settings_)) {
    drop_one();
    return {Join::kWaitersFull, {}, nullptr};
  }
  if (settings_.soft_waiting != 0 && arrivals_.size() >= settings_.soft_waiting) {
    drop_one();
    client = find_client(address, address_hash);  // drop_one() may have removed its last waiter
  }

  if (opens) {
    query = open(hash, key, address);
    retry_hash = retry_hash_of(long_hash, waiter, query);
  }
  if (client == kNone) client = add_client(address, address_hash);
  add_waiter(query, client, {address_hash, retry_hash});
  publish();
  return joined(opens ? Join::kOpened : Join::kJoined, query);
}

std::uint32_t InflightTable::open(std::uint64_t hash, dns::KeyView key, const net::IpAddress& opener) noexcept {
  const std::uint32_t slot = free_queries_.take();
  PendingQuery& query = queries_[slot];
  SLUICE_REQUIRE(key.bytes().size() <= dns::kMaxKeyBytes);
  std::memcpy(keys_[slot].bytes.data(), key.bytes().data(), key.bytes().size());
  query.hash = hash;
  query.key_bytes = static_cast<std::uint16_t>(key.bytes().size());
  query.waiters = query.others = 0;
  query.opener = opener;
  query.first = query.last = query.answer_at = query.put_off_next = kNone;
  query.spilled = Spilled::kNone;
  query.progress = Progress::kAsked;
  ++query.generation;
  if (settings_.scope != Scope::kOff) query_index_.insert(fold(hash), slot);
  ++pending_queries_;

  coalesce::Interest& interest = interests_[slot];
  interest.retransmits.store(0, std::memory_order_relaxed);
  interest.others.store(0, std::memory_order_relaxed);
  interest.deadline_ns.store(0, std::memory_order_relaxed);
  interest.generation.store(query.generation, std::memory_order_release);
  return slot;
}

std::uint32_t InflightTable::add_client(const net::IpAddress& address, std::uint32_t hash) noexcept {
  const std::uint32_t slot = free_clients_.take();  // there are at most as many clients as waiters
  Client& client = *std::construct_at(&clients_[slot]);
  client.address = address;
  client_index_.insert(hash, slot);
  return slot;
}

/// A reused slot holds the values of its previous waiter.
std::uint32_t InflightTable::take_node() noexcept {
  const std::uint32_t known = free_nodes_.ever_taken();
  const std::uint32_t slot = free_nodes_.take();  // never empty: max_waiting plus spares
  if (slot >= known) std::construct_at(&nodes_[slot]);
  return slot;
}

void InflightTable::add_waiter(std::uint32_t query, std::uint32_t client, const Hashes& hashes) noexcept {
  const std::uint32_t slot = newcomer_;
  newcomer_ = take_node();
  Node& node = nodes_[slot];
  const Waiter& waiter = node.waiter;
  const net::IpAddress& address = waiter.reply_flow.destination;
  const base::Duration there = learned_.of(hashes.address, address, client_timeout_, waiter.arrived);
  node.client = client;
  node.query = query;
  std::construct_at(&side_[slot], Side{.heard_ns = waiter.arrived.ns(), .gone_ns = (waiter.arrived + there).ns()});
  ++clients_[client].waiters;
  retry_index_.insert(hashes.retry, slot);
  arrivals_.push(slot);
  link(queries_[query], slot);
  if (address != queries_[query].opener) ++queries_[query].others;

  coalesce::Interest& interest = interests_[query];
  const bool is_first = queries_[query].waiters == 1;
  interest.waiters.store(queries_[query].waiters, std::memory_order_relaxed);
  interest.others.store(queries_[query].others, std::memory_order_relaxed);
  if (is_first || side_[slot].gone_ns > interest.deadline_ns.load(std::memory_order_relaxed)) {
    interest.deadline_ns.store(side_[slot].gone_ns, std::memory_order_relaxed);
  }
}

/// A retransmission restarts the client timeout, and the gap to the previous packet is the client's retransmit interval.
void InflightTable::note_retransmit(std::uint32_t query, std::uint32_t node, base::Instant at) noexcept {
  auto& retransmits = interests_[query].retransmits;
  retransmits.store(retransmits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Side& side = side_[node];
  if (at.ns() <= side.heard_ns) return;
  const net::IpAddress& address = nodes_[node].waiter.reply_flow.destination;
  const std::uint32_t hash = fold(hash_of(address));
  learned_.learn(hash, address, at - base::Instant(side.heard_ns), at);
  unlink(queries_[query], node);
  side.heard_ns = at.ns();
  side.gone_ns = (at + learned_.of(hash, address, client_timeout_, at)).ns();
  link(queries_[query], node);
  find_deadline(query);
}

/// Exact for few waiters. With many it only grows: one of them nearly always waits that long.
void InflightTable::find_deadline(std::uint32_t query) noexcept {
  constexpr std::uint32_t kFew = 16;
  auto& deadline = interests_[query].deadline_ns;
  const PendingQuery& here = queries_[query];
  std::uint64_t latest = here.waiters > kFew ? deadline.load(std::memory_order_relaxed) : 0;
  std::uint32_t node = here.last;
  for (std::uint32_t looks = 0; node != kNone && looks < kFew; ++looks) {
    latest = std::max(latest, side_[node].gone_ns);
    node = side_[node].previous;
  }
  deadline.store(latest, std::memory_order_relaxed);
}

/// Keeps the list ordered by client timeout. The newcomer is mostly the last.
void InflightTable::link(PendingQuery& query, std::uint32_t node) noexcept {
  std::uint32_t before = query.last;
  while (before != kNone && timeout_ns(node) < timeout_ns(before)) before = side_[before].previous;
  const std::uint32_t behind = before == kNone ? query.first : nodes_[before].waiter.table_link;
  side_[node].previous = before;
  nodes_[node].waiter.table_link = behind;
  (before == kNone ? query.first : nodes_[before].waiter.table_link) = node;
  (behind == kNone ? query.last : side_[behind].previous) = node;
  ++query.waiters;
  query.first_timeout_ns = timeout_ns(query.first);
}

void InflightTable::unlink(PendingQuery& query, std::uint32_t node) noexcept {
  const std::uint32_t before = side_[node].previous;
  const std::uint32_t behind = nodes_[node].waiter.table_link;
  (before == kNone ? query.first : nodes_[before].waiter.table_link) = behind;
  (behind == kNone ? query.last : side_[behind].previous) = before;
  if (query.answer_at == node) query.answer_at = behind;
  --query.waiters;
  if (query.first != kNone) query.first_timeout_ns = timeout_ns(query.first);
}

void InflightTable::take_out(std::uint32_t node) noexcept {
  const Node& gone = nodes_[node];
  PendingQuery& query = queries_[gone.query];
  unlink(query, node);
  arrivals_.remove(node);
  if (gone.waiter.reply_flow.destination != query.opener) --query.others;
  interests_[gone.query].waiters.store(query.waiters, std::memory_order_relaxed);
  interests_[gone.query].others.store(query.others, std::memory_order_relaxed);

  const std::uint64_t address_hash = hash_of(gone.waiter.reply_flow.destination);
  retry_index_.erase(retry_hash_of(address_hash, gone.waiter, gone.query), node);
  Client& client = clients_[gone.client];
  if (--client.waiters == 0) {
    client_index_.erase(fold(address_hash), gone.client);
    free_clients_.give_back(gone.client);
  }
  publish();
}

void InflightTable::take_away(std::uint32_t node, Waiter& out) noexcept {
  out = nodes_[node].waiter;
  take_out(node);
  free_nodes_.give_back(node);
}

bool InflightTable::is_open(base::Handle handle) const noexcept {
  return handle.index < queries_.size() && (handle.generation & 1U) != 0 &&
         queries_[handle.index].generation == handle.generation;
}

dns::KeyView InflightTable::key(base::Handle handle) const noexcept {
  if (!is_open(handle)) return {};
  return dns::KeyView({keys_[handle.index].bytes.data(), queries_[handle.index].key_bytes});
}

bool InflightTable::pop_waiter(base::Handle handle, Waiter& out) noexcept {
  if (!has_waiters(handle)) return false;
  take_away(queries_[handle.index].first, out);
  return true;
}

void InflightTable::close(base::Handle handle) noexcept {
  if (!is_open(handle)) return;
  PendingQuery& query = queries_[handle.index];
  while (query.waiters != 0) {
    const std::uint32_t node = query.first;
    take_out(node);
    free_nodes_.give_back(node);
  }
  const bool is_indexed = settings_.scope != Scope::kOff && query.progress != Progress::kPutOff;
  if (is_indexed) query_index_.erase(fold(query.hash), handle.index);
  ++query.generation;
  interests_[handle.index].generation.store(query.generation, std::memory_order_release);
  free_queries_.give_back(handle.index);
  --pending_queries_;
  publish();
}

bool InflightTable::pop_expired(base::Instant now, std::size_t slots, Waiter& out, base::Handle& query) noexcept {
  publish_fullest();
  const std::uint32_t taken = free_queries_.ever_taken();
  for (std::size_t left = std::min<std::size_t>(slots, taken); left != 0; --left) {
    if (expiry_at_ >= taken) expiry_at_ = 0;
    const PendingQuery& here = queries_[expiry_at_];
    if (here.waiters > queries_[fullest_query_].waiters) fullest_query_ = expiry_at_;
    if (here.waiters != 0 &&
        here.first_timeout_ns <= now.ns()) {  // expiry_at_ stays: its next waiter may have expired as well
      query = {expiry_at_, here.generation};
      take_away(here.first, out);
      return true;
    }
    ++expiry_at_;
  }
  return false;
}

}  // namespace coalesce
