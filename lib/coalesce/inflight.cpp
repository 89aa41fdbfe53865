// SPDX-License-Identifier: Apache-2.0
// Questions, those who wait for them, and when their patience ends.
#include "coalesce/inflight.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <memory>

#include "base/contract.hpp"

namespace coalesce {
namespace {

std::size_t largest_question_count(const Settings& settings) noexcept {
  return std::max<std::size_t>(settings.max_questions, 1);
}
std::size_t largest_waiter_count(const Settings& settings) noexcept {
  return std::max<std::size_t>(settings.max_waiting, 1);
}

}  // namespace

std::size_t InflightTable::bytes_needed(const Settings& settings) noexcept {
  const std::size_t questions = largest_question_count(settings);
  const std::size_t waiters = largest_waiter_count(settings);
  using base::Carver;
  return Carver::needs<base::Interest>(questions) + Carver::needs<Question>(questions) + Carver::needs<Key>(questions) +
         Carver::needs<Node>(waiters) + Carver::needs<Client>(waiters) + Carver::needs<std::uint32_t>(questions) +
         2 * Carver::needs<std::uint32_t>(waiters) + Carver::needs<std::uint64_t>(Index::words_for(questions)) +
         2 * Carver::needs<std::uint64_t>(Index::words_for(waiters));
}

InflightTable::InflightTable(base::MutableBytes memory, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : InflightTable(base::Carver(memory), settings, keyed) {
  SLUICE_REQUIRE(std::bit_cast<std::uintptr_t>(memory.data()) % base::kCacheLineBytes == 0);
}

// Indices, questions and interests are written now; keys, waiters and clients when their place is first taken.
InflightTable::InflightTable(base::Carver carver, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : settings_(settings),
      patience_ns_(static_cast<std::uint64_t>(std::chrono::nanoseconds(settings.patience).count())),
      keyed_(keyed),
      interests_(carver.make<base::Interest>(largest_question_count(settings))),
      questions_(carver.make<Question>(largest_question_count(settings))),
      keys_(carver.take<Key>(largest_question_count(settings))),
      nodes_(carver.take<Node>(largest_waiter_count(settings))),
      clients_(carver.take<Client>(largest_waiter_count(settings))),
      free_questions_(carver.take<std::uint32_t>(largest_question_count(settings))),
      free_nodes_(carver.take<std::uint32_t>(largest_waiter_count(settings))),
      free_clients_(carver.take<std::uint32_t>(largest_waiter_count(settings))),
      question_index_(carver.make<std::uint64_t>(Index::words_for(largest_question_count(settings)))),
      retry_index_(carver.make<std::uint64_t>(Index::words_for(largest_waiter_count(settings)))),
      client_index_(carver.make<std::uint64_t>(Index::words_for(largest_waiter_count(settings)))) {}

InflightTable::Retry InflightTable::retry_of(const Waiter& waiter, std::uint32_t question) noexcept {
  return {waiter.reply_flow.destination, waiter.reply_flow.destination_port.value(), waiter.client.id.value(), question,
          waiter.stream};
}

std::uint32_t InflightTable::hash_of(const Retry& retry) const noexcept {
  return fold(keyed_(std::as_bytes(std::span<const Retry>(&retry, 1))));
}

std::uint32_t InflightTable::hash_of(const net::IpAddress& address) const noexcept {
  return fold(keyed_(address.octets()));
}

std::uint64_t InflightTable::over_ns(const Waiter& waiter) const noexcept { return waiter.arrived.ns() + patience_ns_; }

std::uint32_t InflightTable::find_question(std::uint64_t hash, dns::KeyView key) const noexcept {
  if (settings_.scope == Scope::kOff) return kNone;
  return question_index_.find(fold(hash), [&](std::uint32_t place) {
    const Question& question = questions_[place];
    return question.hash == hash && dns::KeyView({keys_[place].bytes.data(), question.key_bytes}) == key;
  });
}

bool InflightTable::is_waiting(const Retry& retry) const noexcept {
  const auto same = [&](std::uint32_t node) { return retry_of(nodes_[node].waiter, nodes_[node].question) == retry; };
  return retry_index_.find(hash_of(retry), same) != kNone;
}

std::uint32_t InflightTable::find_client(const net::IpAddress& address) const noexcept {
  return client_index_.find(hash_of(address), [&](std::uint32_t place) { return clients_[place].address == address; });
}

Joined InflightTable::joined(Join verdict, std::uint32_t question) const noexcept {
  return {verdict, {question, questions_[question].generation}, &interests_[question]};
}

Joined InflightTable::join(std::uint64_t hash, dns::KeyView key, const Waiter& waiter, base::Instant now) noexcept {
  static_cast<void>(now);
  std::uint32_t question = find_question(hash, key);
  const bool opens = question == kNone;
  if (!opens) {
    if (is_waiting(retry_of(waiter, question))) {
      auto& nudges = interests_[question].nudges;
      nudges.store(nudges.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return joined(Join::kDuplicate, question);
    }
    if (questions_[question].waiters >= settings_.max_waiters_per_question) return {Join::kQuestionFull, {}, nullptr};
  }
  const net::IpAddress& address = waiter.reply_flow.destination;
  std::uint32_t client = find_client(address);
  const std::uint32_t client_waiters = client == kNone ? 0 : clients_[client].waiters;
  if (client_waiters >= settings_.max_waiting_per_client) return {Join::kClientFull, {}, nullptr};
  if (free_nodes_.empty()) return {Join::kWaitersFull, {}, nullptr};
  if (opens && free_questions_.empty()) return {Join::kQuestionsFull, {}, nullptr};

  if (opens) question = open(hash, key, address);
  if (client == kNone) client = add_client(address);
  add_waiter(question, waiter, client);
  return joined(opens ? Join::kOpened : Join::kJoined, question);
}

std::uint32_t InflightTable::open(std::uint64_t hash, dns::KeyView key, const net::IpAddress& opener) noexcept {
  const std::uint32_t place = free_questions_.take();
  Question& question = questions_[place];
  SLUICE_REQUIRE(key.bytes().size() <= dns::kMaxKeyBytes);
  std::memcpy(keys_[place].bytes.data(), key.bytes().data(), key.bytes().size());
  question.hash = hash;
  question.key_bytes = static_cast<std::uint16_t>(key.bytes().size());
  question.waiters = question.others = 0;
  question.opener = opener;
  question.first = question.last = kNone;
  ++question.generation;
  if (settings_.scope != Scope::kOff) question_index_.insert(fold(hash), place);
  ++open_questions_;

  base::Interest& interest = interests_[place];
  interest.nudges.store(0, std::memory_order_relaxed);
  interest.others.store(0, std::memory_order_relaxed);
  interest.deadline_ns.store(0, std::memory_order_relaxed);
  interest.generation.store(question.generation, std::memory_order_release);
  return place;
}

std::uint32_t InflightTable::add_client(const net::IpAddress& address) noexcept {
  const std::uint32_t place = free_clients_.take();  // never more clients than waiters
  std::construct_at(&clients_[place], Client{address, 0});
  client_index_.insert(hash_of(address), place);
  return place;
}

void InflightTable::add_waiter(std::uint32_t question, const Waiter& waiter, std::uint32_t client) noexcept {
  const std::uint32_t place = free_nodes_.take();
  std::construct_at(&nodes_[place], Node{waiter, client, question});
  nodes_[place].waiter.table_link = kNone;
  ++clients_[client].waiters;
  retry_index_.insert(hash_of(retry_of(waiter, question)), place);
  link(questions_[question], place);
  if (waiter.reply_flow.destination != questions_[question].opener) ++questions_[question].others;
  ++waiting_clients_;

  base::Interest& interest = interests_[question];
  interest.waiters.store(questions_[question].waiters, std::memory_order_relaxed);
  interest.others.store(questions_[question].others, std::memory_order_relaxed);
  if (over_ns(waiter) > interest.deadline_ns.load(std::memory_order_relaxed)) {
    interest.deadline_ns.store(over_ns(waiter), std::memory_order_relaxed);
  }
}

/// Keeps the list in the order in which patience ends: nearly always the newcomer is the last.
void InflightTable::link(Question& question, std::uint32_t place) noexcept {
  const std::uint64_t over = over_ns(nodes_[place].waiter);
  ++question.waiters;
  if (question.first == kNone) {
    question.first = question.last = place;
  } else if (over >= over_ns(nodes_[question.last].waiter)) {
    nodes_[question.last].waiter.table_link = place;
    question.last = place;
  } else {
    std::uint32_t* at = &question.first;
    while (over >= over_ns(nodes_[*at].waiter)) at = &nodes_[*at].waiter.table_link;
    nodes_[place].waiter.table_link = *at;
    *at = place;
  }
  question.first_over_ns = over_ns(nodes_[question.first].waiter);
}

void InflightTable::drop_first(std::uint32_t place) noexcept {
  Question& question = questions_[place];
  const std::uint32_t dropped = question.first;
  const Node& node = nodes_[dropped];
  question.first = node.waiter.table_link;
  if (question.first == kNone) {
    question.last = kNone;
  } else {
    question.first_over_ns = over_ns(nodes_[question.first].waiter);
  }
  --question.waiters;
  if (node.waiter.reply_flow.destination != question.opener) --question.others;
  --waiting_clients_;
  interests_[place].waiters.store(question.waiters, std::memory_order_relaxed);
  interests_[place].others.store(question.others, std::memory_order_relaxed);

  retry_index_.erase(hash_of(retry_of(node.waiter, place)), dropped);
  Client& client = clients_[node.client];
  if (--client.waiters == 0) {
    client_index_.erase(hash_of(client.address), node.client);
    free_clients_.give_back(node.client);
  }
  free_nodes_.give_back(dropped);
}

bool InflightTable::is_open(base::Handle handle) const noexcept {
  return handle.index < questions_.size() && (handle.generation & 1U) != 0 &&
         questions_[handle.index].generation == handle.generation;
}

dns::KeyView InflightTable::key(base::Handle handle) const noexcept {
  if (!is_open(handle)) return {};
  return dns::KeyView({keys_[handle.index].bytes.data(), questions_[handle.index].key_bytes});
}

bool InflightTable::pop_waiter(base::Handle handle, Waiter& out) noexcept {
  if (!is_open(handle) || questions_[handle.index].waiters == 0) return false;
  out = nodes_[questions_[handle.index].first].waiter;
  drop_first(handle.index);
  return true;
}

void InflightTable::close(base::Handle handle) noexcept {
  if (!is_open(handle)) return;
  Question& question = questions_[handle.index];
  while (question.waiters != 0) drop_first(handle.index);
  if (settings_.scope != Scope::kOff) question_index_.erase(fold(question.hash), handle.index);
  ++question.generation;
  interests_[handle.index].generation.store(question.generation, std::memory_order_release);
  free_questions_.give_back(handle.index);
  --open_questions_;
}

bool InflightTable::pop_expired(base::Instant now, std::size_t questions, Waiter& out,
                                base::Handle& question) noexcept {
  const std::uint32_t places = free_questions_.ever_taken();
  for (std::size_t left = std::min<std::size_t>(questions, places); left != 0; --left) {
    if (expiry_at_ >= places) expiry_at_ = 0;
    const Question& here = questions_[expiry_at_];
    if (here.waiters != 0 && here.first_over_ns <= now.ns()) {  // and stays: the next one may be over too
      question = {expiry_at_, here.generation};
      out = nodes_[here.first].waiter;
      drop_first(expiry_at_);
      return true;
    }
    ++expiry_at_;
  }
  return false;
}

}  // namespace coalesce
