// SPDX-License-Identifier: Apache-2.0
// What comes out: defaults, the example of all keys, machine and profile.
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/cache.hpp"
#include "checked.hpp"
#include "config/reload.hpp"
#include "net/text.hpp"
#include "support.hpp"

namespace config::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ConfigDefaults, AreThoseOfTheLibraries) {
  const auto settings = load_here(minimal());
  ASSERT_TRUE(settings) << settings.error().sentence();
  const cache::Settings cache;
  EXPECT_EQ(settings->cache.size_bytes, cache.size_bytes);
  EXPECT_EQ(settings->cache.max_entries, cache.max_entries);
  EXPECT_EQ(settings->cache.min_ttl, cache.min_ttl);
  EXPECT_EQ(settings->cache.max_ttl, cache.max_ttl);
  EXPECT_EQ(settings->cache.negative_max_ttl, cache.negative_max_ttl);
  EXPECT_EQ(settings->cache.negative_without_soa, cache.negative_without_soa);
  EXPECT_EQ(settings->cache.servfail_ttl, cache.servfail_ttl);
  EXPECT_EQ(settings->cache.stale_keep, cache.stale_keep);
  EXPECT_EQ(settings->cache.stale_ttl, cache.stale_ttl);
  EXPECT_EQ(settings->cache.prefetch_percent, cache.prefetch_percent);
  const coalesce::Settings coalesce;
  EXPECT_EQ(settings->coalesce.scope, coalesce.scope);
  EXPECT_EQ(settings->coalesce.max_waiting, coalesce.max_waiting);
  EXPECT_EQ(settings->coalesce.max_pending, coalesce.max_pending);
  EXPECT_EQ(settings->coalesce.client_timeout, coalesce.client_timeout);
  const egress::Settings egress{};
  EXPECT_EQ(settings->egress.order, egress.order);
  EXPECT_EQ(settings->egress.joining, egress.joining);
  EXPECT_EQ(settings->egress.max_sends, egress.max_sends);
  EXPECT_EQ(settings->egress.upstream_tcp, egress.upstream_tcp);
  EXPECT_EQ(settings->egress.uplinks[0].case_randomization, egress::CaseRandomization::kOff);
  const egress::BudgetSettings budget;
  EXPECT_EQ(settings->egress.uplinks[0].budget.limit_pps, budget.limit_pps);
  EXPECT_EQ(settings->egress.uplinks[0].budget.reserve_pps, budget.reserve_pps);
}

TEST(ConfigDefaults, OfThePartsThatNoLibraryOwns) {
  const auto settings = load_here(minimal());
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->file, "t.yaml");
  EXPECT_EQ(settings->profile.name, "af_packet");
  EXPECT_EQ(settings->port.tap, "sluice-tap");
  EXPECT_EQ(settings->port.mtu_bytes, 1'500);
  EXPECT_EQ(settings->control_socket, "/run/sluice/control.sock");
  EXPECT_EQ(settings->log_level, diag::LogLevel::kInfo);
  EXPECT_FALSE(settings->memory.hugepages);
  EXPECT_EQ(settings->lcores.idle.polls_before_sleep, settings->profile.idle.polls_before_sleep);
  ASSERT_EQ(settings->forward.size(), 1U);
  EXPECT_EQ(settings->forward[0].zone, ".");
  EXPECT_EQ(settings->policy.allow.size(), 4U);
}

/// Every key below `path` with its default, as a map of the file would have it.
std::string with_defaults(std::string_view path) {
  static const std::map<std::string_view, std::string_view> kGiven{
      {"port.profile", "af_packet"},
      {"port.device", "eth1"},
      {"port.addresses", "[10.77.0.53/24, \"fd77::53/64\"]"},
      {"uplinks", "[{name: vpc, servers: [10.77.0.2]}]"}};
  std::string text;
  for (const std::string_view name : keyfile::children_of(config_keys(), path)) {
    const std::string key = path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
    const keyfile::KeySpec& spec = *keyfile::find_key(config_keys(), key);
    const auto given = kGiven.find(key);
    const bool is_map = spec.type == keyfile::Type::kMap && (spec.fallback.empty() || spec.fallback == "{}");
    text += text.empty() ? "" : ", ";
    text +=
        std::string(name) + ": " +
        (is_map ? "{" + with_defaults(key) + "}" : std::string(given == kGiven.end() ? spec.fallback : given->second));
  }
  return text;
}

TEST(ConfigDefaults, WrittenOutForEveryKeyOfTheTableChangeNothing) {
  const auto all = load_here("{" + with_defaults({}) + "}");
  ASSERT_TRUE(all) << all.error().sentence();
  EXPECT_TRUE(compare(*load_here(minimal()), *all).none());
}

