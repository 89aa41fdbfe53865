// SPDX-License-Identifier: Apache-2.0
// Classes, zones, clients, waiters: which fetch is sent first, which is shed, and what its clients get.
#include <gmock/gmock.h>

#include "egress_history/zone_table.hpp"
#include "fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using egress::Failure;
using egress::NameClass;
using policy::OverloadAction;
using test::Bench;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

/// Ten packets a second, one at a time.
egress::Settings slow() {
  egress::Settings settings = test::one_server();
  settings.uplinks[0].budget = {.limit_pps = 10, .burst_pkts = 1};
  return settings;
}

std::string order_of(const Bench& bench) {
  std::string order;
  for (const test::SentPacket& sent : bench.wire.sent) order.push_back(sent.qname[1]);
  return order;
}

egress::Pin pin_of(std::string_view zone, NameClass name_class) {
  egress::Pin pin{.name_class = name_class};
  const test::Wire wire = test::Wire().name(zone);
  std::copy(wire.view().begin(), wire.view().end(), pin.zone.begin());
  pin.zone_bytes = static_cast<std::uint8_t>(wire.size());
  return pin;
}

// ---- the order --------------------------------------------------------------------------------------------------------

TEST(EgressScheduler, ZonesAlternate) {
  Bench bench(slow());
  for (const char* name : {"a.one.test", "b.one.test", "c.one.test", "x.two.test", "y.two.test"}) bench.ask(name);
  bench.advance(450ms);
  EXPECT_EQ(order_of(bench), "axbyc");
}

TEST(EgressScheduler, ClientsOfAZoneAlternate) {
  Bench bench(slow());
  for (const char* name : {"a.one.test", "b.one.test", "c.one.test"}) bench.ask(name, {.client = 1});
  for (const char* name : {"x.one.test", "y.one.test"}) bench.ask(name, {.client = 2});
  bench.advance(450ms);
  EXPECT_EQ(order_of(bench), "axbyc");
}

TEST(EgressScheduler, AClientsNameWithTheMostWaitersIsSentFirst) {
  Bench bench(slow());
  bench.ask("a.one.test");
  const base::Handle wanted = bench.ask("b.one.test");
  bench.ask("c.one.test");
  bench.interest(wanted).waiters = 5;
  bench.advance(250ms);
  EXPECT_EQ(order_of(bench), "bac");
}

TEST(EgressScheduler, ANameThatManyAddressesWantCostsItsClientLess) {
  Bench bench(slow());
  for (const char* name : {"0.one.test", "a.one.test", "b.one.test"}) bench.ask(name, {.client = 1});
  for (const char* name : {"x.one.test", "y.one.test", "z.one.test"}) {
    const base::Handle handle = bench.ask(name, {.client = 2});
    bench.interest(handle).others = 7;
  }
  bench.advance(350ms);
  EXPECT_EQ(order_of(bench), "xyz0");
}

TEST(EgressScheduler, OneClientThatRepeatsItselfGainsNothing) {
  Bench bench(slow());
  for (const char* name : {"0.one.test", "a.one.test", "b.one.test"}) bench.ask(name, {.client = 1});
  for (const char* name : {"x.one.test", "y.one.test"}) {
    const base::Handle handle = bench.ask(name, {.client = 2});
    bench.interest(handle).waiters = 50;  // from its own address
  }
  bench.advance(350ms);
  EXPECT_EQ(order_of(bench), "0xay");
}

TEST(EgressScheduler, ANameThatAnotherClientJoinsMovesToItsShorterQueue) {
  Bench bench(slow());
  for (const char* name : {"a.one.test", "b.one.test", "c.one.test", "d.one.test"}) bench.ask(name, {.client = 1});
  bench.ask("d.one.test", {.worker = 1, .client = 2});
  bench.advance(150ms);
  EXPECT_EQ(order_of(bench), "da") << "and two addresses want it";
}

