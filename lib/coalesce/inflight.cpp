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

// Indices, questions and interests are written now; keys, waiters and clients when their place is first taken.
InflightTable::Tables InflightTable::place_tables(base::Arena& arena, const Settings& settings) noexcept {
  const std::size_t questions = largest_question_count(settings);
  const std::size_t waiters = largest_waiter_count(settings);
  const std::size_t nodes = waiters + kSpareNodes;
  return {.interests = arena.take<coalesce::Interest>(questions),
          .questions = arena.take<Question>(questions),
          .keys = arena.reserve<Key>(questions),
          .nodes = arena.reserve<Node>(nodes),
          .side = arena.reserve<Side>(nodes),
          .clients = arena.reserve<Client>(waiters),
          .free_questions = arena.reserve<std::uint32_t>(questions),
          .free_nodes = arena.reserve<std::uint32_t>(nodes),
          .free_clients = arena.reserve<std::uint32_t>(waiters),
          .question_index = arena.take<std::uint64_t>(HashIndex::words_for(questions)),
          .retry_index = arena.take<std::uint64_t>(HashIndex::words_for(waiters)),
          .client_index = arena.take<std::uint64_t>(HashIndex::words_for(waiters)),
          .arrivals = arena.reserve<Arrivals::Link>(nodes),
          .arrival_order = arena.reserve<std::uint32_t>(waiters),
          .learned = arena.take<LearnedPatience::Slot>(LearnedPatience::kSlots)};
}

std::size_t InflightTable::bytes_needed(const Settings& settings) noexcept {
  base::Arena arena;
  static_cast<void>(place_tables(arena, settings));
  return arena.used();
}

