// SPDX-License-Identifier: Apache-2.0
// Profiles: all that are shipped, and what a wrong one says.
#include "profile/profile.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace profile::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::filesystem::path source_dir() { return SLUICE_SOURCE_DIR; }

/// Like profile_dirs(), but only the tree under test.
ProfileDirs tree_profiles() { return {source_dir() / "pmd_configs"}; }

constexpr std::string_view kGood = R"(summary: x
bus: vdev
device: name
devargs: "net_null_{device}"
queues: {max: 4, layout: port_queues, pairs: forced, egress_tx: via_worker}
offloads: {rx_checksum: software, tx_checksum: software}
descriptors: {rx: 512, tx: 512}
mtu: {min: 68, max: 1500}
mbuf: 2048
needs: []
idle: {pause_after: 64, sleep_after: 2048, sleep: 50us}
)";

class ProfileFile : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::path(testing::TempDir()) /
           (std::string("profiles-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  /// The sentence for a good profile with one line replaced.
  std::string error_with(const std::string& line, std::string_view replacement) {
    std::string text(kGood);
    const std::size_t at = text.find(line);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, text.find('\n', at) - at, replacement);
    std::ofstream(dir_ / "p.yaml") << text;
    const auto profile = load_profile("p", {dir_});
    std::string sentence = profile ? "no error" : profile.error().sentence();
    const std::string where = (dir_ / "p.yaml").string();
    return sentence.starts_with(where) ? "p.yaml" + sentence.substr(where.size()) : sentence;
  }

  std::filesystem::path dir_;
};

TEST(Profiles, AllEightLoad) {
  EXPECT_THAT(profile_names(tree_profiles()),
              ElementsAre("af_packet", "af_xdp", "ena", "memif", "pcap", "ring", "tap", "virtio"));
  for (const std::string& name : profile_names(tree_profiles())) {
    const auto profile = load_profile(name, tree_profiles());
    ASSERT_TRUE(profile) << profile.error().sentence();
    EXPECT_EQ(profile->name, name);
    EXPECT_FALSE(profile->summary.empty());
    EXPECT_LE(profile->max_mtu_bytes + 14 + 4, profile->name == "ena" || name == "af_xdp" ? 16'384 : 2'048);
  }
}

TEST(Profiles, MakeTheDeviceArgumentOfEachDriver) {
  const auto argument = [](const char* name, const char* device, std::uint16_t workers) {
    const auto arguments = load_profile(name, tree_profiles())->device_arguments(device, workers);
    EXPECT_EQ(arguments.size(), 1U);
    return arguments.front();
  };
  EXPECT_EQ(argument("af_xdp", "sluice0", 1), "net_af_xdp0,iface=sluice0,start_queue=0,queue_count=1");
  EXPECT_EQ(argument("af_packet", "sluice0", 2),
            "net_af_packet0,iface=sluice0,qpairs=2,blocksz=65536,framesz=2048,framecnt=4096");
  EXPECT_EQ(argument("tap", "dtap0", 1), "net_tap0,iface=dtap0");
  EXPECT_EQ(argument("memif", "/run/m.sock", 1),
            "net_memif0,role=server,socket=/run/m.sock,socket-abstract=no,rsize=11,bsize=2048");
  EXPECT_EQ(argument("ring", "a", 1), "net_ring_a");
  EXPECT_EQ(argument("pcap", "/tmp/x.pcap", 1), "net_pcap0,rx_pcap=/tmp/x.pcap,tx_pcap=/tmp/x.pcap.out");
  EXPECT_EQ(argument("virtio", "/dev/vhost-net", 2), "net_virtio_user0,path=/dev/vhost-net,queues=2,queue_size=1024");
  EXPECT_EQ(argument("ena", "0000:00:06.0", 4), "0000:00:06.0");
}

TEST(Profiles, MayWantADeviceForEachWorker) {
  EXPECT_THAT(load_profile("af_xdp", tree_profiles())->device_arguments("sluice0", 2),
              ElementsAre("net_af_xdp0,iface=sluice0,start_queue=0,queue_count=1",
                          "net_af_xdp1,iface=sluice0,start_queue=1,queue_count=1"));
}

