// SPDX-License-Identifier: Apache-2.0
// Too many clients: which are answered, which are dropped, and how many replies leave at once.
#include <algorithm>

#include <gtest/gtest.h>

#include "client.hpp"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::InProcess;

/// RFC 8914 §2: OPTION-CODE 15, length 2, this INFO-CODE.
bool has_ede(const test::Frame& frame, dns::Ede code) {
  const auto info = static_cast<std::uint16_t>(code);
  const std::array option{std::byte{0}, std::byte{15},         std::byte{0},
                          std::byte{2}, std::byte(info >> 8U), std::byte(info & 0xffU)};
  const base::Bytes message = test::message_of(frame);
  return std::search(message.begin(), message.end(), option.begin(), option.end()) != message.end();
}
bool has_ede_not_ready(const test::Frame& frame) { return has_ede(frame, dns::Ede::kNotReady); }

std::string numbered(std::uint16_t number) {
  std::string name(1, 'n');
  name += std::to_string(number);
  return name += ".example.";
}

test::InProcessSpec crowded(std::uint32_t soft, std::uint32_t hard) {
  test::InProcessSpec spec;
  spec.coalesce = {.max_waiting = hard, .soft_waiting = soft, .max_pending = 64, .drop_policy = {0, 0, 100}};
  return spec;
}

TEST(Crowd, DroppedClientGetsServfailAndTheNewcomerItsSlot) {
  InProcess appliance(crowded(3, 8));
  for (std::uint16_t i = 0; i < 4; ++i) {
    const std::string name = numbered(i);
    test::ask(appliance, {.qname = name, .id = i, .edns_bytes = 1'232}, test::client_flow(4'000 + i));
  }
  const auto replies = appliance.port().sent();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(test::header_of(replies[0]).id.value(), 0U);
  EXPECT_EQ(test::header_of(replies[0]).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kServFail));
  EXPECT_TRUE(has_ede_not_ready(replies[0]));
  EXPECT_EQ(appliance.count(answer::Counter::kDroppedOldest), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kAsked), 4U);
  EXPECT_EQ(appliance.worker(0).inflight().waiting_clients(), 3U);
  EXPECT_TRUE(appliance.conserved());
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Crowd, AtTheHardQuotaTheNewcomerIsRefused) {
  InProcess appliance(crowded(0, 3));
  for (std::uint16_t i = 0; i < 4; ++i) {
    const std::string name = numbered(i);
    test::ask(appliance, {.qname = name, .id = i, .edns_bytes = 1'232}, test::client_flow(4'000 + i));
  }
  const auto replies = appliance.port().sent();
  ASSERT_EQ(replies.size(), 2U);
  for (const test::Frame& reply : replies) EXPECT_TRUE(has_ede_not_ready(reply));
  EXPECT_EQ(appliance.count(answer::Counter::kOverWaiters), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kDroppedOldest), 1U);
  EXPECT_TRUE(appliance.conserved());
}

