// SPDX-License-Identifier: Apache-2.0
// A server that already listens on port 53 of an address of ours is named before anything starts.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel_lab.hpp"
#include "port_check.hpp"

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DnsPort : public test::KernelLab {
 protected:
  void TearDown() override {
    if (fd_ >= 0) close(fd_);
    test::KernelLab::TearDown();
  }
  /// Another server on every address, as systemd-resolved or dnsmasq would be.
  void occupy(int type) {
    fd_ = socket(AF_INET, type, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(53);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface's own base type
    ASSERT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    if (type == SOCK_STREAM) {
      ASSERT_EQ(listen(fd_, 1), 0);
    }
  }

 private:
  int fd_ = -1;
};

TEST_F(DnsPort, IsFreeWhenNobodyListens) {
  start();
  EXPECT_TRUE(slowpath::check_dns_port_free(spec.addresses).has_value());
}

TEST_F(DnsPort, TakenOverUdpIsRefusedWithTheAddressAndTheWayOut) {
  start();
  occupy(SOCK_DGRAM);
  const auto checked = slowpath::check_dns_port_free(spec.addresses);
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().sentence(), AllOf(HasSubstr("53/UDP of 10.77.0.53"), HasSubstr("stop that server")));
}

TEST_F(DnsPort, TakenOverTcpIsRefusedToo) {
  start();
  occupy(SOCK_STREAM);
  const auto checked = slowpath::check_dns_port_free(spec.addresses);
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().sentence(), HasSubstr("53/TCP of 10.77.0.53"));
}

// RFC 7766 §5: TCP clients must not be answered by another server.
TEST_F(DnsPort, NoSlowPathStartsWhereAnotherServerListens) {
  occupy(SOCK_STREAM);
  const auto made = slowpath::SlowPath::create(spec);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().sentence(), HasSubstr("53/TCP of 10.77.0.53"));
}

}  // namespace
