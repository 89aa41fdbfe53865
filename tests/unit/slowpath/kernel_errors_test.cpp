// SPDX-License-Identifier: Apache-2.0
// What create() says when something is missing: one sentence with a remedy.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_lab.hpp"

namespace {

using test::ip;
using test::kTap;
using ::testing::AllOf;
using ::testing::HasSubstr;

class KernelErrors : public test::KernelLab {
 protected:
  std::string sentence() {
    const auto made = slowpath::SlowPath::create(spec);
    return made ? "no error" : made.error().sentence();
  }
  static void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }
};

TEST_F(KernelErrors, ATakenNameIsNamedWithTheWaysOut) {
  start();
  EXPECT_THAT(sentence(), AllOf(HasSubstr(kTap + " exists already"), HasSubstr("port.tap")));
}

TEST_F(KernelErrors, ANameThatBelongsToAnotherKindOfInterfaceIsTakenToo) {
  shell("ip link add " + kTap + " type veth peer name far0");
  EXPECT_THAT(sentence(), AllOf(HasSubstr(kTap + " exists already"), HasSubstr("port.tap")));
}

TEST_F(KernelErrors, AnAddressThatAnotherInterfaceHasIsNamedWithItsInterface) {
  shell("ip link add other0 type veth peer name far0 && ip address add 10.77.0.53/24 dev other0");
  EXPECT_THAT(sentence(), AllOf(HasSubstr("10.77.0.53 is already on interface other0"), HasSubstr("ip address del")));
}

TEST_F(KernelErrors, AnAddressGivenTwiceIsAnInputError) {
  spec.addresses.push_back(spec.addresses.back());
  const auto made = slowpath::SlowPath::create(spec);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), diag::Code::kInvalid);
  EXPECT_THAT(made.error().sentence(), HasSubstr("fd77::53/64 is given twice"));
}

TEST_F(KernelErrors, AFailedCreateLeavesNoInterfaceBehind) {
  spec.addresses.push_back(spec.addresses.back());
  EXPECT_NE(sentence(), "no error");
  spec.addresses.pop_back();
  EXPECT_EQ(sentence(), "no error");
}

TEST_F(KernelErrors, AKernelWithIpv6SwitchedOffGetsItSwitchedOnForThisInterface) {
  shell("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  EXPECT_EQ(sentence(), "no error");
}

TEST_F(KernelErrors, AGatewayThatIsNotOnTheLinkIsRefused) {
  spec.servers = {{.uplink = 0, .server = 0, .address = ip("192.0.2.1")}};
  spec.gateways = {ip("198.51.100.1")};
  EXPECT_THAT(sentence(), AllOf(HasSubstr("192.0.2.1"), HasSubstr("gateway 198.51.100.1")));
}

TEST_F(KernelErrors, WithoutTheCapabilityItIsNamed) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool dropped = ::setgid(65'534) == 0 && ::setuid(65'534) == 0;
    const std::string said = dropped ? sentence() : "could not drop root";
    const bool written = ::write(pipe_ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::array<char, 500> text{};
  const ssize_t got = ::read(pipe_ends[0], text.data(), text.size());
  ::close(pipe_ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_GT(got, 0);
  // Where the device itself is closed to others, that is what is missing first.
  EXPECT_THAT(std::string(text.data(), static_cast<std::size_t>(got)),
              ::testing::AnyOf(HasSubstr("needs CAP_NET_ADMIN"), HasSubstr("/dev/net/tun may not be opened")));
}

class SpecCheck : public KernelErrors {
 protected:
  void expect_invalid(const std::string& part) {
    const auto made = slowpath::SlowPath::create(spec);
    ASSERT_FALSE(made) << part;
    EXPECT_EQ(made.error().code(), diag::Code::kInvalid);
    EXPECT_THAT(made.error().sentence(), HasSubstr(part));
  }
};

TEST_F(SpecCheck, NamesThatTheKernelWouldNotTakeAreRefused) {
  for (const char* name : {"", "sixteen-letters.", "a/b", "tap%d", "a b", "..", "a:b"}) {
    spec.tap = name;
    expect_invalid("is not an interface name");
  }
}

TEST_F(SpecCheck, AnMtuTooSmallForIpv6IsRefused) {
  spec.mtu_bytes = 1'279;
  expect_invalid("at least 1280");
  spec.addresses.pop_back();
  EXPECT_EQ(sentence(), "no error");
}

TEST_F(SpecCheck, AMulticastMacIsRefused) {
  spec.mac.octets[0] = std::byte{1};
  expect_invalid("is not a valid MAC address");
}

TEST_F(SpecCheck, APrefixLengthOutOfRangeIsRefused) {
  spec.addresses[0].prefix_bits = 33;
  expect_invalid("10.77.0.53/33");
}

}  // namespace
