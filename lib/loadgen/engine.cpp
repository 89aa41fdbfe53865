// SPDX-License-Identifier: Apache-2.0
// One turn of the loop: received answers, expired deadlines, new queries.
#include "loadgen/engine.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "plan.hpp"

namespace loadgen {
namespace {

constexpr base::Duration kLookAgain = std::chrono::milliseconds(1);  // at deadlines, while nothing else is due
constexpr std::uint64_t kDraws = 1;
constexpr std::uint64_t kChance = 2;

bool is_good(dns::Rcode rcode) noexcept { return rcode == dns::Rcode::kNoError || rcode == dns::Rcode::kNxDomain; }

bool is_failure(dns::Rcode rcode) noexcept {
  return rcode == dns::Rcode::kServFail || rcode == dns::Rcode::kNotImp || rcode == dns::Rcode::kRefused;
}

}  // namespace

Engine::Stream::Stream(const StreamSpec& from, NameSource source, std::uint64_t seed, std::size_t seconds,
                       std::uint32_t endpoint)
    : spec(from),
      names(std::move(source)),
      arrivals(names.schedule_ns().empty() ? Arrivals(from.arrival, from.rate_qps, seed)
                                           : Arrivals(names.schedule_ns())),
      draws(seed, kDraws),
      chance(seed, kChance),
      first_endpoint(endpoint),
      endpoints(from.spoof ? 0 : from.clients * from.ports),
      expected_rcodes(rcode_bits(from.expected)),
      stats(seconds) {
  for (const TypeShare& share : spec.types) type_weights += share.weight;
}

diag::Result<std::unique_ptr<Engine>> Engine::create(const RunSpec& run, Backend& backend) {
  if (run.streams.empty() || run.streams.size() > kMaxStreams) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{} streams; allowed: 1 to {}", run.streams.size(), kMaxStreams));
  }
  const auto capacity = table_capacity(run);
  if (!capacity) return diag::fail(capacity.error());
  const auto seconds = seconds_of(run);
  if (!seconds) return diag::fail(seconds.error());
  std::unique_ptr<Engine> engine(new Engine(backend, *capacity));
  std::uint32_t endpoint = 0;
  for (const StreamSpec& spec : run.streams) {
    const std::uint64_t seed = base::mix(run.seed) + engine->streams_.size();
    auto names = NameSource::create(spec.names, seed);
    if (!names) return diag::fail(names.error().at(fmt::format("stream '{}'", spec.name)));
    const Stream& stream = engine->streams_.emplace_back(spec, std::move(*names), seed, *seconds, endpoint);
    endpoint += stream.endpoints;
  }
  return engine;
}

base::Instant Engine::step(base::Instant now) noexcept {
  now_ = now;
  record_lateness(now);
  const bool more_answers = take_answers(now);
  table_.expire(now, [this](std::uint32_t slot) { due(slot); });
  if (!interrupted_) ask_due(now);
  flush(now);
  if (more_answers || batch_begin_ != batch_end_ || !handed_over_.empty()) return now;
  const base::Instant next = interrupted_ ? base::Instant::never() : next_new();
  return waiting_ != 0 ? std::min(next, now + kLookAgain) : next;
}

bool Engine::finished() const noexcept {
  if (interrupted_) return true;
  return waiting_ == 0 && batch_begin_ == batch_end_ && next_new() == base::Instant::never();
}

// An upper bound for how late the queries of the last turn were sent.
void Engine::record_lateness(base::Instant now) noexcept {
  for (const base::Instant intended : handed_over_) lateness_.record(now - intended);
  handed_over_.clear();
}

base::Instant Engine::next_new() const noexcept {
  base::Instant first = base::Instant::never();
  for (const Stream& stream : streams_) {
    const base::Duration at = stream.arrivals.next();
    if (at < stream.spec.duration) first = std::min(first, begin_ + stream.spec.start + at);
  }
  return first;
}

void Engine::ask_due(base::Instant now) noexcept {
  while (batch_end_ - batch_begin_ < kBatch) {
    std::size_t chosen = streams_.size();
    base::Instant first = now + base::Duration(1);
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      const base::Duration at = streams_[i].arrivals.next();
      const base::Instant moment = begin_ + streams_[i].spec.start + at;
      if (at < streams_[i].spec.duration && moment < first) {
        first = moment;
        chosen = i;
      }
    }
    if (chosen == streams_.size()) return;
    streams_[chosen].arrivals.advance();
    ++streams_[chosen].stats.queries;
    ++streams_[chosen].stats.second(first - begin_).queries;
    streams_[chosen].spec.spoof ? ask_spoofed(chosen, first) : ask_new(chosen, first);
  }
}

bool Engine::take_answers(base::Instant now) noexcept {
  const std::size_t count = backend_->receive(incoming_);
  for (std::size_t i = 0; i < count; ++i) take(incoming_[i], now);
  return count == incoming_.size();
}

std::size_t Engine::stream_of(std::uint32_t endpoint) const noexcept {
  std::size_t stream = 0;
  while (stream + 1 < streams_.size() && endpoint >= streams_[stream].first_endpoint + streams_[stream].endpoints) {
    ++stream;
  }
  return stream;
}