TEST(EgressScheduler, ZonesThatAnswerGetThreePartsOfFour) {
  Bench bench(slow());
  bench.cache_answer("w.good.test", 60);
  bench.advance(2s);
  for (int i = 0; i < 12; ++i) {
    bench.ask("x" + std::to_string(i) + ".bad.test", {.client = 1});
    bench.ask("g" + std::to_string(i) + ".good.test", {.client = 2});
  }
  bench.advance(1'150ms);
  const std::string order = order_of(bench);
  EXPECT_EQ(std::count(order.begin(), order.end(), 'g'), 9) << order;
  EXPECT_EQ(std::count(order.begin(), order.end(), 'x'), 3) << order;
}

TEST(EgressScheduler, ClassesShareByTheirWeightsAndWhatOneDoesNotUseIsTheOthers) {
  egress::Settings settings = slow();
  const std::array zones{"known.test", "new.test", "unknown.test"};
  for (std::size_t c = 0; c < zones.size(); ++c) {
    ASSERT_TRUE(settings.pins.push_back(pin_of(zones[c], static_cast<NameClass>(c))));
  }
  settings.client_timeout = 60s;
  settings.max_sends = 1;
  Bench bench(settings);
  for (int i = 0; i < 12; ++i) {
    for (const char* zone : zones)
      bench.ask(std::string(zone).substr(0, 1) + std::to_string(i) + "." + zone, {.client_timeout = 60s});
  }
  bench.advance(1'950ms);
  const std::string order = order_of(bench);
  ASSERT_EQ(order.size(), 20U);
  EXPECT_EQ(std::count(order.begin(), order.end(), 'k'), 12) << order;
  EXPECT_EQ(std::count(order.begin(), order.end(), 'n'), 6) << order;
  EXPECT_EQ(std::count(order.begin(), order.end(), 'u'), 2) << order;
  bench.advance(1s);
  EXPECT_EQ(order_of(bench).size(), 30U) << "no known name is left, and no turn is";
}

TEST(EgressScheduler, NamesAnsweredBeforeGoBeforeNewOnes) {
  Bench bench(slow());
  bench.cache_answer("k.good.test", 1);
  bench.advance(10s, 100ms);
  for (int i = 0; i < 8; ++i) bench.ask("n" + std::to_string(i) + ".good.test");
  bench.wire.sent.clear();
  bench.ask("k.good.test");
  bench.advance(100ms);
  EXPECT_EQ(order_of(bench).front(), 'k');
}

TEST(EgressScheduler, ANameWithNxDomainIsNoNameThatIsKnown) {
  Bench bench(slow());
  bench.ask("x.bad.test");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.reply_to(bench.wire.sent[0], static_cast<unsigned>(dns::Rcode::kNxDomain), 0,
                                                   1, test::Wire().rr_at(12, 6, 1, test::soa(1))));
  bench.advance(10s, 100ms);
  bench.ask("first.other.test");
  bench.ask("x.bad.test");
  bench.advance(30ms);
  EXPECT_EQ(bench.engine->uplink_stats(0).classes[0].queued, 0U);
  EXPECT_EQ(bench.engine->uplink_stats(0).classes[2].queued, 1U);
}

TEST(EgressScheduler, APinDecidesTheClass) {
  egress::Settings settings = slow();
  ASSERT_TRUE(settings.pins.push_back(pin_of("vip.test", NameClass::kKnown)));
  egress::Pin by_type{.qtype = static_cast<std::uint16_t>(dns::QType::kPtr), .name_class = NameClass::kNew};
  ASSERT_TRUE(settings.pins.push_back(by_type));
  egress::Pin by_client{.name_class = NameClass::kNew};
  by_client.client = {test::client(7), 128};
  ASSERT_TRUE(settings.pins.push_back(by_client));
  Bench bench(settings);
  bench.ask("first.test");
  bench.poll();
  bench.ask("a.vip.test");
  bench.ask("b.one.test", {.qtype = dns::QType::kPtr});
  bench.ask("c.one.test", {.client = 7});
  bench.ask("d.one.test", {.client = 8});
  bench.advance(30ms);
  const auto classes = bench.engine->uplink_stats(0).classes;
  EXPECT_EQ(classes[0].queued, 1U);
  EXPECT_EQ(classes[1].queued, 2U);
  EXPECT_EQ(classes[2].queued, 1U);
}

// ---- the bound --------------------------------------------------------------------------------------------------------

TEST(EgressScheduler, HoldsNoMoreThanTheBudgetServesWhileClientsWait) {
  Bench bench(slow());
  for (int i = 0; i < 200; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  EXPECT_EQ(bench.engine->fetches(), 48U);
  EXPECT_EQ(bench.count(EngineCounter::kShedUnknown), 152U);
}

TEST(EgressScheduler, TakesWhatIsTooMuchFromTheOneWithMost) {
  Bench bench(slow());
  bench.ask("small.one.test", {.client = 1});
  for (int i = 0; i < 100; ++i) bench.ask("n" + std::to_string(i) + ".one.test", {.client = 2});
  const base::Handle other = bench.ask("small.two.test", {.client = 2});
  for (int i = 100; i < 200; ++i) bench.ask("n" + std::to_string(i) + ".one.test", {.client = 2});
  bench.poll();
  EXPECT_THAT(bench.done, Each(Field(&test::Done::failure, Failure::kOverload)));
  for (const test::Done& done : bench.done) {
    EXPECT_NE(done.handle.index, 0U);
    EXPECT_NE(done.handle, other);
  }
}

TEST(EgressScheduler, ShedNamesEndAsTheirClassSays) {
  Bench bench(slow());
  for (int i = 0; i < 60; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  bench.poll();
  ASSERT_FALSE(bench.done.empty());
  EXPECT_THAT(bench.done, Each(Field(&test::Done::action, policy::OverloadAction::kDrop)));
  EXPECT_EQ(bench.cached("n0.one.test"), nullptr) << "our overload is no failure of the name";
}

TEST(EgressScheduler, ShedNamesOfAZoneThatAnswersGetAnError) {
  egress::Settings settings = slow();
  settings.overload[1] = policy::OverloadAction::kRefused;
  settings.max_fetches = 64;  // 24 candidates: fewer than the budget serves
  Bench bench(settings);
  bench.cache_answer("w.one.test", 60);
  for (int i = 0; i < 60; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  bench.poll();
  ASSERT_FALSE(bench.done.empty());
  EXPECT_THAT(bench.done, Each(Field(&test::Done::action, policy::OverloadAction::kRefused)));
}

TEST(EgressScheduler, NamesWorthAskingWaitInNumbersAndThoseThatManyWantAreFoundAmongThem) {
  egress::Settings settings = slow();
  settings.max_fetches = 1'024;
  Bench bench(settings);
  bench.cache_answer("w.one.test", 60);
  bench.wire.sent.clear();
  for (int i = 0; i < 300; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  bench.ask("wanted.one.test", {.worker = 0});
  bench.ask("wanted.one.test", {.worker = 1});
  EXPECT_EQ(bench.count(EngineCounter::kShedNew), 0U);
  bench.advance(150ms);
  EXPECT_NE(order_of(bench).find('w'), std::string::npos);
  for (int i = 300; i < 700; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  EXPECT_EQ(bench.count(EngineCounter::kShedNew), 701 - bench.wire.sent.size() - 640) << "five eighths of the table";
}

TEST(EgressScheduler, ExpiredDataServesAtOnceWhenItsOwnClassHasALongQueue) {
  Bench bench(slow(), {.stale_client_timeout = 300ms});
  bench.ask("gone.one.test");
  bench.poll();
  const auto soa = test::Wire().rr_at(12, 6, 5, test::soa(5));
  bench.deliver(bench.wire.sent[0], bench.reply_to(bench.wire.sent[0], 3, 0, 1, soa));
  bench.done.clear();
  bench.advance(10s, 100ms);
  for (int i = 0; i < 40; ++i) bench.ask("new" + std::to_string(i) + ".two.test");
  bench.poll();
  bench.ask("gone.one.test");
  bench.poll();
  ASSERT_THAT(bench.done, SizeIs(1)) << "NXDOMAIN is no merit: it would stand behind the others";
  EXPECT_EQ(bench.done[0].rcode, dns::Rcode::kNxDomain);
}

TEST(EgressScheduler, StaleDataOfAKnownNameDoesNotWaitBehindUnknownOnes) {
  Bench bench(slow(), {.stale_client_timeout = 300ms});
  bench.cache_answer("www.one.test", 5);
  bench.advance(10s, 100ms);
  for (int i = 0; i < 40; ++i) bench.ask("new" + std::to_string(i) + ".two.test");
  bench.poll();
  bench.ask("www.one.test");
  bench.poll();
  EXPECT_THAT(bench.done, SizeIs(0)) << "its own class has no queue: it is asked first";
}

// ---- fetches per zone -------------------------------------------------------------------------------------------------

TEST(EgressZoneQuota, RefusesWhatIsMoreAndSaysWho) {
  egress::Settings settings = test::one_server();
  settings.fetches_per_zone = 3;
  settings.fetches_per_zone_action = policy::OverloadAction::kServFail;
  Bench bench(settings);
  for (int i = 0; i < 5; ++i) {
    bench.ask("n" + std::to_string(i) + ".one.test");
    bench.poll();
  }
  bench.ask("n.two.test");
  bench.poll();
  EXPECT_THAT(bench.wire.sent, SizeIs(4));
  EXPECT_THAT(bench.done, SizeIs(2));
  EXPECT_THAT(bench.done, Each(Field(&test::Done::action, policy::OverloadAction::kServFail)));
  EXPECT_EQ(bench.count(EngineCounter::kRefusedZone), 2U);
  std::array<egress::ZoneRow, 4> rows;
  ASSERT_EQ(bench.engine->list_zones(rows), 1U);
  EXPECT_EQ(test::text(rows[0].wire_name()), test::text(test::Wire().name("one.test").view()));
  EXPECT_EQ(rows[0].outstanding, 3U);
  EXPECT_EQ(rows[0].quota, 3U);
  EXPECT_EQ(rows[0].allowed, 3U);
  EXPECT_EQ(rows[0].dropped, 2U);
}

TEST(EgressZoneQuota, CountsWhatWasQueuedBeforeToo) {
  egress::Settings settings = slow();
  settings.fetches_per_zone = 2;
  Bench bench(settings);
  for (int i = 0; i < 5; ++i) bench.ask("n" + std::to_string(i) + ".one.test");
  bench.advance(350ms);
  EXPECT_THAT(bench.wire.sent, SizeIs(2));
  EXPECT_EQ(bench.count(EngineCounter::kShedZone), 3U);
}

TEST(EgressZoneQuota, IsFreeAgainWithTheAnswer) {
  egress::Settings settings = test::one_server();
  settings.fetches_per_zone = 1;
  Bench bench(settings);
  bench.ask("a.one.test");
  bench.poll();
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  bench.ask("b.one.test");
  bench.poll();
  EXPECT_EQ(order_of(bench), "ab");
}

TEST(EgressZoneQuota, RefreshIsNeverRefusedAndCountsAllTheSame) {
  egress::Settings settings = test::one_server();
  settings.fetches_per_zone = 1;
  Bench bench(settings);
  bench.ask("a.one.test");
  bench.poll();
  bench.ask_refresh("b.one.test");
  bench.advance(2ms);
  EXPECT_EQ(order_of(bench), "ab") << "although the zone is full";
  EXPECT_EQ(bench.count(EngineCounter::kRefusedZone) + bench.count(EngineCounter::kShedZone), 0U);
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  bench.ask("c.one.test");
  bench.poll();
  EXPECT_EQ(bench.count(EngineCounter::kRefusedZone), 1U) << "the refresh is still out";
}

TEST(EgressZoneQuota, ZoneIsListedWhileItIsLimitedAndAMinuteAfter) {
  egress::Settings settings = test::one_server();
  settings.fetches_per_zone = 1;
  Bench bench(settings);
  bench.ask("a.one.test");
  bench.poll();
  bench.ask("b.one.test");
  bench.deliver(bench.wire.sent[0], bench.positive(bench.wire.sent[0], 60));
  std::array<egress::ZoneRow, 4> rows;
  bench.advance(59s, 100ms);
  EXPECT_EQ(bench.engine->list_zones(rows), 1U);
  bench.advance(2s, 100ms);
  EXPECT_EQ(bench.engine->list_zones(rows), 0U) << "nothing of it is held back now";
}

TEST(EgressZoneQuota, FullestZoneIsAStatAndEmptiesAgain) {
  Bench bench;
  for (const char* one : {"a.one.test", "b.one.test", "c.two.test"}) bench.ask(one);
  bench.advance(40ms);
  EXPECT_EQ(bench.engine->limit_stats().fullest_zone, 2U);
  EXPECT_EQ(bench.engine->limit_stats().subscribers_used, 3U);
  for (std::size_t i = 0; i < 2; ++i) bench.deliver(bench.wire.sent[i], bench.positive(bench.wire.sent[i], 60));
  bench.advance(200ms);
  EXPECT_EQ(bench.engine->limit_stats().fullest_zone, 1U) << "now it is the other one";
  for (std::size_t i = 2; i < 3; ++i) bench.deliver(bench.wire.sent[i], bench.positive(bench.wire.sent[i], 60));
  bench.advance(40ms);
  EXPECT_EQ(bench.engine->limit_stats().fullest_zone, 0U);
  EXPECT_EQ(bench.engine->limit_stats().subscribers_used, 0U);
}

// A flood of made-up zones that is refused anyway must not evict the records of zones in use.
TEST(EgressZoneQuota, RefusedMissMakesNoRecordOfItsZone) {
  egress::Settings settings = test::one_server();
  settings.max_fetches = 4;
  settings.fetches_per_zone = 1;
  Bench bench(settings);
  for (const char* one : {"a.one.test", "a.two.test", "a.three.test", "a.four.test"}) bench.ask(one);
  bench.advance(40ms);
  ASSERT_EQ(bench.engine->limit_stats().zones_used, 4U);
  bench.ask("a.five.test");
  ASSERT_EQ(bench.count(EngineCounter::kRefusedTableFull), 1U);
  bench.advance(40ms);
  EXPECT_EQ(bench.engine->limit_stats().zones_used, 4U);
}

// ---- zones ------------------------------------------------------------------------------------------------------------

std::string zone(std::string_view name, std::initializer_list<std::string_view> suffixes = {}) {
  test::Wire list;
  for (const std::string_view suffix : suffixes) list.name(suffix);
  const test::Wire wire = test::Wire().name(name);
  return test::text(dns::zone_of(wire.view(), list.view()));
}
std::string wire(std::string_view name) { return test::text(test::Wire().name(name).view()); }

TEST(EgressZoneName, IsTheRegistrableDomainNearEnough) {
  EXPECT_EQ(zone("www.example.com"), wire("example.com"));
  EXPECT_EQ(zone("a.b.c.example.com"), wire("example.com"));
  EXPECT_EQ(zone("example.com"), wire("example.com"));
  EXPECT_EQ(zone("com"), wire("com"));
  EXPECT_EQ(zone("www.example.co.uk"), wire("example.co.uk"));
  EXPECT_EQ(zone("www.example.uk"), wire("example.uk"));
  EXPECT_EQ(zone("s3.eu-west-1.amazonaws.com"), wire("eu-west-1.amazonaws.com"));
  EXPECT_EQ(zone("ip-10-0-0-1.eu-west-1.compute.internal"), wire("eu-west-1.compute.internal"));
  EXPECT_EQ(zone("ip-10-0-0-1.ec2.internal"), wire("ec2.internal"));
  EXPECT_EQ(zone("api.shop.svc.cluster.local"), wire("shop.svc.cluster.local"));
}

TEST(EgressZoneName, OfReverseNamesIsTheirNetwork) {
  EXPECT_EQ(zone("9.2.0.192.in-addr.arpa"), wire("2.0.192.in-addr.arpa"));
  const std::string host = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.";
  const std::string network = "3.0.0.0.2.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
  EXPECT_EQ(zone(host + network), wire(network));
}

TEST(EgressZoneName, HasSuffixesOfTheOperator) {
  EXPECT_EQ(zone("a.b.corp.example.com", {"other.test", "corp.example.com"}), wire("b.corp.example.com"));
  EXPECT_EQ(zone("a.b.xcorp.example.com", {"corp.example.com"}), wire("example.com"));
}

TEST(EgressZoneName, ThatIsTooLongIsItsParent) {
  const std::string label(63, 'a');
  EXPECT_EQ(zone("x." + label + "." + label), wire(label));
}

TEST(EgressZones, ThatAnswerAreNeverPushedOutByMadeUpOnes) {
  Bench bench;
  bench.cache_answer("www.works.test", 60);
  for (int i = 0; i < 20'000; ++i) {
    bench.ask("x.z" + std::to_string(i) + ".test", {.client_timeout = 1ms});
    bench.now = bench.now + 2ms;
    bench.poll();
    if (i % 100 == 0) bench.advance(3s, 100ms);
  }
  bench.advance(30s, 100ms);
  bench.ask("new.works.test");
  const std::uint64_t before = bench.engine->uplink_stats(0).classes[1].sent;
  bench.advance(1s);
  EXPECT_GT(bench.engine->uplink_stats(0).classes[1].sent, before);
  const egress::LimitStats memory = bench.engine->limit_stats();
  EXPECT_GT(memory.zones_used, memory.zones_limit / 2);
  EXPECT_LE(memory.zones_used, memory.zones_limit);
}

}  // namespace
