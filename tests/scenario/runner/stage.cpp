// SPDX-License-Identifier: Apache-2.0
#include "stage.hpp"

#include <algorithm>
#include <sstream>

#include "config/config.hpp"
#include "net/text.hpp"
#include "support/frames.hpp"
#include "support/zone_names.hpp"

namespace scenario {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Duration kFineStep = milliseconds(1);      // while questions are in flight
constexpr base::Duration kCoarseStep = milliseconds(100);  // while nothing can happen

net::IpAddress address_of(const std::string& text, int line) {
  const auto address = net::parse_address(text);
  if (!address) throw Complaint(line, "'" + text + "' is no address");
  return *address;
}

std::vector<std::string> split(const std::string& text, char at = ',') {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

template <class Unit>
void take_time(Options& options, const std::string& key, int line, Unit& into) {
  if (const auto text = options.take(key)) into = std::chrono::duration_cast<Unit>(parse_time(*text, line));
}

template <class Number>
void take_number(Options& options, const std::string& key, int line, Number& into) {
  if (const auto number = options.take_number(key, line)) into = static_cast<Number>(*number);
}

void set_cache(Options& options, int line, cache::Settings& cache) {
  take_time(options, "min_ttl", line, cache.min_ttl);
  take_time(options, "max_ttl", line, cache.max_ttl);
  take_time(options, "negative_max_ttl", line, cache.negative_max_ttl);
  take_time(options, "negative_without_soa", line, cache.negative_without_soa);
  take_time(options, "servfail_ttl", line, cache.servfail_ttl);
  take_time(options, "stale_keep", line, cache.stale_keep);
  take_time(options, "stale_ttl", line, cache.stale_ttl);
  take_time(options, "stale_client_timeout", line, cache.stale_client_timeout);
  take_time(options, "stale_recheck", line, cache.stale_recheck);
  take_number(options, "max_answer_bytes", line, cache.max_answer_bytes);
  take_number(options, "prefetch_percent", line, cache.prefetch_percent);
}

void set_coalescing(Options& options, int line, test::InProcessSpec& spec) {
  take_time(options, "client_timeout", line, spec.coalesce.client_timeout);
  take_number(options, "max_waiters_per_query", line, spec.coalesce.max_waiters_per_query);
  take_number(options, "max_waiting_per_client", line, spec.coalesce.max_waiting_per_client);
  const auto scope = options.take("coalesce");
  if (!scope || *scope == "global") return;
  if (*scope != "core" && *scope != "off") throw Complaint(line, "coalesce is global, core or off");
  spec.coalesce.scope = *scope == "off" ? coalesce::Scope::kOff : coalesce::Scope::kCore;
  spec.egress.joining = egress::Joining::kPerMiss;
}

/// servers=10.77.0.2,10.77.0.3|10.77.0.4: two uplinks, one with two servers; the budget is the first one's.
void set_egress(Options& options, int line, egress::Settings& egress) {
  egress::UplinkSettings uplink;
  take_number(options, "budget", line, uplink.budget.limit_pps);
  take_number(options, "reserve", line, uplink.budget.reserve_pps);
  take_number(options, "burst", line, uplink.budget.burst_pkts);
  if (const auto zones = options.take("private_zones")) {
    uplink.rebind = egress::RebindProtection::kOn;
    for (const std::string& zone : split(*zones)) {
      for (const std::byte octet : test::wire_name(zone)) SLUICE_REQUIRE(uplink.private_zones.push_back(octet));
    }
  }
  for (const std::string& group : split(options.take("servers").value_or("10.77.0.2"), '|')) {
    uplink.servers = {};
    for (const std::string& server : split(group)) SLUICE_REQUIRE(uplink.servers.push_back(address_of(server, line)));
    SLUICE_REQUIRE(egress.uplinks.push_back(uplink));
    uplink.budget.limit_pps = 0;
  }
  egress.max_fetches = 1'024;
  take_number(options, "max_fetches", line, egress.max_fetches);
  take_number(options, "max_sends", line, egress.max_sends);
  take_time(options, "first_timeout", line, egress.first_timeout);
  const std::string order = options.take("order").value_or("fair");
  if (order == "fifo") egress.order = egress::QueueOrder::kFifo;
  if (order == "fifo_live") egress.order = egress::QueueOrder::kFifoLive;
  if (order == "deadline") egress.order = egress::QueueOrder::kDeadline;
  const std::string tcp = options.take("upstream_tcp").value_or("on_truncation");
  if (tcp == "never") egress.upstream_tcp = egress::UpstreamTcp::kNever;
  if (tcp == "always") egress.upstream_tcp = egress::UpstreamTcp::kAlways;
}

/// One or more lines of YAML from zones=corp.example:1,… records=www.example./A/192.0.2.1,… suffixes=apps.example:192.0.2.9,…
/// and local=off|on, the names that every appliance answers itself.
std::string configuration_of(Options& options, std::size_t uplinks) {
  std::string text =
      "port: {profile: af_packet, device: eth1, addresses: [10.77.0.53/24, \"fd77::53/64\"]}\nuplinks:\n";
  for (std::size_t i = 0; i < uplinks; ++i) {
    text += "  - {name: u" + std::to_string(i) + ", servers: [10.77.0." + std::to_string(200 + i) + "]}\n";
  }
  text += "forward:\n  - {zone: \".\", uplink: u0}\n";
  for (const std::string& zone : split(options.take("zones").value_or(""))) {
    const std::size_t colon = zone.find(':');
    text += "  - {zone: " + zone.substr(0, colon) + ", uplink: u" + zone.substr(colon + 1) + "}\n";
  }
  text += "egress: {loop_detection: " + options.take("loop_detection").value_or("off") + "}\n";
  text += "local:\n  records:\n    - nothing.here.example. A 192.0.2.255\n";
  for (std::string record : split(options.take("records").value_or(""))) {
    std::replace(record.begin(), record.end(), '/', ' ');
    text += "    - '" + record + "'\n";
  }
  text += "  suffixes:\n    - {suffix: nothing.there.example, a: 192.0.2.255}\n";
  for (const std::string& suffix : split(options.take("suffixes").value_or(""))) {
    const std::size_t colon = suffix.find(':');
    text += "    - {suffix: " + suffix.substr(0, colon) + ", a: " + suffix.substr(colon + 1) + "}\n";
  }
  const bool builtin = options.take("local").value_or("off") == "on";
  if (!builtin) text += "  special_names: []\n  reverse_zones: off\n  domain_needed: off\n";
  return text;
}

config::Settings load(Options& options, std::size_t uplinks, int line) {
  profile::Machine machine;
  machine.cpus = {0};
  machine.memory_bytes = std::uint64_t{4} << 30U;
  auto settings = config::load_text(configuration_of(options, uplinks), "scenario", machine,
                                    {std::filesystem::path(SLUICE_SOURCE_DIR) / "pmd_configs"});
  if (!settings) throw Complaint(line, settings.error().sentence());
  return *settings;
}

void set_acl(Options& options, int line, policy::Settings& guard) {
  const auto allow = options.take("allow");
  if (!allow) return;
  for (const std::string& text : split(*allow)) {
    const auto prefix = net::parse_prefix(text);
    if (!prefix) throw Complaint(line, "'" + text + "' is no prefix");
    SLUICE_REQUIRE(guard.allow.push_back(*prefix));
  }
}

answer::ShortText short_text(const std::string& text) {
  answer::ShortText out;
  for (const char c : text) SLUICE_REQUIRE(out.push_back(static_cast<std::byte>(c)));
  return out;
}

/// Secrets of a fleet that changes them: "one" makes cookies, "both" also accepts those made with the other secret.
policy::CookieSecret secret(std::byte first) {
  policy::CookieSecret secret{};
  secret[0] = first;
  return secret;
}

void set_protocol(Options& options, int line, answer::ProtocolSettings& protocol) {
  if (options.take("any") == "forward") protocol.any = answer::AnyPolicy::kForward;
  take_time(options, "any_ttl", line, protocol.any_ttl);
  if (options.take("rotate") == "off") protocol.rotation = dns::Rotation::kOff;
  if (options.take("other_classes") == "forward") protocol.other_classes = answer::OtherClasses::kForward;
  if (options.take("nxdomain_cut") == "on") protocol.nxdomain_cut = answer::NxdomainCut::kOn;
  protocol.nsid = short_text(options.take("nsid").value_or(""));
  protocol.version = short_text(options.take("version").value_or(""));
  protocol.identity = short_text(options.take("identity").value_or(""));
  if (options.take("trust_ad") == "on") protocol.trusted_ad = 1;
  if (options.take("server_cookie") == "required") protocol.server_cookie = answer::ServerCookie::kRequired;
  const auto cookies = options.take("cookies");
  if (!cookies) return;
  policy::CookieSettings settings{.active = secret(std::byte{1}), .second = {}};
  if (*cookies == "both") settings.second = secret(std::byte{2});
  protocol.cookies.emplace(settings);
}

egress::Path path_to(const net::IpAddress& server, bool resolved) {
  return {.next_hop = {},
          .source_mac = {},
          .source = server.is_v4() ? test::InProcess::v4(10, 77, 0, 53) : test::InProcess::v6(0xfd77, 0x53),
          .vlan_tci = 0,
          .resolved = resolved};
}

template <class E>
std::optional<E> counter_named(std::string_view name) {
  for (std::size_t i = 0; i < stats::kCounters<E>; ++i) {
    if (counter_info(static_cast<E>(i)).name == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace

Stage::Stage(Scenario& scenario) {
  Options& options = scenario.settings;
  const int line = scenario.line;
  test::InProcessSpec spec;
  spec.streams = true;
  spec.tcp = true;
  take_number(options, "workers", line, spec.workers);
  set_cache(options, line, spec.cache);
  set_coalescing(options, line, spec);
  set_egress(options, line, spec.egress);
  settings_ = std::make_unique<config::Settings>(load(options, spec.egress.uplinks.size(), line));
  for (const config::ForwardZone& zone : settings_->forward) {
    spec.forward.push_back({zone.wire, dns::UplinkId(static_cast<std::uint16_t>(zone.uplink))});
  }
  spec.local = settings_->local->tables();
  spec.egress.loop_detection = settings_->egress.loop_detection;
  set_acl(options, line, spec.guard);
  set_protocol(options, line, spec.protocol);
  spec.relayed_egress = options.take("egress_tx") == "via_worker";
  options.require_empty(line);
  workers_ = spec.workers;
  uplinks_ = spec.egress.uplinks;
  appliance_ = std::make_unique<test::InProcess>(spec);
  start_ = appliance_->clock.now();
}

void Stage::advance_to(std::chrono::nanoseconds at) {
  const base::Instant target = start_ + at;
  settle();
  while (appliance_->clock.now() < target) {
    const base::Duration step = appliance_->engine().fetches() != 0 ? kFineStep : kCoarseStep;
    appliance_->clock.advance(std::min(step, target - appliance_->clock.now()));
    settle();
  }
}

void Stage::settle() {
  // What a timer of the egress core brings about is seen by the workers in their next turn.
  for (int turn = 0; turn < 3; ++turn) appliance_->settle();
  static_cast<void>(appliance_->punted());
  for (const test::Frame& frame : appliance_->sent()) {
    const auto view = net::FrameView::parse(frame, net::RxChecksum::kUnknown);
    SLUICE_REQUIRE(view.has_value());
    const base::Bytes bytes = base::Bytes(frame).subspan(view->payload_offset, view->payload_bytes);
    const auto message = read_message(bytes);
    if (!message) throw Complaint(0, "the appliance sent a message that ldns does not accept");
    const bool is_query = view->flow.destination_port.value() == net::kDnsPort;
    (is_query ? queries_ : replies_).push_back({view->flow, {bytes.begin(), bytes.end()}, *message, {}});
  }
  take_stream_replies();
  for (const egress::TcpFetch& ask : appliance_->tcp_fetches()) {
    const auto message = read_message(ask.message());
    if (!message) throw Complaint(0, "the appliance asks by TCP what ldns does not accept");
    net::Flow flow;
    flow.source = ask.local;
    flow.destination = ask.server;
    queries_.push_back({flow, {ask.message().begin(), ask.message().end()}, *message, ask});
  }
}

void Stage::take_stream_replies() {
  for (const test::TcpReply& reply : appliance_->tcp_replies()) {
    const auto message = read_message(reply.message);
    if (!message) throw Complaint(0, "the appliance answered by TCP what ldns does not accept");
    for (const auto& [name, client] : clients_) {
      if (client.stream != reply.stream) continue;
      net::Flow flow;
      flow.destination = client.address;
      replies_.push_back({flow, reply.message, *message, {}, /*by_tcp=*/true});
    }
  }
}

Stage::Client& Stage::client_of(const std::string& name) {
  const auto [found, is_new] = clients_.try_emplace(name);
  if (is_new) {
    const auto number = static_cast<unsigned>(clients_.size());
    found->second.address = test::InProcess::v4(10, 0, 0, number);
    found->second.port = static_cast<std::uint16_t>(40'000 + number);
    found->second.worker = (number - 1) % workers_;
    found->second.stream = {number, 1};
  }
  return found->second;
}

void Stage::send_from_client(const std::string& name, base::Bytes message, Options& options, int line) {
  Client& client = client_of(name);
  if (const auto from = options.take("from")) client.address = address_of(*from, line);
  take_number(options, "port", line, client.port);
  take_number(options, "on", line, client.worker);
  if (client.worker >= workers_) throw Complaint(line, "there are only " + std::to_string(workers_) + " workers");
  net::Flow flow;
  flow.source = client.address;
  flow.destination = client.address.is_v4() ? test::InProcess::v4(10, 77, 0, 53) : test::InProcess::v6(0xfd77, 0x53);
  flow.source_port = base::UdpPort(client.port);
  flow.destination_port = base::UdpPort(net::kDnsPort);
  if (options.take_flag("tcp")) {
    appliance_->tcp_query(client.stream, flow, test::Frame(message.begin(), message.end()));
  } else {
    appliance_->port(client.worker).arrive(test::udp_frame(flow, message));
  }
  settle();
}

// Replies land on any queue: here on the last one.
void Stage::send_from_upstream(const net::Flow& flow, base::Bytes message) {
  appliance_->port(workers_ - 1).arrive(test::udp_frame(flow, message));
  settle();
}

void Stage::answer_stream(const egress::TcpFetch& ask, base::Bytes message) {
  const auto& kept = stream_messages_.emplace_back(message.begin(), message.end());
  appliance_->end_stream({.ticket = ask.ticket,
                          .end = egress::TcpEnd::kReplied,
                          .bytes = static_cast<std::uint32_t>(kept.size()),
                          .data = kept.data()});
  settle();
}

void Stage::close_stream(const egress::TcpFetch& ask) {
  appliance_->end_stream({.ticket = ask.ticket, .end = egress::TcpEnd::kFailed});
  settle();
}

void Stage::set_path(const std::string& server, bool up, int line) {
  const net::IpAddress address = address_of(server, line);
  for (std::uint16_t uplink = 0; uplink < uplinks_.size(); ++uplink) {
    const auto& servers = uplinks_[uplink].servers;
    for (std::uint16_t i = 0; i < servers.size(); ++i) {
      if (servers[i] == address) return appliance_->engine().on_path(uplink, i, path_to(address, up));
    }
  }
  throw Complaint(line, server + " is none of the servers");
}

void Stage::set_wire(bool accepts) { appliance_->egress_port().set_tx_room(accepts ? ~std::size_t{0} : 0); }

std::optional<Sent> Stage::next_query() {
  if (queries_.empty()) return std::nullopt;
  Sent sent = queries_.front();
  queries_.pop_front();
  return sent;
}

std::optional<Sent> Stage::next_reply(const std::string& name, int line) {
  const auto client = clients_.find(name);
  if (client == clients_.end()) throw Complaint(line, "client " + name + " has not asked anything");
  for (auto reply = replies_.begin(); reply != replies_.end(); ++reply) {
    if (reply->flow.destination != client->second.address) continue;
    Sent sent = *reply;
    replies_.erase(reply);
    return sent;
  }
  return std::nullopt;
}

std::string Stage::leftovers() const {
  std::string text;
  for (const Sent& sent : queries_) text += " [upstream: " + sent.message.qname + " " + sent.message.qtype + "]";
  for (const Sent& sent : replies_) {
    text += " [to " + std::string(net::to_text(sent.flow.destination).view()) + ": " + sent.message.rcode + " " +
            sent.message.qname + "]";
  }
  return text;
}

std::uint64_t Stage::count(const std::string& name, int line) const {
  const std::size_t dot = name.find('.');
  const std::string list = name.substr(0, dot);
  const std::string counter = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  if (list == "worker") {
    if (const auto which = counter_named<answer::Counter>(counter)) return appliance_->count(*which);
  }
  if (list == "egress") {
    if (const auto which = counter_named<egress::EngineCounter>(counter)) {
      return appliance_->engine().counters().read(*which);
    }
  }
  throw Complaint(line, "'" + name + "' is no counter; as worker.hit or egress.joined are");
}

std::string Stage::drops() const {
  std::string text;
  for (std::uint16_t i = 0; i < stats::kCounters<answer::Counter>; ++i) {
    const auto which = static_cast<answer::Counter>(i);
    const std::string name(counter_info(which).name);
    const bool is_drop = answer::is_frame_drop(which) || name.starts_with("drop_") || name == "tx_full" ||
                         name == "no_buffer" || name == "no_reply_room";
    const std::uint64_t count = appliance_->count(which);
    if (is_drop && count != 0) text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(count);
  }
  return text;
}

}  // namespace scenario
