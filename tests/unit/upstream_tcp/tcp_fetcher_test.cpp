// SPDX-License-Identifier: Apache-2.0
// Questions over TCP to a server on the loopback interface that the test plays; time is an argument.
#include "upstream_tcp/tcp_fetcher.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "dns/answer.hpp"
#include "net/text.hpp"
#include "sockets/fd.hpp"
#include "support/dns_wire.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using egress::TcpEnd;
using egress::TcpFetch;
using egress::TcpReply;
using sockets::Fd;
using test::Wire;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using upstream_tcp::Counter;
using upstream_tcp::TcpFetcher;

/// A query as the server reads it.
struct Asked {
  unsigned id = 0;
  std::string qname;
};

/// One accepted connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] int reads() const { return reads_; }
  std::vector<Asked> take() {
    std::array<std::byte, 65'536> chunk;
    for (ssize_t got = 0; (got = ::recv(fd_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT)) >= 0;) {
      if (got == 0) closed_ = true;
      if (got == 0) break;
      ++reads_;
      octets_.insert(octets_.end(), chunk.begin(), chunk.begin() + got);
    }
    std::vector<Asked> asked;
    while (octets_.size() >= 2 && octets_.size() >= 2U + base::load_be16(octets_.data())) {
      const std::size_t bytes = base::load_be16(octets_.data());
      base::ByteReader in(base::Bytes(octets_).subspan(2, bytes));
      const dns::Header header = dns::Header::read(in);
      asked.push_back({header.id.value(), test::text(dns::NameView::read_plain(in).wire())});
      octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(2 + bytes));
    }
    return asked;
  }
  void send(const Wire& octets) const {
    ASSERT_EQ(::send(fd_.get(), octets.view().data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  void close() { fd_ = Fd(); }

 private:
  Fd fd_;
  std::vector<std::byte> octets_;
  int reads_ = 0;
  bool closed_ = false;
};

Wire answer(unsigned id, const std::string& qname, unsigned records = 1) {
  Wire message = Wire().header(id, test::kReplyFlags, 1, records).raw(qname).u16(1).u16(1);
  for (unsigned i = 0; i < records; ++i) message.rr_at(12, 1, 60, test::ipv4(i & 0xffU));
  return Wire().u16(static_cast<unsigned>(message.size())).append(message.view());
}

class TcpFetcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT(sluice-tokens): the socket API's base class
    ASSERT_EQ(::bind(listener_.get(), generic, size), 0);
    ASSERT_EQ(::listen(listener_.get(), 8), 0);
    ASSERT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
    fetcher_ = std::make_unique<TcpFetcher>(
        loop_, TcpFetcher::Spec{
                   .fetches = &fetches_, .replies = &replies_, .interface = {}, .port = port_, .counters = &counters_});
  }
  void TearDown() override {
    fetcher_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(fetcher_->connections(), 0U);
    fetcher_.reset();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }

  [[nodiscard]] base::Instant now() const { return base::Instant(uv_now(&loop_) * 1'000'000U); }
  void ask(std::uint64_t ticket, std::string_view name, base::Duration patience = 2s) {
    TcpFetch ask;
    ask.ticket = ticket;
    ask.local = ask.server = *net::parse_address("127.0.0.1");
    ask.timeout = patience;
    const Wire qname = Wire().name(name);
    ask.query_bytes = static_cast<std::uint16_t>(dns::write_upstream_query(ask.query, {.id = {},
                                                                                       .folded_qname = qname.view(),
                                                                                       .letter_case = {},
                                                                                       .qtype = dns::QType::kA,
                                                                                       .qclass = dns::QClass::kIn}));
    ASSERT_TRUE(fetches_.push(ask));
  }
  /// Lets things happen until `done`; false when they do not.
  bool turn_until(const std::function<bool()>& done) {
    for (int i = 0; i < 1'000'000; ++i) {
      fetcher_->poll(now());
      uv_run(&loop_, UV_RUN_NOWAIT);
      accept();
      if (done()) return true;
      if (i > 100) std::this_thread::yield();
    }
    return false;
  }
  void accept() {
    for (int fd = 0; (fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) peers_.emplace_back(fd);
  }
  /// Reads this number of queries from a connection, however they are cut.
  std::vector<Asked> queries(std::size_t peer, std::size_t count) {
    std::vector<Asked> all;
    EXPECT_TRUE(turn_until([&] {
      if (peers_.size() > peer) {
        for (Asked& asked : peers_[peer].take()) all.push_back(std::move(asked));
      }
      return all.size() >= count;
    }));
    return all;
  }
  std::optional<TcpReply> reply() {
    std::optional<TcpReply> got;
    turn_until([&] {
      const TcpReply* front = replies_.front();
      if (front == nullptr) return false;
      got = *front;
      replies_.pop();
      return true;
    });
    return got;
  }

  uv_loop_t loop_{};
  Fd listener_;
  std::uint16_t port_ = 0;
  upstream_tcp::Counters counters_;
  std::vector<TcpFetch> fetch_slots_{egress::kMaxTcpFetches};
  std::vector<TcpReply> reply_slots_{egress::kMaxTcpFetches};
  egress::TcpFetchRing fetches_{fetch_slots_};
  egress::TcpReplyRing replies_{reply_slots_};
  std::unique_ptr<TcpFetcher> fetcher_;
  std::deque<Peer> peers_;
};

// RFC 7766 §6.2.1.1 and §7: pipelined, answered in any order, matched by ID.
TEST_F(TcpFetcherTest, PipelinedQuestionsAreAnsweredInAnyOrder) {
  for (std::uint64_t i = 0; i < 5; ++i) ask(i, "n" + std::to_string(i) + ".example");
  const auto asked = queries(0, 5);
  ASSERT_THAT(asked, SizeIs(5));
  std::set<unsigned> ids;
  for (const Asked& query : asked) ids.insert(query.id);
  EXPECT_THAT(ids, SizeIs(5));
  for (std::size_t i = 5; i-- > 0;) peers_[0].send(answer(asked[i].id, asked[i].qname));
  for (std::uint64_t i = 5; i-- > 0;) {
    const auto got = reply();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->end, TcpEnd::kReplied);
    EXPECT_EQ(test::text(got->message()).substr(12, asked[i].qname.size()), asked[i].qname);
    EXPECT_EQ(got->ticket, asked[i].qname[2] - '0') << "the reply of the ask that had this name";
    got->release();
  }
  EXPECT_THAT(peers_, SizeIs(1));
}