InflightTable::InflightTable(base::MutableBytes memory, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : InflightTable(base::Arena(memory), settings, keyed) {
  // Where the table lies tells it from the others with the same key.
  const std::array seed{std::bit_cast<std::uintptr_t>(memory.data())};
  dice_ = Dice(keyed(std::as_bytes(std::span(seed))));
}

InflightTable::InflightTable(base::Arena arena, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : InflightTable(place_tables(arena, settings), settings, keyed) {}

InflightTable::InflightTable(const Tables& tables, const Settings& settings, const base::KeyedHash& keyed) noexcept
    : settings_(settings),
      patience_(settings.patience),
      keyed_(keyed),
      interests_(tables.interests),
      questions_(tables.questions),
      keys_(tables.keys),
      nodes_(tables.nodes),
      side_(tables.side),
      clients_(tables.clients),
      free_questions_(tables.free_questions),
      free_nodes_(tables.free_nodes),
      free_clients_(tables.free_clients),
      question_index_(tables.question_index),
      retry_index_(tables.retry_index),
      client_index_(tables.client_index),
      arrivals_(tables.arrivals, tables.arrival_order),
      learned_(tables.learned),
      spill_(settings.per_query),
      dice_(1) {
  newcomer_ = take_node();
}

void InflightTable::apply(const Settings& settings) noexcept {
  settings_.patience = settings.patience;
  settings_.drop_policy = settings.drop_policy;
  settings_.per_query = settings.per_query;
  settings_.answers_per_burst = settings.answers_per_burst;
  set_patience(settings.patience);
  spill_.set(settings.per_query);
}

void InflightTable::publish() noexcept {
  gauges_.waiting.set(arrivals_.size());
  gauges_.questions.set(open_questions_);
  gauges_.per_query.set(spill_.now());
}

// Whoever was fullest may have emptied since: the others are looked at in turn.
void InflightTable::publish_fullest() noexcept {
  constexpr std::uint32_t kLooks = 32;
  const std::uint32_t places = free_clients_.ever_taken();
  for (std::uint32_t left = std::min(kLooks, places); left != 0; --left) {
    client_look_at_ = client_look_at_ + 1 < places ? client_look_at_ + 1 : 0;
    if (clients_[client_look_at_].waiters > clients_[fullest_client_].waiters) fullest_client_ = client_look_at_;
  }
  gauges_.fullest_question.set(questions_[fullest_question_].waiters);
  if (places != 0) gauges_.fullest_client.set(clients_[fullest_client_].waiters);
}

void InflightTable::prefetch(std::uint64_t hash, const net::IpAddress& address) const noexcept {
  question_index_.prefetch(fold(hash));
  const std::uint32_t address_hash = fold(hash_of(address));
  client_index_.prefetch(address_hash);
  learned_.prefetch(address_hash);
}

std::uint32_t InflightTable::retry_hash_of(std::uint64_t address_hash, const Waiter& waiter,
                                           std::uint32_t question) const noexcept {
  const std::uint64_t packet = std::uint64_t{question} << 32U |
                               std::uint64_t{waiter.reply_flow.destination_port.value()} << 16U |
                               waiter.client.id.value();
  const std::uint64_t stream = std::uint64_t{waiter.stream.generation} << 32U | waiter.stream.index;
  return fold(keyed_.of_words(address_hash ^ packet, stream));
}

std::uint32_t InflightTable::find_question(std::uint64_t hash, dns::KeyView key) const noexcept {
  if (settings_.scope == Scope::kOff) return kNone;
  return question_index_.find(fold(hash), [&](std::uint32_t place) {
    const Question& question = questions_[place];
    return question.hash == hash && dns::KeyView({keys_[place].bytes.data(), question.key_bytes}) == key;
  });
}

std::uint32_t InflightTable::find_waiting(const Waiter& waiter, std::uint32_t question,
                                          std::uint32_t hash) const noexcept {
  return retry_index_.find(hash, [&](std::uint32_t node) {
    const Waiter& known = nodes_[node].waiter;
    return nodes_[node].question == question && known.client.id == waiter.client.id && known.stream == waiter.stream &&
           known.reply_flow.destination_port == waiter.reply_flow.destination_port &&
           known.reply_flow.destination == waiter.reply_flow.destination;
  });
}

std::uint32_t InflightTable::find_client(const net::IpAddress& address, std::uint32_t hash) const noexcept {
  return client_index_.find(hash, [&](std::uint32_t place) { return clients_[place].address == address; });
}

Joined InflightTable::joined(Join verdict, std::uint32_t question) const noexcept {
  return {verdict, {question, questions_[question].generation}, &interests_[question]};
}

Joined InflightTable::join(std::uint64_t hash, dns::KeyView key, base::Instant now) noexcept {
  spill_.pass_time(now);
  const Waiter& waiter = newcomer();
  const net::IpAddress& address = waiter.reply_flow.destination;
  const std::uint64_t long_hash = hash_of(address);
  const std::uint32_t address_hash = fold(long_hash);
  std::uint32_t question = find_question(hash, key);
  const bool opens = question == kNone;
  std::uint32_t retry_hash = 0;
  if (!opens) {
    retry_hash = retry_hash_of(long_hash, waiter, question);
    const std::uint32_t known = find_waiting(waiter, question, retry_hash);
    if (known != kNone) {
      hear_again(question, known, waiter.arrived);
      return joined(Join::kDuplicate, question);
    }
    Question& found = questions_[question];
    if (found.waiters >= settings_.max_waiters_per_question) return {Join::kQuestionFull, {}, nullptr};
    if (spill_.look(found.waiters, found.spilled) == Spilled::kYes) {
      found.spilled = Spilled::kYes;
      return {Join::kSpilled, {}, nullptr};
    }
  }
  std::uint32_t client = find_client(address, address_hash);
  const std::uint32_t client_waiters = client == kNone ? 0 : clients_[client].waiters;
  if (client_waiters >= settings_.max_waiting_per_client) return {Join::kClientFull, {}, nullptr};
  if (opens && free_questions_.empty()) return {Join::kQuestionsFull, {}, nullptr};
  if (arrivals_.size() >= largest_waiter_count(settings_)) {
    drop_one();
    return {Join::kWaitersFull, {}, nullptr};
  }
  if (settings_.soft_waiting != 0 && arrivals_.size() >= settings_.soft_waiting) {
    drop_one();
    client = find_client(address, address_hash);  // its last waiter may be the one that was dropped
  }

  if (opens) {
    question = open(hash, key, address);
    retry_hash = retry_hash_of(long_hash, waiter, question);
  }
  if (client == kNone) client = add_client(address, address_hash);
  add_waiter(question, client, {address_hash, retry_hash});
  publish();
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
  question.first = question.last = question.answer_at = question.put_off_next = kNone;
  question.spilled = Spilled::kNone;
  question.progress = Progress::kAsked;
  ++question.generation;
  if (settings_.scope != Scope::kOff) question_index_.insert(fold(hash), place);
  ++open_questions_;

  coalesce::Interest& interest = interests_[place];
  interest.nudges.store(0, std::memory_order_relaxed);
  interest.others.store(0, std::memory_order_relaxed);
  interest.deadline_ns.store(0, std::memory_order_relaxed);
  interest.generation.store(question.generation, std::memory_order_release);
  return place;
}

std::uint32_t InflightTable::add_client(const net::IpAddress& address, std::uint32_t hash) noexcept {
  const std::uint32_t place = free_clients_.take();  // never more clients than waiters
  Client& client = *std::construct_at(&clients_[place]);
  client.address = address;
  client_index_.insert(hash, place);
  return place;
}

/// Its contents are those of the waiter before, and nothing at all the first time.
std::uint32_t InflightTable::take_node() noexcept {
  const std::uint32_t known = free_nodes_.ever_taken();
  const std::uint32_t place = free_nodes_.take();  // never more than there are
  if (place >= known) std::construct_at(&nodes_[place]);
  return place;
}

void InflightTable::add_waiter(std::uint32_t question, std::uint32_t client, const Hashes& hashes) noexcept {
  const std::uint32_t place = newcomer_;
  newcomer_ = take_node();
  Node& node = nodes_[place];
  const Waiter& waiter = node.waiter;
  const net::IpAddress& address = waiter.reply_flow.destination;
  const base::Duration there = learned_.of(hashes.address, address, patience_, waiter.arrived);
  node.client = client;
  node.question = question;
  std::construct_at(&side_[place], Side{.heard_ns = waiter.arrived.ns(), .gone_ns = (waiter.arrived + there).ns()});
  ++clients_[client].waiters;
  retry_index_.insert(hashes.retry, place);
  arrivals_.push(place);
  link(questions_[question], place);
  if (address != questions_[question].opener) ++questions_[question].others;

  coalesce::Interest& interest = interests_[question];
  const bool is_first = questions_[question].waiters == 1;
  interest.waiters.store(questions_[question].waiters, std::memory_order_relaxed);
  interest.others.store(questions_[question].others, std::memory_order_relaxed);
  if (is_first || side_[place].gone_ns > interest.deadline_ns.load(std::memory_order_relaxed)) {
    interest.deadline_ns.store(side_[place].gone_ns, std::memory_order_relaxed);
  }
}

/// Its patience begins anew, and the time since its packet before says how long it waits between two of them.
void InflightTable::hear_again(std::uint32_t question, std::uint32_t node, base::Instant at) noexcept {
  auto& nudges = interests_[question].nudges;
  nudges.store(nudges.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Side& side = side_[node];
  if (at.ns() <= side.heard_ns) return;
  const net::IpAddress& address = nodes_[node].waiter.reply_flow.destination;
  const std::uint32_t hash = fold(hash_of(address));
  learned_.learn(hash, address, at - base::Instant(side.heard_ns), at);
  unlink(questions_[question], node);
  side.heard_ns = at.ns();
  side.gone_ns = (at + learned_.of(hash, address, patience_, at)).ns();
  link(questions_[question], node);
  find_deadline(question);
}

/// Exact for a few; where many wait it only moves on, because one of them is nearly always there.
void InflightTable::find_deadline(std::uint32_t question) noexcept {
  constexpr std::uint32_t kFew = 16;
  auto& deadline = interests_[question].deadline_ns;
  const Question& here = questions_[question];
  std::uint64_t latest = here.waiters > kFew ? deadline.load(std::memory_order_relaxed) : 0;
  std::uint32_t node = here.last;
  for (std::uint32_t looks = 0; node != kNone && looks < kFew; ++looks) {
    latest = std::max(latest, side_[node].gone_ns);
    node = side_[node].previous;
  }
  deadline.store(latest, std::memory_order_relaxed);
}

/// Keeps the list in the order in which patience ends: nearly always the newcomer is the last.
void InflightTable::link(Question& question, std::uint32_t node) noexcept {
  std::uint32_t before = question.last;
  while (before != kNone && over_ns(node) < over_ns(before)) before = side_[before].previous;
  const std::uint32_t behind = before == kNone ? question.first : nodes_[before].waiter.table_link;
  side_[node].previous = before;
  nodes_[node].waiter.table_link = behind;
  (before == kNone ? question.first : nodes_[before].waiter.table_link) = node;
  (behind == kNone ? question.last : side_[behind].previous) = node;
  ++question.waiters;
  question.first_over_ns = over_ns(question.first);
}

void InflightTable::unlink(Question& question, std::uint32_t node) noexcept {
  const std::uint32_t before = side_[node].previous;
  const std::uint32_t behind = nodes_[node].waiter.table_link;
  (before == kNone ? question.first : nodes_[before].waiter.table_link) = behind;
  (behind == kNone ? question.last : side_[behind].previous) = before;
  if (question.answer_at == node) question.answer_at = behind;
  --question.waiters;
  if (question.first != kNone) question.first_over_ns = over_ns(question.first);
}

void InflightTable::take_out(std::uint32_t node) noexcept {
  const Node& gone = nodes_[node];
  Question& question = questions_[gone.question];
  unlink(question, node);
  arrivals_.remove(node);
  if (gone.waiter.reply_flow.destination != question.opener) --question.others;
  interests_[gone.question].waiters.store(question.waiters, std::memory_order_relaxed);
  interests_[gone.question].others.store(question.others, std::memory_order_relaxed);

  const std::uint64_t address_hash = hash_of(gone.waiter.reply_flow.destination);
  retry_index_.erase(retry_hash_of(address_hash, gone.waiter, gone.question), node);
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
  return handle.index < questions_.size() && (handle.generation & 1U) != 0 &&
         questions_[handle.index].generation == handle.generation;
}

dns::KeyView InflightTable::key(base::Handle handle) const noexcept {
  if (!is_open(handle)) return {};
  return dns::KeyView({keys_[handle.index].bytes.data(), questions_[handle.index].key_bytes});
}

bool InflightTable::pop_waiter(base::Handle handle, Waiter& out) noexcept {
  if (!has_waiters(handle)) return false;
  take_away(questions_[handle.index].first, out);
  return true;
}

void InflightTable::close(base::Handle handle) noexcept {
  if (!is_open(handle)) return;
  Question& question = questions_[handle.index];
  while (question.waiters != 0) {
    const std::uint32_t node = question.first;
    take_out(node);
    free_nodes_.give_back(node);
  }
  const bool is_indexed = settings_.scope != Scope::kOff && question.progress != Progress::kPutOff;
  if (is_indexed) question_index_.erase(fold(question.hash), handle.index);
  ++question.generation;
  interests_[handle.index].generation.store(question.generation, std::memory_order_release);
  free_questions_.give_back(handle.index);
  --open_questions_;
  publish();
}

bool InflightTable::pop_expired(base::Instant now, std::size_t questions, Waiter& out,
                                base::Handle& question) noexcept {
  publish_fullest();
  const std::uint32_t places = free_questions_.ever_taken();
  for (std::size_t left = std::min<std::size_t>(questions, places); left != 0; --left) {
    if (expiry_at_ >= places) expiry_at_ = 0;
    const Question& here = questions_[expiry_at_];
    if (here.waiters > questions_[fullest_question_].waiters) fullest_question_ = expiry_at_;
    if (here.waiters != 0 && here.first_over_ns <= now.ns()) {  // and stays: the next one may be over too
      question = {expiry_at_, here.generation};
      take_away(here.first, out);
      return true;
    }
    ++expiry_at_;
  }
  return false;
}

}  // namespace coalesce
