// SPDX-License-Identifier: Apache-2.0
// Random schedules of misses, replies, losses, duplicates and forgeries against one engine, and what must hold at the end
// of each: every miss ended once, no question cost too much, nothing forged was kept.
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "unit/egress/fakes.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::EngineCounter;
using test::Bench;
using test::SentPacket;
using test::Wire;

constexpr std::size_t kNames = 12;
constexpr std::uint16_t kForgedAncount = 2;  // the upstream's own answers have one record

std::string name_of(int number) { return "n" + std::to_string(static_cast<std::size_t>(number) % kNames) + ".example"; }

class Run {
 public:
  Run(const egress::Settings& settings, std::uint64_t seed) : settings_(settings), bench_(settings, {}, seed) {}

  void act(int what, int number) {
    switch (what) {
      case 0:
      case 1:
      case 2:
        ask(number);
        break;
      case 3:
        bench_.ask_refresh(name_of(number));
        break;
      case 4:
      case 5:
        reply(number);
        break;
      case 6:
        forge(number);
        break;
      case 7:
        leave(number);
        break;
      case 8:
        bench_.advance(std::chrono::milliseconds(1 + number % 50), 1ms);
        break;
      case 9:
        bench_.advance(std::chrono::milliseconds(100 + number % 600), 20ms);
        break;
      case 10:
        flap(number);
        break;
      case 11:
        end_tcp(number);
        break;
      case 12:
        static_cast<void>(bench_.engine->charge_foreign(0, bench_.now));
        break;
      default:
        report_verdicts(number);
        break;
    }
    bench_.poll();
    check_now();
  }

  void finish() {
    bench_.wire.verdict = egress::Sent::kAccepted;
    report_verdicts(1);
    bench_.set_path(0, 0, true);
    bench_.advance(30s, 20ms);
    while (take_tcp_fetches(), !asks_.empty()) end_tcp(static_cast<int>(asks_.size()) * 4 + 1);
    check_now();
    RC_ASSERT(bench_.engine->fetches() == 0U);
    for (const auto& [handle, ends] : ends_) RC_ASSERT(ends == 1);
    check_counters();
  }

 private:
  void ask(int number) {
    const auto worker = static_cast<std::uint16_t>(number % static_cast<int>(Bench::kWorkers));
    const base::Handle handle =
        bench_.ask(name_of(number), {.worker = worker, .client = static_cast<std::uint32_t>(number % 5)});
    ends_[handle.generation] = 0;
    handles_.push_back(handle);
  }
  void reply(int number) {
    if (bench_.wire.sent.empty()) return;
    const SentPacket sent = pick(number);
    switch (number % 5) {
      case 0:
        return bench_.deliver(sent, bench_.positive(sent, 0));
      case 1:
        return bench_.deliver(sent, bench_.failure(sent, dns::Rcode::kServFail));
      case 2:
        return bench_.deliver(sent, bench_.reply_to(sent, dns::kFlagTc));
      default:
        return bench_.deliver(sent, bench_.positive(sent, 2));
    }
  }
  // Anything but a full match, with an answer that can be told from the upstream's.
  void forge(int number) {
    if (bench_.wire.sent.empty()) return;
    SentPacket sent = pick(number);
    net::Flow flow = sent.flow.reversed();
    switch (number % 4) {
      case 0:
        sent.id = base::TxId(static_cast<std::uint16_t>(sent.id.value() ^ 1U));
        break;
      case 1:
        flow.source = test::ip("203.0.113.9");
        break;
      case 2:
        sent.qname[1] = 'x';
        break;
      default:
        flow.source_port = base::UdpPort(1'053);
        break;
    }
    Wire answers;
    for (int i = 0; i < kForgedAncount; ++i) answers.rr_at(12, 1, 600, test::ipv4(66));
    bench_.deliver(flow, bench_.reply_to(sent, 0, kForgedAncount, 0, answers));
  }
  void take_tcp_fetches() {
    for (const egress::TcpFetch& ask : bench_.tcp_fetches()) asks_.push_back(ask);
  }
  // Any of them, in any order, each once.
  void end_tcp(int number) {
    take_tcp_fetches();
    if (asks_.empty()) return;
    const auto chosen =
        asks_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(number / 4) % asks_.size());
    const egress::TcpFetch ask = *chosen;
    asks_.erase(chosen);
    if (number % 4 == 0) return bench_.end_tcp(ask, egress::TcpEnd::kFailed);
    if (number % 4 == 1) return bench_.end_tcp(ask, egress::TcpEnd::kTimedOut);
    const auto query = dns::QueryView::parse(ask.message());
    SentPacket sent;
    sent.qname = test::text(query->qname().wire());
    sent.qtype = query->qtype();
    if (number % 4 == 2) sent.qname[1] = 'x';  // an answer to another question
    bench_.deliver_tcp(ask, bench_.positive(sent, 2));
  }
  void leave(int number) {
    if (!handles_.empty()) bench_.interest(handles_[static_cast<std::size_t>(number) % handles_.size()]).waiters = 0;
  }
  void flap(int number) {
    bench_.set_path(0, 0, number % 2 == 0);
    const egress::Sent verdicts[] = {egress::Sent::kAccepted, egress::Sent::kRefused, egress::Sent::kPending};
    bench_.wire.verdict = verdicts[number % 3];
  }
  void report_verdicts(int number) {
    for (; reported_ < bench_.wire.sent.size(); ++reported_) {
      const SentPacket& sent = bench_.wire.sent[reported_];
      if (sent.verdict != egress::Sent::kPending) continue;
      const bool accepted = number % 4 != 0;
      if (!accepted) ++refused_;
      bench_.engine->on_transmitted(sent.ticket,
                                    {accepted ? egress::Sent::kAccepted : egress::Sent::kRefused, bench_.now});
    }
  }
  [[nodiscard]] const SentPacket& pick(int number) const {
    const std::size_t back = static_cast<std::size_t>(number / 7) % std::min<std::size_t>(bench_.wire.sent.size(), 8);
    return bench_.wire.sent[bench_.wire.sent.size() - 1 - back];
  }