// RFC 7766 §8: length and message in one write; here all that is asked in one turn is, to save segments.
TEST_F(TcpFetcherTest, QuestionsOfOneTurnLeaveInOneWrite) {
  ask(1, "warm.example");
  const auto first = queries(0, 1);
  peers_[0].send(answer(first.at(0).id, first[0].qname));
  ASSERT_TRUE(reply());
  const int before = peers_[0].reads();
  for (std::uint64_t i = 0; i < 10; ++i) ask(i, "n" + std::to_string(i) + ".example");
  EXPECT_THAT(queries(0, 10), SizeIs(10));
  EXPECT_EQ(peers_[0].reads(), before + 1);
  EXPECT_EQ(counters_.read(Counter::kOpened), 1U) << "RFC 7766 §6.2.2: the connection is used again";
}

TEST_F(TcpFetcherTest, AnswerMayComeInAnyPieces) {
  ask(7, "big.example");
  const auto asked = queries(0, 1);
  const Wire octets = answer(asked.at(0).id, asked[0].qname, 400);
  for (const std::byte octet : octets.view()) {
    peers_[0].send(Wire().u8(std::to_integer<unsigned>(octet)));
    uv_run(&loop_, UV_RUN_NOWAIT);
  }
  const auto got = reply();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes, octets.size() - 2);
}

// RFC 7766 §7: a reply that does not match on ID and question is none.
TEST_F(TcpFetcherTest, MessageThatAnswersNothingIsIgnored) {
  ask(7, "www.example");
  const auto asked = queries(0, 1);
  peers_[0].send(answer(asked.at(0).id ^ 1U, asked[0].qname));
  peers_[0].send(answer(asked[0].id, test::text(Wire().name("xxx.example").view())));
  peers_[0].send(Wire().u16(3).raw("abc"));
  peers_[0].send(answer(asked[0].id, asked[0].qname, 2));
  const auto got = reply();
  ASSERT_TRUE(got);
  EXPECT_EQ(base::load_be16(got->data + 6), 2) << "the last one";
  EXPECT_EQ(counters_.read(Counter::kStray), 3U);
}

// RFC 7766 §6.2.4: a connection that is closed with answers pending means that the questions are asked again.
TEST_F(TcpFetcherTest, QuestionOfAClosedConnectionIsAskedOnceMore) {
  ask(7, "www.example");
  const auto first = queries(0, 1);
  peers_[0].close();
  const auto second = queries(1, 1);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].qname, first.at(0).qname);
  EXPECT_EQ(counters_.read(Counter::kRetried), 1U);
  peers_[1].close();
  const auto got = reply();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->end, TcpEnd::kFailed);
  EXPECT_EQ(counters_.read(Counter::kOpened), 2U);
}