TEST(ConfigExample, OfAllSharedKeysLoads) {
  const auto settings = load(source_dir() / "tests/unit/config/example.yaml", machine_with(2), tree_profiles());
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->port.device, "sluice0");
  ASSERT_EQ(settings->port.addresses.size(), 2U);
  EXPECT_EQ(net::to_text(settings->port.addresses[0].address).view(), "10.77.0.53");
  EXPECT_EQ(settings->port.addresses[0].prefix_bits, 24);
  EXPECT_EQ(net::to_text(settings->port.addresses[1].address).view(), "fd77::53");
  EXPECT_EQ(settings->port.addresses[1].prefix_bits, 64);
  EXPECT_THAT(settings->uplink_names, ElementsAre("vpc"));
  EXPECT_EQ(settings->egress.uplinks[0].servers.size(), 1U);
  EXPECT_EQ(settings->cache.size_bytes, 256U << 20);
}

TEST(ConfigProfile, ErrorsOfAProfileSurfaceThroughLoad) {
  const std::filesystem::path dir = std::filesystem::path(testing::TempDir()) / "profile-errors";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "af_packet.yaml") << "summary: x\n";
  const auto settings = load_text(minimal(), "t.yaml", machine_with(2), {dir});
  std::filesystem::remove_all(dir);
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().sentence(), HasSubstr("af_packet.yaml:1:1: bus: is missing"));
}

TEST(ConfigUplinks, LimitNoneIsUnmetered) {
  const auto settings =
      load_here(std::string(kPort) + "uplinks: [{name: a, servers: [10.77.0.9], budget: {limit: none}}]\n");
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->egress.uplinks[0].budget.limit_pps, 0U);
}

TEST(ConfigForward, IsSortedLongestZoneFirst) {
  const auto settings = load_here(std::string(kPort) +
                                  "uplinks: [{name: a, servers: [10.77.0.2]}, {name: b, servers: [10.77.0.3]}]\n"
                                  "forward:\n"
                                  "  - {zone: \".\", uplink: a}\n"
                                  "  - {zone: corp.example, uplink: b}\n"
                                  "  - {zone: deep.corp.example, uplink: a}\n");
  ASSERT_TRUE(settings) << settings.error().sentence();
  ASSERT_EQ(settings->forward.size(), 3U);
  EXPECT_EQ(settings->forward[0].zone, "deep.corp.example.");
  EXPECT_EQ(settings->forward[1].zone, "corp.example.");
  EXPECT_EQ(settings->forward[1].uplink, 1U);
  EXPECT_EQ(settings->forward[2].zone, ".");
}