// RFC 8767 §5.
TEST(Crowd, ExpiredAnswerServesAClientThatTheQuotaWouldRefuse) {
  InProcess appliance(crowded(0, 3));
  test::ask(appliance, {.qname = "old.example.", .id = 77});
  appliance.port().arrive(test::reply_to(appliance.egress_port().sent().at(0), 1, 1));
  appliance.run_for(seconds(2), milliseconds(100));
  static_cast<void>(appliance.sent());
  for (std::uint16_t i = 0; i < 3; ++i) {
    const std::string name = numbered(i);
    test::ask(appliance, {.qname = name, .id = i}, test::client_flow(4'000 + i));
  }
  test::ask(appliance, {.qname = "old.example.", .id = 78}, test::client_flow(5'000));
  bool was_served = false;
  for (const test::Frame& reply : appliance.port().sent()) {
    if (test::header_of(reply).id.value() != 78) continue;
    EXPECT_EQ(test::header_of(reply).rcode_bits(), 0U);
    was_served = true;
  }
  EXPECT_TRUE(was_served);
  EXPECT_EQ(appliance.count(answer::Counter::kStale), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kOverWaiters), 0U);
}

TEST(Crowd, ClientsAboveClientsPerQueryAreRefusedAndCounted) {
  test::InProcessSpec spec;
  spec.coalesce = {.max_waiting = 64, .max_pending = 64, .per_query = {5, 100}};
  InProcess appliance(spec);
  const auto ask_all = [&](std::string_view name) {
    for (std::uint16_t i = 0; i < 20; ++i) {
      test::ask(appliance, {.qname = name, .id = i, .edns_bytes = 1'232}, test::client_flow(4'000, 100 + i));
    }
    appliance.port().arrive(test::reply_to(appliance.egress_port().sent().at(0), 1, 60));
    appliance.settle();
  };
  ask_all("one.example.");
  EXPECT_EQ(appliance.count(answer::Counter::kSpilled), 15U);
  EXPECT_EQ(appliance.count(answer::Counter::kAnsweredWaiters), 5U);
  ask_all("two.example.");
  EXPECT_EQ(appliance.count(answer::Counter::kSpilled), 15U + 10U);
}

// CVE-2024-33655: replies to many queries of one address must not leave as one pulse, nor delay other clients.
TEST(Crowd, AnswersOfOneAddressLeaveInBurstsOfItsShare) {
  constexpr std::uint16_t kQueries = 300;
  InProcess appliance;
  for (std::uint16_t i = 0; i < kQueries; ++i) {
    appliance.port().arrive(test::udp_frame(test::client_flow(static_cast<std::uint16_t>(10'000 + i), 66),
                                            test::query_message({.qname = "bomb.example.", .id = i})));
  }
  test::ask(appliance, {.qname = "bomb.example.", .id = 999}, test::client_flow(4'000, 77));
  appliance.run_for(seconds(1), milliseconds(10));
  const auto upstream = appliance.egress_port().sent();
  ASSERT_GE(upstream.size(), 1U);
  static_cast<void>(appliance.sent());
  appliance.port().arrive(test::reply_to(upstream.back(), 1, 60));
  appliance.settle();
  const auto pulse = appliance.port().sent();
  EXPECT_EQ(pulse.size(), 64U + 1U) << "the share of the address, and the other client";
  EXPECT_GT(appliance.count(answer::Counter::kHeldBack), 0U);

  std::size_t largest = 0;
  std::size_t sum = pulse.size();
  for (int burst = 0; burst < 6; ++burst) {
    appliance.run_for(milliseconds(10), milliseconds(1));
    const std::size_t sent = appliance.port().sent().size();
    largest = std::max(largest, sent);
    sum += sent;
  }
  EXPECT_LE(largest, 64U);
  EXPECT_EQ(sum, kQueries + 1U) << "all are answered within a few bursts";
  EXPECT_EQ(appliance.count(answer::Counter::kFailedWaiters), 0U);
  EXPECT_EQ(appliance.worker(0).inflight().pending_queries(), 0U);
  EXPECT_EQ(appliance.packets_held(), 0U);
}

TEST(Crowd, HeldBackClientsGetAnAnswerThatMayNotBeCached) {
  test::InProcessSpec spec;
  spec.coalesce.answers_per_burst = 2;
  spec.coalesce.max_waiting = spec.coalesce.max_pending = 64;
  InProcess appliance(spec);
  for (std::uint16_t i = 0; i < 3; ++i) {
    test::ask(appliance, {.qname = "zero.example.", .id = i, .edns_bytes = 1'232}, test::client_flow(4'000 + i));
  }
  appliance.port().arrive(test::reply_to(appliance.egress_port().sent().at(0), 1, 0));
  appliance.settle();
  EXPECT_EQ(appliance.port().sent().size(), 2U);
  appliance.run_for(milliseconds(10));
  const auto late = appliance.port().sent();
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(test::header_of(late[0]).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kNoError));
  constexpr std::size_t kTtlAt = 12 + 14 + 4 + 6;  // behind header, question, and the record's pointer, type and class
  EXPECT_EQ(base::load_be32(test::message_of(late[0]).data() + kTtlAt), 0U) << "not an expired answer";
  EXPECT_EQ(appliance.count(answer::Counter::kHeldBack), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kFailedWaiters), 0U);
}

TEST(Crowd, AnswersThatMayNotBeCachedAreHeldInBoundedMemoryWhoseSlotsAreReused) {
  constexpr std::uint16_t kQuestions = answer::HeldAnswers::kSlots + 2;  // one is answered at once, one finds no slot
  test::InProcessSpec spec;
  spec.coalesce.answers_per_burst = 1;
  spec.coalesce.max_waiting = spec.coalesce.max_pending = 512;
  InProcess appliance(spec);
  const auto round = [&](std::uint16_t first) {
    for (std::uint16_t i = 0; i < kQuestions; ++i) {
      const std::string name = numbered(static_cast<std::uint16_t>(first + i));
      test::ask(appliance, {.qname = name, .id = i, .edns_bytes = 1'232}, test::client_flow(4'000 + i));
    }
    appliance.run_for(milliseconds(500));  // the budget paces them
    for (const auto& question : appliance.egress_port().sent()) {
      appliance.port().arrive(test::reply_to(question, 1, 0));
    }
    appliance.settle();
    appliance.run_for(milliseconds(2 * 10 * kQuestions), milliseconds(5));
    return appliance.port().sent().size();
  };
  EXPECT_EQ(round(0), kQuestions);
  EXPECT_EQ(appliance.count(answer::Counter::kHeldFull), 1U);
  EXPECT_EQ(appliance.count(answer::Counter::kFailedWaiters), 1U);
  EXPECT_EQ(round(kQuestions), kQuestions);
  EXPECT_EQ(appliance.count(answer::Counter::kFailedWaiters), 2U);
}

/// Puts an NXDOMAIN for the name of the cache's only entry beside it.
void insert_nxdomain(InProcess& appliance, std::uint32_t ttl_sec, std::uint32_t keep_sec) {
  dns::QuestionKey key;
  appliance.cache().for_each(0, appliance.cache().bucket_count(),
                             [&](const cache::Entry& entry) { key.assign(entry.key()); });
  key.set_qtype(dns::kEveryType);
  const cache::NewEntry nxdomain{.key = key.view(),
                                 .hash = appliance.hash()(key.view().bytes()),
                                 .image = {},
                                 .kind = dns::AnswerKind::kNxDomain,
                                 .ttl_sec = ttl_sec,
                                 .keep_sec = keep_sec};
  ASSERT_NE(appliance.cache().insert(nxdomain, appliance.clock.now()), nullptr);
}

/// Three queries of one address, of which one burst answers two, while the cache holds expired data and an NXDOMAIN of
/// the same name that expired as well, and the upstream is silent. The last reply is the held-back client's.
std::vector<test::Frame> ask_for_expired_data(std::uint32_t nxdomain_keep_sec) {
  test::InProcessSpec spec;
  spec.coalesce.answers_per_burst = 2;
  InProcess appliance(spec);
  test::ask(appliance, {.qname = "old.example.", .id = 77});
  appliance.port().arrive(test::reply_to(appliance.egress_port().sent().at(0), 1, 1));
  appliance.settle();
  insert_nxdomain(appliance, 1, nxdomain_keep_sec);
  appliance.run_for(seconds(2), milliseconds(100));
  static_cast<void>(appliance.sent());
  for (std::uint16_t i = 0; i < 3; ++i) {
    test::ask(appliance, {.qname = "old.example.", .id = i, .edns_bytes = 1'232}, test::client_flow(4'000 + i));
  }
  appliance.run_for(seconds(1));
  EXPECT_EQ(appliance.count(answer::Counter::kHeldBack), 1U);
  return appliance.port().sent();
}

// RFC 8767 §5: a client that was held back gets what the first clients of its query got.
TEST(Crowd, HeldBackClientGetsExpiredDataBesideADeadNxdomain) {
  const auto replies = ask_for_expired_data(/*nxdomain_keep_sec=*/0);
  ASSERT_EQ(replies.size(), 3U);
  for (const test::Frame& reply : replies) {
    EXPECT_EQ(test::header_of(reply).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kNoError));
    EXPECT_TRUE(has_ede(reply, dns::Ede::kStale));
  }
}

TEST(Crowd, HeldBackClientGetsExpiredDataBesideAnExpiredNxdomain) {
  const auto replies = ask_for_expired_data(/*nxdomain_keep_sec=*/3'600);
  ASSERT_EQ(replies.size(), 3U);
  for (const test::Frame& reply : replies) {
    EXPECT_EQ(test::header_of(reply).rcode_bits(), static_cast<std::uint16_t>(dns::Rcode::kNoError));
    EXPECT_TRUE(has_ede(reply, dns::Ede::kStale));
  }
}

}  // namespace