TEST_F(TcpFetcherTest, RefusedConnectionFailsAtOnce) {
  listener_ = Fd();
  ask(7, "www.example");
  const auto got = reply();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->end, TcpEnd::kFailed);
  EXPECT_EQ(counters_.read(Counter::kOpened), 1U);
  EXPECT_EQ(counters_.read(Counter::kRefused), 1U);
}

TEST_F(TcpFetcherTest, SilentServerTimesOutAndItsConnectionIsGivenUp) {
  ask(7, "www.example");
  ASSERT_THAT(queries(0, 1), SizeIs(1));
  fetcher_->poll(now() + 1'900ms);
  EXPECT_EQ(replies_.front(), nullptr);
  fetcher_->poll(now() + 2s);
  const auto got = reply();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->end, TcpEnd::kTimedOut);
  EXPECT_TRUE(turn_until([&] { return fetcher_->connections() == 0; }));
}

TEST_F(TcpFetcherTest, SlowNameAloneDoesNotEndAConnectionThatAnswersOthers) {
  ask(1, "slow.example");
  const auto slow = queries(0, 1);
  ask(2, "fast.example", 4s);
  const auto fast = queries(0, 1);
  ASSERT_THAT(fast, SizeIs(1));
  peers_[0].send(answer(fast[0].id, fast[0].qname));
  EXPECT_EQ(reply()->ticket, 2U);
  fetcher_->poll(now() + 2s);
  EXPECT_EQ(reply()->end, TcpEnd::kTimedOut);
  ask(3, "more.example");
  EXPECT_THAT(queries(0, 1), SizeIs(1)) << "by the same connection";
}

// RFC 7766 §6.2.3: idle connections are closed.
TEST_F(TcpFetcherTest, IdleConnectionIsClosedAfterTenSeconds) {
  ask(7, "www.example");
  const auto asked = queries(0, 1);
  peers_[0].send(answer(asked.at(0).id, asked[0].qname));
  ASSERT_TRUE(reply());
  const base::Instant idle_from = now();
  fetcher_->poll(idle_from + 9s);
  uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_EQ(fetcher_->connections(), 1U);
  fetcher_->poll(idle_from + 10s);
  uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_EQ(fetcher_->connections(), 0U);
  EXPECT_TRUE(turn_until([&] { return peers_[0].take().empty() && peers_[0].is_closed(); }));
}

// RFC 7766 §6.2.2: as few connections as will do.
TEST_F(TcpFetcherTest, SecondConnectionOnlyUnderLoadAndNeverAThird) {
  for (std::uint64_t i = 0; i < 60; ++i) ask(i, "n" + std::to_string(i) + ".example");
  std::size_t seen = 0;
  ASSERT_TRUE(turn_until([&] {
    for (Peer& peer : peers_) seen += peer.take().size();
    return seen == 60;
  }));
  EXPECT_THAT(peers_, SizeIs(2));
}

TEST_F(TcpFetcherTest, EmptyMessageEndsTheConnection) {
  ask(7, "www.example");
  ASSERT_THAT(queries(0, 1), SizeIs(1));
  peers_[0].send(Wire().u16(0));
  EXPECT_TRUE(turn_until([&] { return peers_[0].take().empty() && peers_[0].is_closed(); }));
}

TEST_F(TcpFetcherTest, MessageStaysUntilItIsReleased) {
  ask(1, "one.example");
  const auto one = queries(0, 1);
  peers_[0].send(answer(one.at(0).id, one[0].qname));
  const auto held = reply();
  ask(2, "two.example");
  const auto two = queries(0, 1);
  peers_[0].send(answer(two.at(0).id, two[0].qname));
  const auto other = reply();
  ASSERT_TRUE(held && other);
  EXPECT_NE(held->data, other->data);
  EXPECT_EQ(base::load_be16(held->data), one[0].id);
  held->release();
  ask(3, "three.example");
  const auto three = queries(0, 1);
  peers_[0].send(answer(three.at(0).id, three[0].qname));
  EXPECT_EQ(reply()->data, held->data) << "used again";
}

TEST_F(TcpFetcherTest, AskThatComesTooLateIsNotWritten) {
  ask(7, "www.example", 0ms);
  EXPECT_EQ(reply()->end, TcpEnd::kTimedOut);
  EXPECT_EQ(counters_.read(Counter::kOpened), 0U);
}

TEST_F(TcpFetcherTest, ClosingEndsEveryAsk) {
  ask(1, "one.example");
  ASSERT_THAT(queries(0, 1), SizeIs(1));
  fetcher_->close();
  EXPECT_EQ(reply()->end, TcpEnd::kFailed);
  ask(2, "two.example");
  EXPECT_EQ(reply()->end, TcpEnd::kFailed);
}

}  // namespace
