// SPDX-License-Identifier: Apache-2.0
// What the top-k recorder learns of queries and replies.
#include "answer/client_records.hpp"

namespace answer {

void ClientRecords::sample_query(const Query& query, std::uint32_t weight) noexcept {
  if (!query.has_key) return;  // refused or malformed before the name was read
  recorder_->query(query.asked(), query.is_nxdomain ? topk::NxDomain::kYes : topk::NxDomain::kOther, weight);
}

void ClientRecords::sample_miss(const Query& query) noexcept {
  const std::uint32_t weight = recorder_->samples_miss();
  if (weight != 0) recorder_->miss(query.asked(), weight);
}

void ClientRecords::sample_bytes(const Query& query, std::uint64_t weight) noexcept {
  if (query.has_key) recorder_->bytes(query.asked(), weight);
}

void ClientRecords::waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry,
                           std::size_t message_bytes) noexcept {
  if (!is_on()) return;
  const net::IpAddress& client = waiter.reply_flow.destination;
  if (entry != nullptr && entry->kind() == dns::AnswerKind::kNxDomain) recorder_->nxdomain(client);
  const std::uint64_t weight = recorder_->samples_bytes(message_bytes);
  if (weight != 0) recorder_->bytes({client, key.qname(), key.qtype()}, weight);
}

}  // namespace answer
