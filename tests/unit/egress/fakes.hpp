// SPDX-License-Identifier: Apache-2.0
// An engine with everything around it faked: wire, entropy, workers' interest, the clock. The upstream is the test.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "dns/query.hpp"
#include "egress/engine.hpp"
#include "net/text.hpp"
#include "support/dns_wire.hpp"

namespace test {

using std::chrono_literals::operator""ms;

inline net::IpAddress ip(std::string_view text) { return net::parse_address(text).value(); }

class FakeEntropy final : public egress::EntropySource {
 public:
  explicit FakeEntropy(std::uint64_t seed) : random_(seed) {}
  void fill(base::MutableBytes bytes) noexcept override {
    ++fills;
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
  }
  std::size_t fills = 0;

 private:
  std::mt19937_64 random_;
};

/// A packet as the upstream sees it.
struct SentPacket {
  base::Instant at;
  net::Flow flow;
  base::TxId id;
  std::string qname;  // wire form
  dns::QType qtype{};
  std::uint16_t flags = 0;
  dns::Edns edns;
  std::uint64_t ticket = 0;
  egress::Sent verdict{};  // that the wire gave at once
  [[nodiscard]] unsigned port() const { return flow.source_port.value(); }
};

class FakeWire final : public egress::Wire {
 public:
  explicit FakeWire(const base::Instant& now) : now_(&now) {}
  egress::SendResult transmit(base::Bytes frame, std::uint64_t ticket) noexcept override {
    if (verdict == egress::Sent::kRefused) return {egress::Sent::kRefused, {}};
    const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
    SLUICE_REQUIRE(view.has_value());
    const base::Bytes payload = frame.subspan(view->payload_offset, view->payload_bytes);
    const auto query = dns::QueryView::parse(payload);
    SLUICE_REQUIRE(query.has_value());
    sent.push_back({*now_ + delay, view->flow, query->header().id, text(query->qname().wire()), query->qtype(),
                    query->header().flags, query->edns(), ticket, verdict});
    return {verdict, *now_ + delay};
  }
  egress::Sent verdict = egress::Sent::kAccepted;
  base::Duration delay{0};  // until the port takes it
  std::vector<SentPacket> sent;

 private:
  const base::Instant* now_;
};

/// A completion as a worker sees it.
struct Done {
  base::Handle handle;
  bool has_entry = false;
  egress::Failure failure = egress::Failure::kNone;
  dns::Ede ede = dns::Ede::kNone;
  dns::Rcode rcode{};
  std::uint16_t flags = 0;
  std::uint16_t ancount = 0;
  cache::Freshness freshness{};
  policy::OverloadAction action{};
};

struct Ask {
  std::uint16_t worker = 0;
  dns::QType qtype = dns::QType::kA;
  std::uint8_t flags = 0;
  std::uint16_t uplink = 0;
  base::Duration client_timeout = 4'800ms;
  std::uint32_t client = 0;  // 10.0.0.0 plus this number
};

inline net::IpAddress client(std::uint32_t number) {
  const std::uint32_t address = 0x0a00'0000U + number;
  const std::array<std::byte, 4> octets{static_cast<std::byte>(address >> 24U), static_cast<std::byte>(address >> 16U),
                                        static_cast<std::byte>(address >> 8U), static_cast<std::byte>(address)};
  return net::IpAddress::v4(octets.data());
}

inline egress::Settings one_server() {
  egress::Settings settings;
  settings.max_fetches = 256;
  settings.upstream_tcp = egress::UpstreamTcp::kNever;
  egress::UplinkSettings uplink;
  SLUICE_REQUIRE(uplink.servers.push_back(ip("10.77.0.2")));
  SLUICE_REQUIRE(settings.uplinks.push_back(uplink));
  return settings;
}

inline egress::Settings two_servers() {
  egress::Settings settings = one_server();
  SLUICE_REQUIRE(settings.uplinks[0].servers.push_back(ip("10.77.0.3")));
  return settings;
}

inline egress::Settings with_tcp(egress::Settings settings = one_server(),
                                 egress::UpstreamTcp when = egress::UpstreamTcp::kOnTruncation) {
  settings.upstream_tcp = when;
  return settings;
}

class Bench {
 public:
  static constexpr std::size_t kWorkers = 3;