void Engine::take(const Incoming& incoming, base::Instant now) noexcept {
  const base::Bytes message = incoming.message;
  if (incoming.endpoint == kSpoofed) return take_spoofed(message);
  if (message.size() < dns::kHeaderBytes) return note_wrong(stream_of(incoming.endpoint), Wrong::kShort, message, {});
  const std::uint32_t slot = table_.find(incoming.endpoint, base::load_be16(message.data()));
  if (slot == QueryTable::kNone) {
    return note_wrong(stream_of(incoming.endpoint), Wrong::kUnknownId, message, {});
  }
  const OpenQuery& query = table_[slot];
  Stream& stream = streams_[query.stream];
  std::array<std::byte, dns::kMaxNameBytes + 4> question;
  const std::size_t bytes = write_question(stream, query, question.data());
  const Expectation expected{{question.data(), bytes}, stream.spec.ttl, stream.expected_rcodes};
  const Checked checked = verifier_.check(message, expected);
  if (checked.wrong) note_wrong(query.stream, *checked.wrong, message, expected.question);
  if (!checked.wrong || is_answer(*checked.wrong)) take_answer(slot, checked, now);
}

// A spoofed query is not kept in the table: its answer is checked on its own and counted for the first spoofing stream.
void Engine::take_spoofed(base::Bytes message) noexcept {
  constexpr unsigned kQr = 0x80;
  const auto of_spoofed =
      std::find_if(streams_.begin(), streams_.end(), [](const Stream& s) { return !!s.spec.spoof; });
  if (of_spoofed == streams_.end()) return;
  const auto stream = static_cast<std::size_t>(of_spoofed - streams_.begin());
  if (message.size() < dns::kHeaderBytes) return note_wrong(stream, Wrong::kShort, message, {});
  if ((std::to_integer<unsigned>(message[2]) & kQr) == 0) return note_wrong(stream, Wrong::kNotResponse, message, {});
  const std::size_t rcode = std::to_integer<std::size_t>(message[3]) & 0xfU;
  ++of_spoofed->stats.to_spoofed[rcode];
}

void Engine::take_answer(std::uint32_t slot, const Checked& checked, base::Instant now) noexcept {
  OpenQuery& query = table_[slot];
  Stream& stream = streams_[query.stream];
  Second& received = stream.stats.second(now - begin_);
  ++received.answers_received;
  if (query.state == QueryState::kAnswered) {
    ++stream.stats.duplicates;
  } else if (query.state == QueryState::kGivenUp) {
    ++stream.stats.late;
  } else if (stream.spec.retry.on_failure == OnFailure::kRetry && is_failure(checked.rcode) &&
             query.tries < stream.spec.retry.tries()) {
    ++stream.stats.failure_tries;
    table_.set_deadline(slot, now);  // ends this try; the next one is sent in this turn
  } else {
    if (is_good(checked.rcode)) ++received.good_received;
    complete(query, stream, checked, now);
    if (query.tries == 1 && stream.spec.remember == base::Duration(0)) return table_.close(slot);
    table_.set_deadline(slot, now + (query.tries > 1 ? kKeepGivenUp : stream.spec.remember));
  }
}

void Engine::complete(OpenQuery& query, Stream& stream, const Checked& checked, base::Instant now) noexcept {
  const base::Duration latency = std::max(now - query.intended, base::Duration(0));
  StreamStats& stats = stream.stats;
  query.state = QueryState::kAnswered;
  --waiting_;
  ++stats.answered;
  ++stats.rcodes[std::min(static_cast<std::size_t>(checked.rcode), kRcodes - 1)];
  if (checked.truncated) ++stats.truncated;
  stats.latency.record(latency);
  stats.answered_latency.record(latency);
  Second& second = stats.second(query.intended - begin_);
  ++second.answered;
  if (is_good(checked.rcode)) ++second.good;
  const auto ns = static_cast<std::uint64_t>(latency.count());
  second.latency_sum_ns += ns;
  second.latency_max_ns = std::max(second.latency_max_ns, ns);
}

void Engine::note_wrong(std::size_t stream, Wrong reason, base::Bytes message, base::Bytes question) noexcept {
  ++streams_[stream].stats.wrong[static_cast<std::size_t>(reason)];
  if (examples_.full()) return;
  WrongExample example;
  example.stream = static_cast<std::uint8_t>(stream);
  example.reason = reason;
  example.bytes = static_cast<std::uint16_t>(message.size());
  example.question_bytes = static_cast<std::uint16_t>(question.size());
  std::copy_n(message.begin(), std::min(message.size(), example.message.size()), example.message.begin());
  std::copy(question.begin(), question.end(), example.question.begin());
  static_cast<void>(examples_.push_back(example));
}

void Engine::due(std::uint32_t slot) noexcept {
  OpenQuery& query = table_[slot];
  if (query.state != QueryState::kWaiting) return table_.close(slot);
  Stream& stream = streams_[query.stream];
  if (query.tries < stream.spec.retry.tries()) return ask_again(slot);
  const base::Duration client_timeout = query.deadline - query.intended;
  query.state = QueryState::kGivenUp;
  --waiting_;
  ++stream.stats.timeouts;
  stream.stats.latency.record(client_timeout);
  Second& second = stream.stats.second(query.intended - begin_);
  ++second.timeouts;
  const auto ns = static_cast<std::uint64_t>(client_timeout.count());
  second.latency_sum_ns += ns;
  second.latency_max_ns = std::max(second.latency_max_ns, ns);
  table_.set_deadline(slot, query.deadline + kKeepGivenUp);
}

}  // namespace loadgen
