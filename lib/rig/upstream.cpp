// SPDX-License-Identifier: Apache-2.0
// The egress engine's wire: queries become replies of the simulated resolver after its latency.
#include "upstream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/contract.hpp"
#include "dns/query.hpp"
#include "net/frame.hpp"

namespace rig {
namespace {

constexpr std::size_t kCompletions = 1U << 16U;
constexpr int kMostPolls = 100'000;  // at one instant
constexpr std::size_t kNowhereBytes = (1U << 20U) + 8 * cache::kLargePageBytes;

net::IpAddress address(unsigned last) {
  const std::array<std::byte, 4> octets{std::byte{10}, std::byte{77}, std::byte{0}, static_cast<std::byte>(last)};
  return net::IpAddress::v4(octets.data());
}

/// Queries that may be queued within a client's timeout, and as many outstanding ones.
std::uint32_t questions_for(const Configuration& configuration, const World& world) {
  constexpr std::uint64_t kLeast = 4'096;
  constexpr std::uint64_t kMost = 65'536;
  if (configuration.budget_pps == 0) return kMost;
  const auto client_timeout_ms = static_cast<std::uint64_t>(world.client_timeout / std::chrono::milliseconds(1));
  const std::uint64_t wanted = 2 * configuration.budget_pps * client_timeout_ms / 1'000;
  return static_cast<std::uint32_t>(std::bit_ceil(std::clamp(wanted, kLeast, kMost)));
}

egress::Settings engine_settings(const Configuration& configuration, const World& world) {
  egress::Settings settings;
  egress::UplinkSettings uplink;
  uplink.budget.limit_pps = configuration.budget_pps;
  SLUICE_REQUIRE(uplink.servers.push_back(address(2)));
  SLUICE_REQUIRE(settings.uplinks.push_back(uplink));
  settings.max_fetches = questions_for(configuration, world);
  settings.client_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(world.client_timeout);
  settings.upstream_tcp = egress::UpstreamTcp::kNever;
  settings.joining = configuration.coalescing == Coalescing::kOn ? egress::Joining::kGlobal : egress::Joining::kPerMiss;
  return settings;
}

/// Answers go to the waiting clients and are not cached.
cache::Settings keeping_nothing(cache::Settings settings) {
  settings.max_answer_bytes = 0;
  settings.servfail_ttl = std::chrono::seconds(0);
  return settings;
}

}  // namespace

Upstream::Upstream(const Configuration& configuration, const World& world, const Catalogue& catalogue,
                   cache::Cache* cache, Listener& listener)
    : catalogue_(catalogue),
      latency_(world.latency),
      listener_(listener),
      entropy_(world.seed),
      nowhere_memory_(cache == nullptr ? std::make_unique<Mapping>(kNowhereBytes) : nullptr),
      nowhere_(cache == nullptr ? std::make_unique<cache::Cache>(nowhere_memory_->view(),
                                                                 keeping_nothing(cache_settings(configuration)), qsbr_)
                                : nullptr),
      cache_(cache == nullptr ? *nowhere_ : *cache),
      slots_(kCompletions),
      completions_(slots_),
      engine_memory_(egress::Engine::bytes_needed(engine_settings(configuration, world))),
      records_(std::make_unique<Records>()),
      message_(Records::kMaxMessage) {
  cache::Settings settings = cache_settings(configuration);
  if (cache == nullptr) settings = keeping_nothing(settings);
  const egress::Dependencies around{.cache = &cache_, .wire = this, .entropy = &entropy_, .completions = rings_};
  engine_ =
      std::make_unique<egress::Engine>(engine_memory_.view(), engine_settings(configuration, world), settings, around);
  engine_->on_path(0, 0, {.next_hop = {}, .source_mac = {}, .source = address(53), .vlan_tci = 0, .resolved = true});
}

void Upstream::fill_miss(const Step& step, base::Instant now) {
  const Item& item = catalogue_[step.asked];
  Known& known = known_[step.asked];
  if (known.item == kNone) asked_.insert(static_cast<std::uint32_t>(item.hash >> 32U), step.asked);
  known = {step.answer, step.item};
  missed_ = step.asked;
  miss_.key.assign(item.view());
  miss_.hash = item.hash;
  miss_.nxdomain_hash = item.nxdomain_hash;
  miss_.asked_at = now;
  miss_.client = catalogue_.dictionary().client(step.client).address;
  miss_.worker = base::WorkerId(0);
}

void Upstream::ask(const Step& step, base::Handle handle, const coalesce::Interest& interest, base::Instant now) {
  fill_miss(step, now);
  miss_.handle = handle;
  miss_.interest = &interest;
  miss_.kind = egress::MissKind::kAsk;
  now_ = now;
  engine_->on_miss(miss_, now);
  settle(now);
}

void Upstream::refresh(const Step& step, base::Instant now) {
  fill_miss(step, now);
  miss_.handle = {};
  miss_.interest = nullptr;
  miss_.kind = egress::MissKind::kRefresh;
  now_ = now;
  engine_->on_miss(miss_, now);
  settle(now);
}

void Upstream::advance(base::Instant to) {
  while (due_ <= to) {
    const base::Instant now = due_;
    now_ = now;
    while (!replies_.empty() && replies_.front().at <= now) {
      deliver(replies_.front());
      replies_.pop_front();
    }
    settle(now);
  }
}

void Upstream::settle(base::Instant now) {
  base::Instant next = now;
  for (int polls = 0; next <= now && polls < kMostPolls; ++polls) {
    engine_->poll(now);
    drain(now);
    cache_.reclaim();
    next = engine_->next_event(now);
  }
  due_ = std::max(next, now + std::chrono::microseconds(1));
  if (!replies_.empty()) due_ = std::min(due_, std::max(replies_.front().at, now));
}

void Upstream::drain(base::Instant now) {
  for (const egress::Completion* end = completions_.front(); end != nullptr; end = completions_.front()) {
    listener_.on_end(*end, now);
    completions_.pop();
  }
}

void Upstream::deliver(const Reply& reply) {
  const Item& item = catalogue_[reply.asked];
  const Known known = known_[reply.asked];
  std::array<std::byte, dns::kMaxNameBytes + 4> question;
  const base::Bytes qname = item.view().qname();
  std::memcpy(question.data(), qname.data(), qname.size());
  base::store_be16(question.data() + qname.size(), static_cast<std::uint16_t>(item.view().qtype()));
  base::store_be16(question.data() + qname.size() + 2, static_cast<std::uint16_t>(item.view().qclass()));
  records_->make(item.view(), known.answer);
  const std::size_t bytes = records_->write_reply(message_, base::Bytes(question).first(qname.size() + 4), reply.id);
  listener_.on_reply(known.item, reply.asked, known.answer, now_);
  net::FrameView frame;
  frame.flow = reply.flow;
  frame.payload_bytes = static_cast<std::uint16_t>(bytes);
  engine_->on_response(frame, base::Bytes(message_).first(bytes), now_);
  drain(now_);
}

// The simulated resolver receives a query; the hash of its key identifies the item.
egress::SendResult Upstream::transmit(base::Bytes frame, std::uint64_t /*ticket*/) noexcept {
  const auto view = net::FrameView::parse(frame, net::RxChecksum::kGood);
  SLUICE_REQUIRE(view.has_value());
  const auto query = dns::QueryView::parse(frame.subspan(view->payload_offset, view->payload_bytes));
  SLUICE_REQUIRE(query.has_value());
  std::uint8_t flags = 0;
  if (query->edns().dnssec_ok) flags |= dns::kKeyFlagDo;
  if (query->header().has(dns::kFlagCd)) flags |= dns::kKeyFlagCd;
  dns::QuestionKey key;
  key.assign(query->qname(), query->qtype(), query->qclass(), dns::UplinkId(0), flags);
  const std::uint64_t hash = catalogue_.hash(key.view());
  // Most queries are sent as soon as they are asked; queued ones and retries are looked up by hash.
  const auto asked = hash == miss_.hash ? std::optional(missed_)
                                        : asked_.find(static_cast<std::uint32_t>(hash >> 32U),
                                                      [&](std::uint32_t at) { return catalogue_[at].hash == hash; });
  SLUICE_REQUIRE(asked.has_value());
  listener_.on_packet(now_);
  cache_.prefetch_bucket(catalogue_[*asked].nxdomain_hash);  // a lookup also checks for a cached NXDOMAIN
  replies_.push_back(
      {.at = now_ + latency_, .flow = view->flow.reversed(), .asked = *asked, .id = query->header().id.value()});
  return {egress::Sent::kAccepted, now_};
}

}  // namespace rig
