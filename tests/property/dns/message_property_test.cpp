// SPDX-License-Identifier: Apache-2.0
// Messages of any content, whole or damaged: the codec, a plain reference and ldns tell the same about each.
#include <memory>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "dns/query.hpp"
#include "generators.hpp"
#include "support/dns_agreement.hpp"
#include "support/dns_reference.hpp"

namespace {

using test::Wire;

dns::ResponseScratch& scratch() {
  static const auto room = std::make_unique<dns::ResponseScratch>();
  return *room;
}

TEST(DnsQueryProperty, WellFormedQueriesAreTaken) {
  EXPECT_TRUE(rc::check([] {
    const gen::Question question = gen::any_question();
    const Wire wire = gen::any_query(question);
    const auto query = dns::QueryView::parse(wire.view());
    RC_ASSERT(query.has_value());
    RC_ASSERT(test::text(query->qname().wire()) == question.qname);
    RC_ASSERT(static_cast<unsigned>(query->qtype()) == question.qtype);
    RC_ASSERT(test::query_disagreement(wire.view()) == "");
  }));
}

TEST(DnsQueryProperty, DamagedQueriesAreJudgedAlike) {
  EXPECT_TRUE(rc::check([] {
    const Wire wire = gen::mutated(gen::any_query(gen::any_question()));
    RC_CLASSIFY(dns::QueryView::parse(wire.view()).has_value(), "taken");
    RC_ASSERT(test::query_disagreement(wire.view()) == "");
  }));
}

TEST(DnsResponseProperty, WellFormedResponsesAreJudgedAlike) {
  EXPECT_TRUE(rc::check([] {
    const Wire wire = gen::any_response(gen::any_question());
    const auto view = dns::ResponseView::parse(wire.view(), scratch());
    RC_CLASSIFY(view.has_value(), "taken");
    if (view) RC_TAG(static_cast<unsigned>(view->kind()));
    RC_ASSERT(test::response_disagreement(wire.view(), scratch()) == "");
  }));
}

TEST(DnsResponseProperty, DamagedResponsesAreJudgedAlike) {
  EXPECT_TRUE(rc::check([] {
    const Wire wire = gen::mutated(gen::any_response(gen::any_question()));
    RC_CLASSIFY(dns::ResponseView::parse(wire.view(), scratch()).has_value(), "taken");
    RC_ASSERT(test::response_disagreement(wire.view(), scratch()) == "");
  }));
}

TEST(DnsAnswerProperty, RepliesKeepEveryLimitAndTellTheSameRecords) {
  EXPECT_TRUE(rc::check([] {
    const gen::Question question = gen::any_question();
    gen::Question other_case = question;
    for (char& c : other_case.qname) {
      if (c >= 'a' && c <= 'z' && gen::one_in(2)) c = static_cast<char>(c - 32);
    }
    const Wire query = gen::any_query(other_case);
    const Wire response = gen::any_response(question);
    test::AnswerCase c;
    c.query = query.view();
    c.response = response.view();
    c.ttl.age_sec = gen::any_ttl();
    c.ttl.floor_sec = *rc::gen::element(0U, 1U, 30U);
    if (gen::one_in(4)) c.ttl.cap_sec = gen::any_ttl();
    if (gen::one_in(4)) c.ttl.all_sec = 30;
    c.ede = *rc::gen::element(dns::Ede::kNone, dns::Ede::kStale);
    c.limit_bytes = *rc::gen::element<std::uint16_t>(0, 0, 100, 200, 300, 512, 0xffff);
    if (gen::one_in(3)) c.room_bytes = *rc::gen::inRange<std::size_t>(12, 400);
    RC_ASSERT(test::answer_disagreement(c, scratch()) == "");
  }));
}

/// Every limit around the sizes at which EDE, OPT and records stop to fit.
TEST(DnsAnswerProperty, RepliesAreCutExactlyWhenTheyMustBe) {
  EXPECT_TRUE(rc::check([] {
    const gen::Question question = gen::any_question();
    const Wire query = gen::any_query(question);
    const Wire response = gen::any_response(question);
    for (std::uint16_t limit = 12; limit < 800; limit = static_cast<std::uint16_t>(limit + 1 + gen::below(40U))) {
      test::AnswerCase c{.query = query.view(), .response = response.view(), .ttl = {}, .ede = dns::Ede::kStale};
      c.limit_bytes = limit;
      c.room_bytes = std::max<std::size_t>(limit, 300);
      RC_ASSERT(test::answer_disagreement(c, scratch()) == "");
    }
  }));
}

}  // namespace
