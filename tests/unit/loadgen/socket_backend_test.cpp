// SPDX-License-Identifier: Apache-2.0
// Sockets on loopback, with a server in the same thread.
#include "loadgen/socket_backend.hpp"

#include <algorithm>
#include <map>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/text.hpp"

namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

/// A UDP socket on loopback that echoes what has come, when asked to.
class Echo {
 public:
  Echo() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &bytes);
    port_ = ntohs(address.sin_port);
  }
  ~Echo() { ::close(fd_); }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The sources of what came, as text.
  std::vector<std::string> echo() {
    std::vector<std::string> sources;
    std::array<char, 2'048> room{};
    sockaddr_in from{};
    socklen_t bytes = sizeof from;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
    ssize_t got = 0;
    while ((got = ::recvfrom(fd_, room.data(), room.size(), 0, reinterpret_cast<sockaddr*>(&from), &bytes)) >= 0) {
      ::sendto(fd_, room.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<const sockaddr*>(&from), bytes);
      sources.emplace_back(::inet_ntoa(from.sin_addr));
    }
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    return sources;
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

std::vector<loadgen::Outgoing> questions(std::initializer_list<std::uint32_t> endpoints) {
  std::vector<loadgen::Outgoing> batch;
  for (const std::uint32_t endpoint : endpoints) {
    loadgen::Outgoing& out = batch.emplace_back();
    out.endpoint = endpoint;
    out.bytes = 20;
    out.data.fill(static_cast<std::byte>(batch.size()));
  }
  return batch;
}

std::unique_ptr<loadgen::SocketBackend> backend_for(const Echo& echo, std::initializer_list<const char*> sources) {
  loadgen::SocketBackend::Spec spec{
      .server = *net::parse_address("127.0.0.1"), .port = base::UdpPort(echo.port()), .endpoints = {}};
  for (const char* const source : sources) spec.endpoints.push_back({*net::parse_address(source)});
  auto backend = loadgen::SocketBackend::create(spec);
  EXPECT_TRUE(backend) << backend.error().sentence();
  return std::move(*backend);
}

TEST(Sockets, EveryQuestionLeavesFromItsEndpointAndItsAnswerComesBackToIt) {
  Echo echo;
  const auto backend = backend_for(echo, {"127.0.0.2", "127.0.0.3", "127.0.0.3"});
  EXPECT_EQ(backend->send(questions({0, 1, 1, 2, 0})), 5U);
  EXPECT_THAT(echo.echo(),
              testing::UnorderedElementsAre("127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.3", "127.0.0.2"));
  std::map<int, std::uint32_t> came;  // first byte of the message → endpoint
  std::array<loadgen::Incoming, loadgen::kBatch> in;
  backend->wait(1s);
  for (std::size_t n = 0; (n = backend->receive(in)) != 0;) {
    for (const auto& incoming : std::span(in).first(n)) {
      EXPECT_EQ(incoming.message.size(), 20U);
      came[std::to_integer<int>(incoming.message[0])] = incoming.endpoint;
    }
  }
  EXPECT_THAT(came, testing::ElementsAre(testing::Pair(1, 0), testing::Pair(2, 1), testing::Pair(3, 1),
                                         testing::Pair(4, 2), testing::Pair(5, 0)));
}

TEST(Sockets, MoreAnswersThanABatchAllArrive) {
  Echo echo;
  const auto backend = backend_for(echo, {"127.0.0.2"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(backend->send(std::vector(loadgen::kBatch, questions({0})[0])), loadgen::kBatch);
    EXPECT_EQ(echo.echo().size(), loadgen::kBatch);
  }
  std::array<loadgen::Incoming, loadgen::kBatch> in;
  std::size_t all = 0;
  for (std::size_t n = 0; (n = backend->receive(in)) != 0;) all += n;
  EXPECT_EQ(all, 3 * loadgen::kBatch);
}

TEST(Sockets, AServerThatIsNotThereIsCountedAndStopsNothing) {
  auto echo = std::make_unique<Echo>();
  const auto backend = backend_for(*echo, {"127.0.0.2"});
  echo.reset();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(backend->send(questions({0})), 1U);
  std::array<loadgen::Incoming, loadgen::kBatch> in;
  EXPECT_EQ(backend->receive(in), 0U);
  const auto stats = backend->stats();
  EXPECT_TRUE(
      std::any_of(stats.begin(), stats.end(), [](const auto& f) { return f.first == "unreachable" && f.second > 0; }));
}

TEST(Sockets, AnAddressThatCannotBeBoundIsNamed) {
  const auto backend = loadgen::SocketBackend::create(
      {.server = *net::parse_address("127.0.0.1"), .endpoints = {{*net::parse_address("fd77::1")}}});
  ASSERT_FALSE(backend) << "of another family";
  EXPECT_THAT(backend.error().sentence(), testing::HasSubstr("fd77::1"));
}

}  // namespace