  explicit Bench(const egress::Settings& settings = one_server(), const cache::Settings& cached = {},
                 std::uint64_t seed = 1)
      : wire(now),
        entropy(seed),
        hash_(secret()),
        cache_settings_(cached),
        cache_memory_(4U << 20U),
        engine_memory_(egress::Engine::bytes_needed(settings)) {
    cache_settings_.size_bytes = cache_memory_.size();
    cache = std::make_unique<cache::Cache>(cache_memory_.bytes(), cache_settings_, qsbr_);
    for (std::size_t i = 0; i < kWorkers; ++i) {
      slots_.emplace_back(1'024);
      rings_.push_back(std::make_unique<egress::CompletionRing>(std::span<egress::Completion>(slots_.back())));
      ring_views_.push_back(rings_.back().get());
    }
    qsbr_.online(0);
    engine = std::make_unique<egress::Engine>(engine_memory_.bytes(), settings, cache_settings_,
                                              egress::Dependencies{.cache = cache.get(),
                                                                   .wire = &wire,
                                                                   .entropy = &entropy,
                                                                   .completions = ring_views_,
                                                                   .tcp_fetches = &tcp_fetches_});
    for (std::uint16_t u = 0; u < settings.uplinks.size(); ++u) {
      for (std::uint16_t s = 0; s < settings.uplinks[u].servers.size(); ++s) set_path(u, s, true);
    }
  }

  void set_path(std::uint16_t uplink, std::uint16_t server, bool resolved, std::string_view source = "10.77.0.53") {
    engine->on_path(uplink, server,
                    {.next_hop = {}, .source_mac = {}, .source = ip(source), .vlan_tci = 0, .resolved = resolved});
  }

  /// A worker's first client asks `qname`; the handle is the worker's.
  base::Handle ask(std::string_view qname, const Ask& how = {}) {
    const egress::Miss miss = miss_of(qname, how);
    engine->on_miss(miss, now);
    return miss.handle;
  }
  void ask_refresh(std::string_view qname, const Ask& how = {}) {
    egress::Miss miss = miss_of(qname, how);
    miss.kind = egress::MissKind::kRefresh;
    miss.interest = nullptr;
    engine->on_miss(miss, now);
  }
  [[nodiscard]] coalesce::Interest& interest(base::Handle handle) { return interests_[handle.index]; }

  void poll() {
    engine->poll(now);
    for (std::size_t i = 0; i < kWorkers; ++i) drain(i);
    qsbr_.report(0, qsbr_.token());
    cache->reclaim();
  }
  void advance(base::Duration by, base::Duration step = 1ms) {
    poll();
    for (base::Duration passed{0}; passed < by; passed += step) {
      now = now + std::min(step, by - passed);
      poll();
    }
  }

  /// A reply to `sent` with `body` behind header and question; counts and flags as given.
  [[nodiscard]] Wire reply_to(const SentPacket& sent, unsigned flags, unsigned an = 0, unsigned ns = 0,
                              const Wire& body = {}) const {
    return Wire()
        .header(sent.id.value(), kReplyFlags | flags, 1, an, ns)
        .raw(sent.qname)
        .u16(static_cast<unsigned>(sent.qtype))
        .u16(1)
        .append(body.view());
  }
  [[nodiscard]] Wire positive(const SentPacket& sent, std::uint32_t ttl) const {
    return reply_to(sent, 0, 1, 0, Wire().rr_at(12, static_cast<unsigned>(sent.qtype), ttl, rdata(sent.qtype)));
  }
  [[nodiscard]] Wire failure(const SentPacket& sent, dns::Rcode rcode) const {
    return reply_to(sent, static_cast<unsigned>(rcode));
  }
  void deliver(const SentPacket& to, const Wire& message) { deliver(to.flow.reversed(), message); }
  void deliver(const net::Flow& flow, const Wire& message) {
    net::FrameView frame;
    frame.flow = flow;
    frame.payload_bytes = static_cast<std::uint16_t>(message.size());
    const std::vector<std::byte> exact(message.view().begin(), message.view().end());  // for the sanitizer
    engine->on_response(frame, exact, now);
    poll();
  }
  /// What the slow path would have been asked since the last look.
  [[nodiscard]] std::vector<egress::TcpFetch> tcp_fetches() {
    std::vector<egress::TcpFetch> asks;
    for (const egress::TcpFetch* ask = tcp_fetches_.front(); ask != nullptr; ask = tcp_fetches_.front()) {
      asks.push_back(*ask);
      tcp_fetches_.pop();
    }
    return asks;
  }
  void deliver_tcp(const egress::TcpFetch& to, const Wire& message) {
    const std::vector<std::byte> exact(message.view().begin(), message.view().end());
    engine->on_tcp_reply({.ticket = to.ticket,
                          .end = egress::TcpEnd::kReplied,
                          .bytes = static_cast<std::uint32_t>(exact.size()),
                          .data = exact.data()},
                         now);
    poll();
  }
  void end_tcp(const egress::TcpFetch& to, egress::TcpEnd end) {
    engine->on_tcp_reply({.ticket = to.ticket, .end = end}, now);
    poll();
  }

  /// Asks, and lets the upstream answer at once.
  void cache_answer(std::string_view qname, std::uint32_t ttl, const Ask& how = {}) {
    ask(qname, how);
    poll();
    deliver(wire.sent.back(), positive(wire.sent.back(), ttl));
    done.clear();
    wire.sent.clear();
  }
  [[nodiscard]] const cache::Entry* cached(std::string_view qname, const Ask& how = {}) const {
    const egress::Miss miss = keyed(qname, how);
    const cache::Entry* of_type = cache->find(miss.hash, miss.key.view());
    return of_type != nullptr ? of_type : cache->find_nxdomain(miss.nxdomain_hash, miss.key.view());
  }
  [[nodiscard]] std::uint64_t count(egress::EngineCounter which) const { return engine->counters().read(which); }

  base::Instant now{1'000'000'000'000};
  FakeWire wire;
  FakeEntropy entropy;
  std::unique_ptr<cache::Cache> cache;
  std::unique_ptr<egress::Engine> engine;
  std::vector<Done> done;  // of all workers, in order

 private:
  struct Memory {
    explicit Memory(std::size_t bytes) : storage(bytes + 64) {}
    [[nodiscard]] std::size_t size() const { return storage.size() - 64; }
    [[nodiscard]] base::MutableBytes bytes() {
      void* at = storage.data();
      std::size_t room = storage.size();
      return {static_cast<std::byte*>(std::align(64, size(), at, room)), size()};
    }
    std::vector<std::byte> storage;
  };

  static base::KeyedHash::Secret secret() {
    base::KeyedHash::Secret bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + 11);
    return bytes;
  }
  static Wire rdata(dns::QType qtype) { return qtype == dns::QType::kA ? ipv4() : Wire().raw("0123456789abcdef"); }
  [[nodiscard]] egress::Miss keyed(std::string_view qname, const Ask& how) const {
    const Wire name = Wire().name(qname);
    base::ByteReader in(name.view());
    egress::Miss miss;
    miss.key.assign(dns::NameView::read_plain(in), how.qtype, dns::QClass::kIn, dns::UplinkId(how.uplink), how.flags);
    miss.hash = hash_(miss.key.view().bytes());
    miss.nxdomain_hash = hash_(miss.key.with(dns::kEveryType).view().bytes());
    return miss;
  }
  [[nodiscard]] egress::Miss miss_of(std::string_view qname, const Ask& how) {
    egress::Miss miss = keyed(qname, how);
    coalesce::Interest& interest = interests_.emplace_back();
    interest.generation = ++generation_;
    interest.waiters = 1;
    interest.deadline_ns = (now + how.client_timeout).ns();
    miss.asked_at = now;
    miss.handle = {static_cast<std::uint32_t>(interests_.size() - 1), generation_};
    miss.interest = &interest;
    miss.client = client(how.client);
    miss.worker = base::WorkerId(how.worker);
    return miss;
  }
  void drain(std::size_t worker) {
    for (const egress::Completion* c = rings_[worker]->front(); c != nullptr; c = rings_[worker]->front()) {
      Done end{.handle = c->handle,
               .has_entry = c->entry != nullptr,
               .failure = c->failure,
               .ede = c->ede,
               .action = c->action};
      if (c->entry != nullptr) {
        end.rcode = c->entry->rcode();
        end.flags = c->entry->image().flags;
        end.ancount = c->entry->image().ancount;
        end.freshness = c->entry->freshness(now);
      }
      done.push_back(end);
      rings_[worker]->pop();
    }
  }

  base::KeyedHash hash_;
  cache::Settings cache_settings_;
  Memory cache_memory_;
  Memory engine_memory_;
  base::Qsbr qsbr_;
  std::deque<std::vector<egress::Completion>> slots_;
  std::vector<std::unique_ptr<egress::CompletionRing>> rings_;
  std::vector<egress::CompletionRing*> ring_views_;
  std::vector<egress::TcpFetch> tcp_slots_{egress::kMaxTcpFetches};
  egress::TcpFetchRing tcp_fetches_{tcp_slots_};
  std::deque<coalesce::Interest> interests_;
  std::uint32_t generation_ = 0;
};

}  // namespace test
