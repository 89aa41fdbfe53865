// SPDX-License-Identifier: Apache-2.0
// A new file against the one in force: what changed, what is applied, what waits for a restart.
#include "config/reload.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.hpp"
#include "keyfile/key_values.hpp"
#include "keyfile/keys.hpp"
#include "keyfile/section.hpp"
#include "support.hpp"

namespace config::test {
namespace {

using keyfile::KeySpec;
using keyfile::KeyValue;
using keyfile::RawNode;
using keyfile::Reload;
using keyfile::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> keys(const std::vector<Change>& changes) {
  std::vector<std::string> names;
  for (const Change& change : changes) names.push_back(change.key);
  return names;
}

Settings loaded(std::string_view text) {
  auto settings = load_here(text);
  EXPECT_TRUE(settings) << settings.error().sentence();
  return settings.value_or(Settings{});
}

Renewal renewed(std::string_view before, std::string_view after) { return renew(loaded(before), loaded(after)); }

// ---- every key of the table -------------------------------------------------------------------------------------------

/// A file with one value of every key: lists of maps have one element.
RawNode sample(std::string_view path);

RawNode text_node(std::string text) { return {RawNode::Kind::kText, {}, std::move(text), {}, {}}; }

/// Two values of a scalar that are not the same; which they are does not matter to the comparison.
std::string sample_text(const KeySpec& spec, std::size_t which) {
  switch (spec.type) {
    case Type::kInteger:
      return std::to_string(which == 0 ? spec.min : spec.max);
    case Type::kPercent:
      return std::to_string(which == 0 ? spec.min : spec.max) + "%";
    case Type::kFraction:
      return which == 0 ? "0.25" : "0.75";
    case Type::kBytes:
      return keyfile::show_bytes(which == 0 ? spec.min : spec.max);
    case Type::kDuration:
      return keyfile::show_duration(which == 0 ? spec.max : spec.max - spec.step);
    case Type::kAddress:
      return which == 0 ? "10.0.0.1" : "fd00::1";
    case Type::kInterfaceAddress:
      return which == 0 ? "10.0.0.1/24" : "10.0.0.2/24";
    case Type::kPrefix:
      return which == 0 ? "10.0.0.0/8" : "fd00::/8";
    case Type::kZone:
      return which == 0 ? "a.example." : "b.example.";
    case Type::kChoice:
      return std::string(keyfile::words_of(spec)[which]);
    default:
      return which == 0 ? "/one" : "/two";
  }
}

RawNode sample_of(const KeySpec& spec) {
  if (spec.type == Type::kMap) return sample(spec.path);
  if (spec.type != Type::kList) return text_node(sample_text(spec, 0));
  RawNode list{RawNode::Kind::kList, {}, {}, {}, {}};
  list.children.push_back(sample_of(*keyfile::find_key(config_keys(), std::string(spec.path) + "[]")));
  return list;
}

RawNode sample(std::string_view path) {
  RawNode map{RawNode::Kind::kMap, {}, {}, {}, {}};
  for (const std::string_view name : keyfile::children_of(config_keys(), path)) {
    const std::string child = path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
    map.keys.push_back({std::string(name), {}});
    map.children.push_back(sample_of(*keyfile::find_key(config_keys(), child)));
  }
  return map;
}

/// The node of a path of the table, first elements of lists.
RawNode& node_at(RawNode& root, std::string_view path) {
  RawNode* node = &root;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(end);
    if (!name.empty()) {
      const auto key =
          std::find_if(node->keys.begin(), node->keys.end(), [&](const keyfile::RawKey& k) { return k.name == name; });
      node = &node->children[static_cast<std::size_t>(std::distance(node->keys.begin(), key))];
    }
    if (path.starts_with("[]")) {
      node = &node->children.front();
      path.remove_prefix(2);
    }
    if (path.starts_with(".")) path.remove_prefix(1);
  }
  return *node;
}

Settings with_values(const RawNode& root) {
  Settings settings;
  settings.values = keyfile::key_values(config_keys(), root);
  return settings;
}

/// "uplinks[].name" is "uplinks[0].name"; an element of a list of scalars is reported as the list.
std::string reported_as(std::string_view path) {
  if (path.ends_with("[]")) path.remove_suffix(2);
  std::string key(path);
  for (std::size_t at = key.find("[]"); at != std::string::npos; at = key.find("[]")) key.replace(at, 2, "[0]");
  return key;
}

TEST(ConfigReload, AChangeOfAnyKeyIsReportedOnceAndAsTheTableSays) {
  const RawNode before = sample({});
  const Settings running = with_values(before);
  std::size_t scalars = 0;
  for (const KeySpec& spec : config_keys()) {
    ASSERT_NE(spec.reload, Reload::kUnset) << spec.path;
    if (spec.type == Type::kMap || spec.type == Type::kList) continue;
    ++scalars;
    RawNode after = before;
    node_at(after, spec.path).text = sample_text(spec, 1);
    const Changes changes = compare(running, with_values(after));
    const std::vector<std::string> expected{reported_as(spec.path)};
    EXPECT_EQ(keys(changes.live), spec.reload == Reload::kLive ? expected : std::vector<std::string>()) << spec.path;
    EXPECT_EQ(keys(changes.restart), spec.reload == Reload::kRestart ? expected : std::vector<std::string>())
        << spec.path;
  }
  EXPECT_GT(scalars, 50U);
}

TEST(ConfigReload, TheSameFileIsNoChange) {
  const Renewal renewal = renewed(minimal(), minimal());
  EXPECT_TRUE(renewal.changes.none());
  EXPECT_FALSE(renewal.settings.values.empty());
}

TEST(ConfigReload, WhatIsWrittenInAnotherWayIsNoChange) {
  const Changes changes = compare(loaded(minimal("cache: {max_ttl: 60m, size: 1024MiB}\n")),
                                  loaded(minimal("cache:\n  size: 1GiB\n  max_ttl: 1h\nlog: {level: info}\n")));
  EXPECT_THAT(keys(changes.live), IsEmpty());
  EXPECT_THAT(keys(changes.restart), IsEmpty());
}

TEST(ConfigReload, AnElementThatComesOrGoesIsReportedWithItsKeys) {
  const std::string one = "forward: [{zone: \".\", uplink: vpc}]\n";
  const std::string two = "forward: [{zone: \".\", uplink: vpc}, {zone: corp.example, uplink: vpc}]\n";
  const Changes more = compare(loaded(minimal(one)), loaded(minimal(two)));
  EXPECT_THAT(keys(more.live), ElementsAre("forward[1].zone", "forward[1].uplink"));
  EXPECT_EQ(more.live[0].before, "");
  EXPECT_EQ(more.live[0].after, "corp.example.");
  const Changes less = compare(loaded(minimal(two)), loaded(minimal(one)));
  EXPECT_THAT(keys(less.live), ElementsAre("forward[1].zone", "forward[1].uplink"));
  EXPECT_EQ(less.live[0].after, "");
}

TEST(ConfigReload, ASecretThatChangesIsReportedWithoutBeingTold) {
  const std::string one(32, 'a');
  const std::string two(32, 'b');
  const Changes changes = compare(loaded(minimal("answers: {cookie_secret: \"" + one + "\"}\n")),
                                  loaded(minimal("answers: {cookie_secret: \"" + two + "\"}\n")));
  ASSERT_THAT(keys(changes.live), ElementsAre("answers.cookie_secret"));
  EXPECT_EQ(changes.live[0].before.find(one), std::string::npos);
  EXPECT_EQ(changes.live[0].after.find(two), std::string::npos);
  EXPECT_NE(changes.live[0].before, changes.live[0].after);
}

// ---- what goes on -----------------------------------------------------------------------------------------------------

TEST(ConfigReload, LiveKeysTakeTheirNewValues) {
  const Renewal renewal =
      renewed(minimal(),
              minimal("cache: {min_ttl: 5s, max_ttl: 6h, stale: {ttl: 10s}, prefetch: 0%}\n"
                      "clients: {allow: [192.0.2.0/24], timeout: 2s, drop_policy: {newest: 1, random: 2, oldest: 97},\n"
                      "          per_query: {limit: 10, max: 20}, answers_per_burst: 7}\n"
                      "egress: {max_sends: 1, order: fifo}\n"
                      "log: {level: warn}\n"));
  EXPECT_THAT(keys(renewal.changes.restart), IsEmpty());
  EXPECT_EQ(renewal.changes.live.size(), 15U);
  const Settings& now = renewal.settings;
  EXPECT_EQ(now.cache.min_ttl, std::chrono::seconds(5));
  EXPECT_EQ(now.cache.max_ttl, std::chrono::hours(6));
  EXPECT_EQ(now.cache.stale_ttl, std::chrono::seconds(10));
  EXPECT_EQ(now.cache.prefetch_percent, 0U);
  EXPECT_EQ(now.policy.allow.size(), 1U);
  EXPECT_EQ(now.coalesce.client_timeout, std::chrono::seconds(2));
  EXPECT_EQ(now.coalesce.drop_policy.oldest_percent, 97);
  EXPECT_EQ(now.coalesce.per_query.limit, 10U);
  EXPECT_EQ(now.coalesce.per_query.max, 20U);
  EXPECT_EQ(now.coalesce.answers_per_burst, 7U);
  EXPECT_EQ(now.egress.max_sends, 1U);
  EXPECT_EQ(now.egress.order, egress::QueueOrder::kFifo);
  EXPECT_EQ(now.log_level, diag::LogLevel::kWarn);
}

TEST(ConfigReload, KeysThatNeedARestartKeepTheirValuesAndAreReportedAgain) {
  const std::string after = std::string(
                                "port: {profile: af_packet, device: eth2, addresses: [10.77.0.54/24, "
                                "\"fd77::53/64\"], mtu: 1400, tap: none}\n") +
                            std::string(kUplinks) +
                            "cache: {size: 1GiB, max_entries: 5, coalesce: core, max_ttl: 2h}\n"
                            "clients: {max_waiting: 128}\n"
                            "control: {socket: /run/other.sock}\n"
                            "lcores: {workers: [1], egress: 1}\n"
                            "eal: [--no-pci]\n";
  const Settings running = loaded(minimal());
  const Renewal first = renew(running, loaded(after));
  EXPECT_THAT(keys(first.changes.live), ElementsAre("cache.max_ttl"));
  EXPECT_THAT(
      keys(first.changes.restart),
      ElementsAre("port.device", "port.addresses", "port.tap", "port.mtu", "lcores.workers", "lcores.egress",
                  "cache.size", "cache.max_entries", "cache.coalesce", "clients.max_waiting", "control.socket", "eal"));
  const Settings& now = first.settings;
  EXPECT_EQ(now.port.device, "eth1");
  EXPECT_EQ(now.port.addresses, running.port.addresses);
  EXPECT_EQ(now.port.mtu_bytes, 1'500U);
  EXPECT_EQ(now.lcores.worker_cpus, running.lcores.worker_cpus);
  EXPECT_EQ(now.cache.size_bytes, running.cache.size_bytes);
  EXPECT_EQ(now.cache.max_entries, 0U);
  EXPECT_EQ(now.coalesce.scope, coalesce::Scope::kGlobal);
  EXPECT_EQ(now.egress.joining, egress::Joining::kGlobal);
  EXPECT_EQ(now.coalesce.max_waiting, running.coalesce.max_waiting);
  EXPECT_EQ(now.control_socket, running.control_socket);
  EXPECT_TRUE(now.eal.empty());

  const Renewal second = renew(first.settings, loaded(after));
  EXPECT_THAT(keys(second.changes.live), IsEmpty()) << "applied before";
  EXPECT_EQ(keys(second.changes.restart), keys(first.changes.restart)) << "still waiting";
  const Renewal back = renew(second.settings, loaded(minimal()));
  EXPECT_THAT(keys(back.changes.live), ElementsAre("cache.max_ttl"));
  EXPECT_THAT(keys(back.changes.restart), IsEmpty());
}

// RFC 7828 §3.3.2: the option says for how long the server keeps an idle connection, which is what it did before.
TEST(ConfigReload, ClientsAreToldTheIdleTimeoutThatTheConnectionsHave) {
  const Renewal renewal = renewed(minimal(), minimal("clients: {tcp: {idle_timeout: 30s}}\n"));
  EXPECT_THAT(keys(renewal.changes.restart), ElementsAre("clients.tcp.idle_timeout"));
  EXPECT_EQ(renewal.settings.tcp.idle_timeout, std::chrono::seconds(10));
  EXPECT_EQ(renewal.settings.protocol.keepalive, renewal.settings.tcp.idle_timeout);
}

std::string with_budget(std::string_view budget) {
  return std::string(kPort) + "uplinks: [{name: vpc, servers: [10.77.0.2], budget: {" + std::string(budget) + "}}]\n";
}

TEST(ConfigReload, ABudgetChangesAsFarAsThereIsMemoryForIt) {
  const Renewal larger = renewed(with_budget("limit: 1024"), with_budget("limit: 8192, reserve: 24"));
  EXPECT_THAT(keys(larger.changes.live), ElementsAre("uplinks[0].budget.limit", "uplinks[0].budget.reserve"));
  EXPECT_EQ(larger.settings.egress.uplinks[0].budget.limit_pps, 8'192U);
  EXPECT_EQ(larger.settings.egress.uplinks[0].budget.reserve_pps, 24U);

  const Renewal too_large = renewed(with_budget("limit: 1024"), with_budget("limit: 8193"));
  EXPECT_THAT(keys(too_large.changes.restart), ElementsAre("uplinks[0].budget.limit"));
  EXPECT_EQ(too_large.settings.egress.uplinks[0].budget.limit_pps, 1'024U);

  // Memory is what it was made for at the start, not what was in force last.
  const Renewal down = renewed(with_budget("limit: 20000"), with_budget("limit: 10"));
  const Renewal up = renew(down.settings, loaded(with_budget("limit: 20000")));
  EXPECT_THAT(keys(up.changes.live), ElementsAre("uplinks[0].budget.limit"));
}

// The three hand-written lists of what a reload applies disagreed about this key: it was reported as applied, and was not.
TEST(ConfigReload, ClosedLoopOfAnUplinkIsLive) {
  const std::string port(kPort);
  const Renewal renewal = renewed(port + "uplinks: [{name: vpc, servers: [10.77.0.2]}]\n",
                                  port + "uplinks: [{name: vpc, servers: [10.77.0.2], closed_loop: off}]\n");
  EXPECT_THAT(keys(renewal.changes.live), ElementsAre("uplinks[0].closed_loop"));
  EXPECT_EQ(renewal.settings.egress.uplinks[0].closed_loop, egress::ClosedLoop::kOff);
}

TEST(ConfigReload, ServersAndCaseRandomizationOfAnUplinkNeedARestart) {
  const std::string port(kPort);
  const Renewal renewal = renewed(port + "uplinks: [{name: vpc, servers: [10.77.0.2], case_randomization: off}]\n",
                                  port + "uplinks: [{name: vpc, servers: [10.77.0.3], case_randomization: on}]\n");
  EXPECT_THAT(keys(renewal.changes.live), IsEmpty());
  EXPECT_THAT(keys(renewal.changes.restart), ElementsAre("uplinks[0].servers", "uplinks[0].case_randomization"));
  EXPECT_EQ(renewal.settings.egress.uplinks[0].case_randomization, egress::CaseRandomization::kOff);
  EXPECT_EQ(keyfile::show(renewal.settings.egress.uplinks[0].servers[0]), "10.77.0.2");
}

TEST(ConfigReload, MeteredAndUnmeteredAreARestartApart) {
  for (const auto& [before, after] :
       {std::pair("limit: 1024", "limit: none"), std::pair("limit: none", "limit: 1024")}) {
    const Renewal renewal = renewed(with_budget(before), with_budget(after));
    EXPECT_THAT(keys(renewal.changes.restart), ElementsAre("uplinks[0].budget.limit"));
    EXPECT_EQ(renewal.settings.egress.uplinks[0].budget.limit_pps == 0, before == std::string_view("limit: none"));
  }
}

TEST(ConfigReload, UplinksOfOtherNamesWaitAsAWholeAndForwardGoesByName) {
  const std::string two = "uplinks: [{name: vpc, servers: [10.77.0.2]}, {name: lan, servers: [10.77.0.3]}]\n";
  const std::string swapped =
      "uplinks: [{name: lan, servers: [10.77.0.3]}, {name: vpc, servers: [10.77.0.2], budget: {limit: 5}}]\n";
  const std::string to_vpc = "forward: [{zone: \".\", uplink: vpc}]\n";
  const std::string to_lan = "forward: [{zone: \".\", uplink: lan}]\n";
  const std::string port(kPort);
  const Renewal renewal = renewed(port + two + to_vpc, port + swapped + to_lan);
  EXPECT_THAT(keys(renewal.changes.live), ElementsAre("forward[0].uplink"));
  ASSERT_EQ(renewal.settings.forward.size(), 1U);
  EXPECT_EQ(renewal.settings.forward[0].uplink, 1U) << "lan is the second one that runs";
  EXPECT_EQ(renewal.settings.uplink_names, (std::vector<std::string>{"vpc", "lan"}));
  EXPECT_EQ(renewal.settings.egress.uplinks[1].budget.limit_pps, 1'024U);
}

TEST(ConfigReload, ForwardToAnUplinkThatDoesNotRunWaitsWithIt) {
  const std::string port(kPort);
  const Renewal renewal =
      renewed(port + "uplinks: [{name: vpc, servers: [10.77.0.2]}]\nforward: [{zone: \".\", uplink: vpc}]\n",
              port +
                  "uplinks: [{name: vpc, servers: [10.77.0.2]}, {name: lan, servers: [10.77.0.3]}]\n"
                  "forward: [{zone: \".\", uplink: lan}]\nlog: {level: debug}\n");
  EXPECT_THAT(keys(renewal.changes.live), ElementsAre("log.level"));
  EXPECT_THAT(keys(renewal.changes.restart), ::testing::Contains("forward[0].uplink"));
  EXPECT_THAT(keys(renewal.changes.restart), ::testing::Contains("uplinks[1].name"));
  EXPECT_EQ(renewal.settings.forward[0].uplink, 0U);
  const Renewal again =
      renew(renewal.settings, loaded(port + std::string(kUplinks) + "forward: [{zone: \".\", uplink: vpc}]\n"));
  EXPECT_THAT(keys(again.changes.live), ElementsAre("log.level")) << "what waited was never in force";
  EXPECT_THAT(keys(again.changes.restart), IsEmpty());
}

}  // namespace
}  // namespace config::test