TEST(Profiles, GiveEgressATxQueueOnlyWherePairsAreFree) {
  EXPECT_EQ(load_profile("ena", tree_profiles())->tx_queues(4), 5);
  EXPECT_EQ(load_profile("af_xdp", tree_profiles())->tx_queues(1), 1);
}

TEST(Profiles, OfAnUnknownNameNameTheDirectories) {
  EXPECT_EQ(load_profile("x", {"/a", "/b"}).error().sentence(), "profile x: no x.yaml in /a, /b");
}

TEST(Profiles, AreLookedForInTheTreeOfTheBinary) {
  const ProfileDirs dirs = profile_dirs("/first");
  EXPECT_EQ(dirs.front(), "/first");
  EXPECT_THAT(dirs, testing::Contains(std::filesystem::path("/usr/share/sluice/pmd_configs")));
  EXPECT_THAT(dirs, testing::Contains(std::filesystem::canonical(source_dir()) / "pmd_configs"));
}

TEST_F(ProfileFile, FirstDirectoryWins) {
  std::ofstream(dir_ / "tap.yaml") << kGood;
  EXPECT_EQ(load_profile("tap", {dir_, tree_profiles().front()})->summary, "x");
}

TEST_F(ProfileFile, IsAsStrictAsTheConfiguration) {
  EXPECT_EQ(error_with("bus:", "bus: vdev"), "no error");
  EXPECT_EQ(error_with("bus:", "bus: isa"), "p.yaml:2:6: bus: \"isa\" is not a choice; allowed: pci or vdev");
  EXPECT_THAT(error_with("mbuf:", "mbug: 2048"),
              HasSubstr("p.yaml:9:1: mbug: is not a known key, did you mean \"mbuf\"?"));
  EXPECT_THAT(error_with("mbuf:", "mbug: 2048"), HasSubstr("mbuf: is missing"));
  EXPECT_THAT(error_with("needs:", "needs: [luck]"),
              StartsWith("p.yaml:10:9: needs[0]: \"luck\" is not a choice; allowed: "));
  EXPECT_THAT(error_with("descriptors:", "descriptors: {rx: 8, tx: 512}"),
              StartsWith("p.yaml:7:19: descriptors.rx: \"8\" is too small; allowed: 32 to 16384"));
}

TEST_F(ProfileFile, ContradictionsAreErrors) {
  EXPECT_THAT(
      error_with("queues:", "queues: {max: 4, layout: port_queues, pairs: forced, egress_tx: own_queue}"),
      StartsWith("p.yaml:5:9: queues: pairs are forced, so egress cannot have a TX queue of its own; allowed: "));
  EXPECT_THAT(error_with("queues:", "queues: {max: 4, layout: device_per_queue, pairs: free, egress_tx: own_queue}"),
              HasSubstr("queues: with one device per queue, no port has a TX queue for egress"));
  EXPECT_THAT(error_with("queues:", "queues: {max: 4, layout: device_per_queue, pairs: free, egress_tx: via_worker}"),
              HasSubstr("devargs: lacks {queue}"));
  EXPECT_THAT(error_with("devargs:", "devargs: \"net_x{device},q={queue}\""),
              HasSubstr("names {queue}, but there is one"));
  EXPECT_THAT(error_with("mtu:", "mtu: {min: 2000, max: 1500}"), StartsWith("p.yaml:8:6: mtu: min is more than max"));
  EXPECT_THAT(error_with("devargs:", "devargs: \"net_null0\""), StartsWith("p.yaml:4:10: devargs: lacks {device}"));
  EXPECT_THAT(error_with("devargs:", "devargs: \"net_null{device},q={quack}\""),
              HasSubstr("has an unknown {placeholder}"));
  EXPECT_THAT(error_with("devargs:", "devargs: \"{device}\""), HasSubstr("is not a virtual device"));
}

}  // namespace
}  // namespace profile::test