TEST(ConfigClients, MaxWaitingBecomesAPowerOfTwo) {
  EXPECT_EQ(load_here(minimal("clients: {max_waiting: 1000}\n"))->coalesce.max_waiting, 1'000U);
  EXPECT_EQ(load_here(minimal("clients: {max_waiting: 1000}\n"))->coalesce.soft_waiting, 900U);
  EXPECT_EQ(load_here(minimal("clients: {max_waiting: 1000}\n"))->coalesce.max_pending, 1'024U);
}

// RFC 7766 §6.2: limits and timeouts can be set.
TEST(ConfigTcp, EveryLimitArrives) {
  const auto settings = load_here(
      minimal("clients: {tcp: {max_connections: 500, max_connections_per_client: 20, max_queries_per_connection: 1000, "
              "max_in_flight: 50, idle_timeout: 5s, query_timeout: 2s, max_unsent: 128KiB, max_buffered: 16MiB}}\n"));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_EQ(settings->tcp.max_connections, 500U);
  EXPECT_EQ(settings->tcp.max_connections_per_client, 20U);
  EXPECT_EQ(settings->tcp.max_queries_per_connection, 1'000U);
  EXPECT_EQ(settings->tcp.max_in_flight, 50U);
  EXPECT_EQ(settings->tcp.idle_timeout, std::chrono::seconds(5));
  EXPECT_EQ(settings->tcp.query_timeout, std::chrono::seconds(2));
  EXPECT_EQ(settings->tcp.max_unsent_bytes, 128U << 10U);
  EXPECT_EQ(settings->tcp.max_buffered_bytes, 16U << 20U);
}

TEST(ConfigTcp, DefaultsAreThoseOfTheLibrary) {
  const answer::TcpSettings tcp = load_here(minimal(""))->tcp;
  const answer::TcpSettings library;
  EXPECT_EQ(tcp.max_connections, library.max_connections);
  EXPECT_EQ(tcp.max_connections_per_client, library.max_connections_per_client);
  EXPECT_EQ(tcp.max_queries_per_connection, library.max_queries_per_connection);
  EXPECT_EQ(tcp.max_in_flight, library.max_in_flight);
  EXPECT_EQ(tcp.idle_timeout, library.idle_timeout);
  EXPECT_EQ(tcp.query_timeout, library.query_timeout);
  EXPECT_EQ(tcp.max_unsent_bytes, library.max_unsent_bytes);
  EXPECT_EQ(tcp.max_buffered_bytes, library.max_buffered_bytes);
}

TEST(ConfigCoalesce, OffAndCoreMakeEgressAskForEachMiss) {
  EXPECT_EQ(load_here(minimal("cache: {coalesce: core}\n"))->egress.joining, egress::Joining::kPerMiss);
  EXPECT_EQ(load_here(minimal("cache: {coalesce: off}\n"))->egress.joining, egress::Joining::kPerMiss);
}

TEST(ConfigCacheSize, AutoIsAQuarterOfMemory) {
  EXPECT_EQ(load_here(minimal("cache: {size: auto}\n"))->cache.size_bytes, 4ULL << 30);
}

TEST(ConfigCacheSize, LeastIsEnoughForACache) {
  EXPECT_GE(load_here(minimal("cache: {size: 1MiB}\n"))->cache.size_bytes, cache::Cache::min_bytes());
}

TEST(ConfigMemory, ACacheLargerThanTheMachineIsRefused) {
  EXPECT_THAT(error_of(minimal("cache: {size: 16GiB}\n")),
              StartsWith("t.yaml:3:15: cache.size: 16GiB does not fit: the machine has 16384MiB, of which "));
}

TEST(ConfigMemory, HugepagesAreTakenWhenEnoughAreFree) {
  profile::Machine machine = machine_with(4);
  machine.free_hugepage_bytes = 4ULL << 30;
  EXPECT_TRUE(load_on(machine, minimal())->memory.hugepages);
  EXPECT_FALSE(load_on(machine, minimal("memory: {hugepages: off}\n"))->memory.hugepages);
  machine.free_hugepage_bytes = 64U << 20;
  EXPECT_FALSE(load_on(machine, minimal())->memory.hugepages);
}

TEST(ConfigMemory, RequiredHugepagesThatAreNotThereAreAnErrorWithARemedy) {
  EXPECT_THAT(
      error_of(minimal("memory: {hugepages: required}\n")),
      testing::MatchesRegex("t.yaml:3:21: memory.hugepages: [0-9]+MiB of hugepages are needed, 0MiB are free; get "
                            "them with \"sysctl vm.nr_hugepages=[0-9]+\"; allowed: enough hugepages, a smaller "
                            "cache.size, or auto"));
}

TEST(ConfigMemory, AProfileMayNeedHugepages) {
  const std::string ena =
      "port: {profile: ena, device: \"0000:00:06.0\", addresses: [10.77.0.53/24]}\n" + std::string(kUplinks);
  EXPECT_THAT(error_of(ena), HasSubstr("memory.hugepages: "));
  EXPECT_THAT(error_of(ena + "memory: {hugepages: off}\n"),
              HasSubstr("t.yaml:3:21: memory.hugepages: profile ena requires hugepages; allowed: auto or required"));
}

TEST(ConfigMemory, AnMbufHoldsAWholeFrame) {
  profile::Machine machine = machine_with(4);
  machine.free_hugepage_bytes = 8ULL << 30;
  const auto settings = load_on(machine,
                                "port: {profile: ena, device: \"0000:00:06.0\", mtu: 9001, addresses: "
                                "[10.77.0.53/24]}\n" +
                                    std::string(kUplinks));
  ASSERT_TRUE(settings) << settings.error().sentence();
  EXPECT_GE(settings->memory.mbuf_data_bytes, 9'001 + 14 + 4 + 4);
  EXPECT_EQ(load_here(minimal())->memory.mbuf_data_bytes, 2'048);
  EXPECT_EQ(load_here(minimal())->memory.mbufs_per_worker, 8'191U);
}

TEST(ConfigProfile, LimitsTheMtu) {
  EXPECT_EQ(
      error_of("port: {profile: tap, device: t0, mtu: 9000, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks)),
      "t.yaml:1:39: port.mtu: profile tap does not support an MTU of 9000; allowed: 68 to 1500");
}

TEST(ConfigProfile, SaysWhatADeviceIs) {
  EXPECT_THAT(
      error_of("port: {profile: ena, device: eth0, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks)),
      HasSubstr("t.yaml:1:30: port.device: profile ena takes a PCI address; allowed: an address like 0000:00:06.0"));
  EXPECT_THAT(
      error_of("port: {profile: af_xdp, device: /dev/eth0, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks)),
      HasSubstr("profile af_xdp takes the name of an interface"));
  EXPECT_THAT(error_of("port: {profile: memif, device: m0, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks)),
              HasSubstr("profile memif takes a path; allowed: an absolute path"));
}

TEST(ConfigProfile, ThatDoesNotExistIsAnErrorWithAGuess) {
  EXPECT_EQ(error_of("port: {profile: af_xpd, device: e0, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks)),
            "t.yaml:1:17: port.profile: there is no profile \"af_xpd\", did you mean \"af_xdp\"?; "
            "allowed: af_packet, af_xdp, ena, memif, pcap, ring, tap, virtio");
}

TEST(ConfigFile, ThatIsMissingOrHugeOrADirectoryIsAnError) {
  const profile::Machine machine = machine_with(1);
  EXPECT_EQ(load("/nonexistent/x.yaml", machine, {}).error().sentence(),
            "/nonexistent/x.yaml: No such file or directory");
  EXPECT_EQ(load("/nonexistent/x.yaml", machine, {}).error().exit_status(), 1);
  EXPECT_THAT(load("/tmp", machine, {}).error().sentence(), HasSubstr("/tmp: is a directory"));
  EXPECT_THAT(load("/dev/zero", machine, {}).error().sentence(), HasSubstr("is larger than 1048576 bytes"));
}

}  // namespace
}  // namespace config::test