  void check_now() {
    for (; seen_ends_ < bench_.done.size(); ++seen_ends_) {
      const test::Done& done = bench_.done[seen_ends_];
      RC_ASSERT(++ends_.at(done.handle.generation) == 1);
      RC_ASSERT(done.ancount != kForgedAncount);
    }
    std::array<egress::InflightRow, 256> rows;
    const std::size_t open = bench_.engine->list(rows, bench_.now);
    std::set<std::string> keys;
    for (std::size_t i = 0; i < open; ++i) {
      RC_ASSERT(rows[i].sends <= settings_.max_sends);
      RC_ASSERT(keys.insert(test::text(rows[i].key.view().bytes())).second);
    }
    for (int i = 0; i < static_cast<int>(kNames); ++i) {
      const cache::Entry* entry = bench_.cached(name_of(i));
      const bool is_forged = entry != nullptr && entry->image().ancount == kForgedAncount;
      RC_ASSERT(!is_forged);
    }
    std::array<egress::ServerStats, 2> servers;
    RC_ASSERT(bench_.engine->server_stats(servers) == 2U);
    RC_ASSERT(servers[0].outstanding + servers[1].outstanding <= 2 * open);
  }

  [[nodiscard]] std::uint64_t sum(std::initializer_list<EngineCounter> which) const {
    std::uint64_t total = 0;
    for (const EngineCounter counter : which) total += bench_.count(counter);
    return total;
  }
  // What the list of counters promises.
  void check_counters() {
    const std::uint64_t opened = sum({EngineCounter::kOpened, EngineCounter::kRefreshOpened});
    RC_ASSERT(bench_.count(EngineCounter::kAsked) ==
              sum({EngineCounter::kHitOnArrival, EngineCounter::kJoined, EngineCounter::kRefusedTableFull,
                   EngineCounter::kRefusedSubscribersFull, EngineCounter::kRefusedNoUplink, EngineCounter::kRefusedZone,
                   EngineCounter::kOpened}));
    RC_ASSERT(opened == sum({EngineCounter::kReplied, EngineCounter::kFailedTimeout, EngineCounter::kFailedUnreachable,
                             EngineCounter::kFailedOverload, EngineCounter::kFailedAbandoned}));
    RC_ASSERT(opened == sum({EngineCounter::kCost0, EngineCounter::kCost1, EngineCounter::kCost2, EngineCounter::kCost3,
                             EngineCounter::kCost4To8, EngineCounter::kCostMore}));
    RC_ASSERT(bench_.count(EngineCounter::kTcpAsked) == sum({EngineCounter::kTcpReplied, EngineCounter::kTcpFailed,
                                                             EngineCounter::kTcpTimeouts, EngineCounter::kTcpLeft}));
    RC_ASSERT(bench_.count(EngineCounter::kSent) == bench_.wire.sent.size() - refused_);
    RC_ASSERT(bench_.count(EngineCounter::kSent) <= settings_.max_sends * opened);
  }

  egress::Settings settings_;
  Bench bench_;
  std::vector<base::Handle> handles_;
  std::vector<egress::TcpFetch> asks_;
  std::map<std::uint32_t, int> ends_;  // of each handle
  std::size_t refused_ = 0;
  std::size_t reported_ = 0;
  std::size_t seen_ends_ = 0;
};

void check(const char* what, egress::QueueOrder order) {
  const bool holds = rc::check(what, [=] {
    egress::Settings settings = test::two_servers();
    settings.order = order;
    settings.upstream_tcp = *rc::gen::element(egress::UpstreamTcp::kNever, egress::UpstreamTcp::kOnTruncation,
                                              egress::UpstreamTcp::kAlways);
    settings.max_fetches = *rc::gen::element(2U, 8U, 64U);
    settings.fetches_per_zone = *rc::gen::element(0U, 2U);
    settings.uplinks[0].budget.limit_pps = *rc::gen::element(0U, 5U, 100U);
    const auto actions = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 14), rc::gen::inRange(0, 10'000)));
    Run run(settings, *rc::gen::inRange<std::uint64_t>(1, 1'000));
    for (const auto& [action, number] : actions) run.act(action, number);
    run.finish();
  });
  EXPECT_TRUE(holds);
}

TEST(EngineProperty, EveryMissEndsOnceWhereAllHaveTheirShare) { check("by shares", egress::QueueOrder::kFair); }

TEST(EngineProperty, EveryMissEndsOnceWhateverHappens) {
  check("newest first under backlog", egress::QueueOrder::kDeadline);
}

TEST(EngineProperty, EveryMissEndsOnceInTheComparisonOrderToo) {
  check("first in first out", egress::QueueOrder::kFifo);
  check("first in first out of those wanted", egress::QueueOrder::kFifoLive);
}

}  // namespace
