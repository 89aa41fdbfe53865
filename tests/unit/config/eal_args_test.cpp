// SPDX-License-Identifier: Apache-2.0
// EAL's argument vector.
#include "profile/eal_args.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace config::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Settings settings_of(std::string_view text, const profile::Machine& machine = machine_with(2)) {
  auto settings = load_on(machine, text);
  EXPECT_TRUE(settings) << settings.error().sentence();
  return settings ? std::move(*settings) : Settings{};
}

std::vector<std::string> args_of(const Settings& settings, const std::vector<std::string>& extra = {}) {
  auto args = profile::eal_args(eal_spec(settings), extra);
  EXPECT_TRUE(args) << args.error().sentence();
  return args ? std::move(*args) : std::vector<std::string>{};
}

profile::Machine machine_with_hugepages() {
  profile::Machine machine = machine_with(2);
  machine.free_hugepage_bytes = 8ULL << 30;
  return machine;
}

TEST(EalArgs, MapOneLcoreToEachPollingCpuAndOneMoreToControl) {
  const Settings settings =
      settings_of(minimal("lcores: {workers: [0, 1], egress: 1, control: 0}\ncache: {size: 64MiB}\n"));
  EXPECT_THAT(args_of(settings),
              ElementsAre("sluice", "--lcores=0@0,1@1,2@0", "--main-lcore=2", "--file-prefix=sluice", "--no-huge",
                          "--no-shconf", "-m", std::to_string(settings.memory.eal_bytes >> 20), "--no-pci",
                          "--vdev=net_af_packet0,iface=eth1,qpairs=2,blocksz=65536,framesz=2048,framecnt=4096"));
}

TEST(EalArgs, OnOneCpuHaveTwoLcores) {
  EXPECT_THAT(args_of(settings_of(minimal("lcores: {workers: [1, 1]}\n"))), Contains("--lcores=0@1,1@0"));
}

// EAL 22.11: "Option --legacy-mem is not compatible with --in-memory", and --no-huge means --legacy-mem.
TEST(EalArgs, NeverCombineNoHugeWithInMemory) {
  const std::vector<std::string> small = args_of(settings_of(minimal()));
  EXPECT_THAT(small, Contains("--no-huge"));
  EXPECT_THAT(small, Not(Contains("--in-memory")));
  const std::vector<std::string> huge = args_of(settings_of(minimal(), machine_with_hugepages()));
  EXPECT_THAT(huge, Contains("--in-memory"));
  EXPECT_THAT(huge, Not(Contains("--no-huge")));
  const std::vector<std::string> forced = args_of(settings_of(minimal(), machine_with_hugepages()), {"--no-huge"});
  EXPECT_THAT(forced, Not(Contains("--in-memory")));
  EXPECT_EQ(std::count(forced.begin(), forced.end(), "--no-huge"), 1);
  EXPECT_THAT(args_of(settings_of(minimal()), {"--in-memory"}), Not(Contains("--in-memory")));
}

TEST(EalArgs, AllowAPciDeviceAndLeavePciOn) {
  const Settings settings = settings_of(
      "port: {profile: ena, device: \"0000:00:06.0\", addresses: [10.77.0.53/24]}\n" + std::string(kUplinks),
      machine_with_hugepages());
  const std::vector<std::string> args = args_of(settings);
  EXPECT_THAT(args, Not(Contains("--no-pci")));
  const auto allow = std::find(args.begin(), args.end(), "-a");
  ASSERT_NE(allow, args.end());
  EXPECT_EQ(*(allow + 1), "0000:00:06.0");
}

TEST(EalArgs, MakeADeviceForEachWorkerWhereTheProfileSaysSo) {
  const std::vector<std::string> args =
      args_of(settings_of("port: {profile: af_xdp, device: e1, addresses: [10.77.0.53/24]}\n" + std::string(kUplinks) +
                          "lcores: {workers: [0, 1]}\n"));
  ASSERT_GE(args.size(), 2U);
  EXPECT_EQ(args[args.size() - 2], "--vdev=net_af_xdp0,iface=e1,start_queue=0,queue_count=1");
  EXPECT_EQ(args[args.size() - 1], "--vdev=net_af_xdp1,iface=e1,start_queue=1,queue_count=1");
}

TEST(EalArgs, NameFilesAfterTheControlSocket) {
  EXPECT_THAT(args_of(settings_of(minimal("control: {socket: /run/sluice-lab1/control.sock}\n"))),
              Contains("--file-prefix=sluice-lab1"));
  EXPECT_THAT(args_of(settings_of(minimal("control: {socket: /run/sluice/b.sock}\n"))),
              Contains("--file-prefix=sluice-b"));
  EXPECT_THAT(args_of(settings_of(minimal("control: {socket: \"/tmp/my lab/control.sock\"}\n"))),
              Contains("--file-prefix=my_lab"));
  EXPECT_THAT(args_of(settings_of(minimal("control: {socket: /control.sock}\n"))), Contains("--file-prefix=control"));
}

TEST(EalArgs, PassOnWhatTheFileAndTheCommandLineAdd) {
  const Settings settings = settings_of(minimal("eal: [\"--log-level=pmd:8\"]\n"));
  const std::vector<std::string> args = args_of(settings, {"--vdev=net_null0", "-d", "/x.so"});
  ASSERT_GE(args.size(), 4U);
  EXPECT_THAT(std::vector<std::string>(args.end() - 4, args.end()),
              ElementsAre("--log-level=pmd:8", "--vdev=net_null0", "-d", "/x.so"));
}

TEST(EalArgs, LetTheOperatorReplaceMemoryAndPrefix) {
  const std::vector<std::string> args = args_of(settings_of(minimal()), {"-m", "64", "--file-prefix=x"});
  EXPECT_EQ(std::count(args.begin(), args.end(), "-m"), 1);
  EXPECT_THAT(args, Not(Contains("--file-prefix=sluice")));
  EXPECT_THAT(args_of(settings_of(minimal()), {"--socket-mem=64"}), Not(Contains("-m")));
  EXPECT_THAT(args_of(settings_of(minimal(), machine_with_hugepages()), {"--huge-dir=/mnt/huge"}),
              Not(Contains("--in-memory")));
}

TEST(EalArgs, RefuseOptionsThatSettingsDecide) {
  const Settings settings = settings_of(minimal());
  for (const char* option :
       {"-l", "-l0-3", "-c", "-c0x3", "--lcores=0", "--lcores", "-S", "-s", "--main-lcore=0", "--"}) {
    const auto args = profile::eal_args(eal_spec(settings), std::vector<std::string>{option});
    ASSERT_FALSE(args) << option;
    EXPECT_THAT(args.error().sentence(), HasSubstr("EAL argument: "));
    EXPECT_EQ(args.error().exit_status(), 1);
  }
  EXPECT_EQ(profile::eal_argument_problem("--socket-mem=64"), "");
  EXPECT_EQ(profile::eal_argument_problem("--proc-type=secondary"),
            "\"--proc-type=secondary\" is decided by the daemon; allowed: other EAL arguments");
}

}  // namespace
}  // namespace config::test
