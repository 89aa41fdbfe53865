// SPDX-License-Identifier: Apache-2.0
// Pairs of messages to events.
#include "exchanges.hpp"

#include <algorithm>
#include <limits>

#include "dns/query.hpp"

namespace trace {
namespace {

constexpr std::int64_t kClientTimeoutNs = 10'000'000'000;  // how long a stub resolver waits in all
constexpr std::size_t kMostOpen = 1'000'000;

}  // namespace

void Exchanges::clear() {
  open_.clear();
  waiting_.clear();
  first_ = 0;
  last_ns_ = now_ns_ = 0;
}

Exchanges::Took Exchanges::take(const Message& message, std::uint64_t place) {
  now_ns_ = std::max(now_ns_, message.at_ns);
  if (message.bytes.size() < dns::kHeaderBytes) {
    skips_.note(Skip::kMessageBroken, unit_, place, "shorter than a header");
    return Took::kYes;
  }
  const bool is_response = (base::load_be16(message.bytes.data() + 2) & dns::kFlagQr) != 0;
  return is_response ? take_response(message, place) : take_query(message, place);
}

Exchanges::Took Exchanges::take_query(const Message& message, std::uint64_t place) {
  const auto query = dns::QueryView::parse(message.bytes);
  if (!query) {
    const bool broken =
        query.error() == dns::QueryReject::kBrokenQuestion || query.error() == dns::QueryReject::kMalformed;
    skips_.note(broken ? Skip::kMessageBroken : Skip::kNotQuery, unit_, place);
    return Took::kYes;
  }
  const auto question = dictionary_.intern(query->qname(), query->qtype(), query->qclass());
  const auto client = dictionary_.intern(Client{message.client});
  if (!question || !client) return Took::kFull;
  Open open;
  open.key = {*question, *client, message.client_port, query->header().id.value()};
  open.event.question = *question;
  open.event.client = *client;
  if (message.over_tcp) open.event.flags |= kOverTcp;
  if (query->edns().dnssec_ok) open.event.flags |= kDnssecOk;
  if (query->header().has(dns::kFlagCd)) open.event.flags |= kCheckingDisabled;
  open.event.at_ns = in_order(message.at_ns, place);
  const std::uint64_t number = first_ + open_.size();
  const auto [known, is_new] = waiting_.try_emplace(open.key, number);
  if (!is_new) {
    open.before = known->second + 1;
    open.event.flags |= kRepeat;
    known->second = number;
  }
  open_.push_back(open);
  return Took::kYes;
}

Exchanges::Took Exchanges::take_response(const Message& message, std::uint64_t place) {
  const auto response = dns::ResponseView::parse(message.bytes, *scratch_);
  if (!response) {
    const bool other =
        response.error() == dns::ResponseReject::kOpcode || response.error() == dns::ResponseReject::kQuestionCount;
    skips_.note(other ? Skip::kNotQuery : Skip::kMessageBroken, unit_, place);
    return Took::kYes;
  }
  const auto question = dictionary_.intern(response->qname(), response->qtype(), response->qclass());
  const auto client = dictionary_.intern(Client{message.client});
  if (!question || !client) return Took::kFull;
  const Key key{*question, *client, message.client_port, response->header().id.value()};
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) {
    if (message.may_stand_alone) {
      adopt(message, *response, key, place);
    } else {
      skips_.note(Skip::kNoQuestion, unit_, place);
    }
    return Took::kYes;
  }
  answer(found->second, *response, message.bytes.size());
  waiting_.erase(found);
  return Took::kYes;
}

std::int64_t Exchanges::in_order(std::int64_t at_ns, std::uint64_t place) {
  if (at_ns < last_ns_) skips_.note(Skip::kTimeBackwards, unit_, place);
  last_ns_ = std::max(at_ns, last_ns_);
  return last_ns_;
}

void Exchanges::adopt(const Message& message, const dns::ResponseView& response, Key key, std::uint64_t place) {
  Open open;
  open.key = key;
  open.event.question = key.question;
  open.event.client = key.client;
  open.event.at_ns = in_order(message.at_ns, place);
  if (message.over_tcp) open.event.flags |= kOverTcp;
  if (response.edns().dnssec_ok) open.event.flags |= kDnssecOk;
  if (response.header().has(dns::kFlagCd)) open.event.flags |= kCheckingDisabled;
  open_.push_back(open);
  answer(first_ + open_.size() - 1, response, message.bytes.size());
}

void Exchanges::answer(std::uint64_t number, const dns::ResponseView& response, std::size_t bytes) {
  while (number >= first_) {
    Open& open = open_[number - first_];
    Event& event = open.event;
    open.is_answered = true;
    event.rcode = static_cast<std::uint8_t>(std::min<std::uint16_t>(static_cast<std::uint16_t>(response.rcode()), 254));
    event.answer_bytes = static_cast<std::uint16_t>(std::min<std::size_t>(bytes, kUnknownBytes - 1));
    if (response.kind() == dns::AnswerKind::kPositive) event.ttl_sec = response.min_ttl_sec();
    if (response.kind() == dns::AnswerKind::kNoData || response.kind() == dns::AnswerKind::kNxDomain) {
      event.ttl_sec = response.has_soa() ? response.negative_ttl_sec() : 0;
    }
    if (open.before == 0) return;
    number = open.before - 1;
  }
}

std::size_t Exchanges::drain(std::span<Event> out, bool all) {
  std::size_t count = 0;
  while (count < out.size() && !open_.empty()) {
    const Open& front = open_.front();
    const bool is_late = now_ns_ - front.event.at_ns > kClientTimeoutNs || open_.size() > kMostOpen;
    if (!front.is_answered && !is_late && !all) break;
    out[count++] = front.event;
    const auto waiting = waiting_.find(front.key);
    if (waiting != waiting_.end() && waiting->second == first_) waiting_.erase(waiting);
    open_.pop_front();
    ++first_;
  }
  return count;
}

}  // namespace trace
