// SPDX-License-Identifier: Apache-2.0
// The control socket over a real socket, on the test's own loop.
#include "server.hpp"

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "loop.hpp"
#include "verbs/table.hpp"

namespace control {
namespace {

using testing::Client;
using testing::Directory;
using testing::Loop;

// Answers with the verb; keeps replies when told to.
struct Fake {
  std::vector<Reply> kept;
  bool keep = false;
  int asked = 0;

  Handler handler() {
    return [this](const Request& request, Reply reply) {
      ++asked;
      if (keep) return kept.push_back(std::move(reply));
      reply(Json{{"verb", std::string(request.verb->name)}});
    };
  }
};

class ControlServer : public ::testing::Test {
 protected:
  void listen(std::chrono::milliseconds idle = std::chrono::seconds(10)) {
    auto made = Server::create(loop_.raw(), {.socket = path_, .handler = fake_.handler(), .idle = idle});
    ASSERT_TRUE(made) << made.error().sentence();
    server_ = std::move(*made);
  }
  bool lines(Client& client, std::size_t count) {
    return loop_.run_until([&] { return client.lines() >= count; });
  }
  bool closed(Client& client) {
    return loop_.run_until([&] { return client.closed(); });
  }
  std::string ask(Client& client, std::string_view line) {
    const std::size_t before = client.received().size();
    const std::size_t count = client.lines() + 1;
    EXPECT_EQ(client.send(line), line.size());
    EXPECT_TRUE(lines(client, count));
    return client.received().substr(before);
  }

  Directory directory_;
  std::filesystem::path path_ = directory_ / "run/sluice/control.sock";
  Loop loop_;
  Fake fake_;
  std::unique_ptr<Server> server_;
};

TEST_F(ControlServer, ALineInIsALineOut) {
  listen();
  Client client(path_);
  EXPECT_EQ(ask(client, "{\"verb\":\"stats\"}\n"), "{\"ok\":true,\"data\":{\"verb\":\"stats\"}}\n");
  EXPECT_EQ(ask(client, "{\"verb\":\"version\"}\r\n"), "{\"ok\":true,\"data\":{\"verb\":\"version\"}}\n");
}

TEST_F(ControlServer, RequestsSentTogetherAreAnsweredInTheirOrder) {
  listen();
  Client client(path_);
  client.send("{\"verb\":\"stats\"}\n{\"verb\":\"status\"}\n{\"verb\":\"version\"}\n{\"ver");
  ASSERT_TRUE(lines(client, 3));
  EXPECT_LT(client.received().find("stats"), client.received().find("status"));
  EXPECT_LT(client.received().find("status"), client.received().find("version"));
  EXPECT_EQ(ask(client, "b\":\"upstreams\"}\n"), "{\"ok\":true,\"data\":{\"verb\":\"upstreams\"}}\n");
}

TEST_F(ControlServer, TheNextRequestWaitsForTheReplyBeforeIt) {
  listen();
  fake_.keep = true;
  Client client(path_);
  client.send("{\"verb\":\"stats\"}\n{\"verb\":\"status\"}\n");
  ASSERT_TRUE(loop_.run_until([&] { return !fake_.kept.empty(); }));
  uv_run(&loop_.raw(), UV_RUN_NOWAIT);
  EXPECT_EQ(fake_.asked, 1);
  fake_.kept[0](Json("late"));
  fake_.kept[0](Json("twice"));  // a second reply to one request has no recipient
  ASSERT_TRUE(loop_.run_until([&] { return fake_.asked == 2; }));
  fake_.kept[1](Json("second"));
  ASSERT_TRUE(lines(client, 2));
  EXPECT_EQ(client.received(), "{\"ok\":true,\"data\":\"late\"}\n{\"ok\":true,\"data\":\"second\"}\n");
}

TEST_F(ControlServer, AMalformedLineGetsAnErrorAndTheConnectionLivesOn) {
  listen();
  Client client(path_);
  EXPECT_NE(ask(client, "{\"verb\":\n").find("\"ok\":false,\"code\":\"invalid\""), std::string::npos);
  EXPECT_NE(ask(client, "\xff\xfe\x01\n").find("\"ok\":false"), std::string::npos);
  EXPECT_NE(ask(client, "{\"verb\":\"stats\"}\n").find("\"ok\":true"), std::string::npos);
  EXPECT_EQ(fake_.asked, 1);
}

TEST_F(ControlServer, AHandlerThatThrowsGivesAnInternalError) {
  auto made = Server::create(loop_.raw(), {.socket = path_, .handler = [](const Request&, const Reply&) {
                                             throw std::runtime_error("broken");
                                           }});
  ASSERT_TRUE(made);
  server_ = std::move(*made);
  Client client(path_);
  const std::string reply = ask(client, "{\"verb\":\"stats\"}\n");
  EXPECT_NE(reply.find("\"code\":\"internal\""), std::string::npos);
  EXPECT_NE(reply.find("broken"), std::string::npos);
}

TEST_F(ControlServer, ALineWithoutEndIsRefusedAtItsLimit) {
  listen();
  Client client(path_);
  const std::string chunk(16 << 10, 'a');
  std::size_t sent = 0;
  ASSERT_TRUE(loop_.run_until([&] {
    if (sent <= verbs::kMaxRequestBytes) sent += client.send(chunk);
    return client.closed();
  }));
  EXPECT_NE(client.received().find("65536 bytes"), std::string::npos);
}

TEST_F(ControlServer, ASilentConnectionIsClosed) {
  listen(std::chrono::milliseconds(5));
  Client silent(path_);
  Client half(path_);
  half.send("{\"verb\":");
  EXPECT_TRUE(closed(silent));
  EXPECT_TRUE(closed(half));
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ControlServer, ARequestBeingServedIsNotIdle) {
  listen(std::chrono::milliseconds(5));
  fake_.keep = true;
  Client waiting(path_);
  waiting.send("{\"verb\":\"stats\"}\n");
  ASSERT_TRUE(loop_.run_until([&] { return !fake_.kept.empty(); }));
  Client silent(path_);
  ASSERT_TRUE(closed(silent));  // so at least the idle time has passed
  fake_.kept[0](Json(1));
  ASSERT_TRUE(lines(waiting, 1));
}

// Writing to it raises SIGPIPE, which ends a process that does not expect it.
TEST_F(ControlServer, AClientThatLeavesBeforeItsReplyHarmsNobody) {
  listen();
  fake_.keep = true;
  {
    Client leaving(path_);
    leaving.send("{\"verb\":\"stats\"}\n");
    ASSERT_TRUE(loop_.run_until([&] { return !fake_.kept.empty(); }));
  }
  fake_.kept[0](Json(std::string(1'000'000, 'x')));
  ASSERT_TRUE(loop_.run_until([&] { return server_->connections() == 0; }));
  fake_.keep = false;
  Client next(path_);
  EXPECT_NE(ask(next, "{\"verb\":\"stats\"}\n").find("\"ok\":true"), std::string::npos);
}

TEST_F(ControlServer, OneConnectionTooManyIsToldSo) {
  listen();
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    clients.push_back(std::make_unique<Client>(path_));
    ASSERT_TRUE(loop_.run_until([&] { return server_->connections() == i + 1; }));
  }
  Client extra(path_);
  ASSERT_TRUE(closed(extra));
  EXPECT_NE(extra.received().find("\"code\":\"exhausted\""), std::string::npos);
  clients.pop_back();
  ASSERT_TRUE(loop_.run_until([&] { return server_->connections() == kMaxConnections - 1; }));
  Client next(path_);
  EXPECT_NE(ask(next, "{\"verb\":\"stats\"}\n").find("\"ok\":true"), std::string::npos);
}

TEST_F(ControlServer, OnlyOwnerAndGroupMayConnect) {
  listen();
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0660U);
  ASSERT_EQ(::stat(path_.parent_path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0755U);
}

TEST_F(ControlServer, ASocketFileThatNobodyListensOnIsReplaced) {
  std::filesystem::create_directories(path_.parent_path());
  const sockaddr_un address = testing::address_of(path_);
  const int killed = ::socket(AF_UNIX, SOCK_STREAM, 0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
  ASSERT_EQ(::bind(killed, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(killed, 1), 0);
  ::close(killed);
  ASSERT_TRUE(std::filesystem::exists(path_));
  listen();
  Client client(path_);
  EXPECT_NE(ask(client, "{\"verb\":\"stats\"}\n").find("\"ok\":true"), std::string::npos);
}

TEST_F(ControlServer, ASocketOfALivingInstanceIsLeftAlone) {
  listen();
  const auto second = Server::create(loop_.raw(), {.socket = path_, .handler = fake_.handler()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), diag::Code::kUnavailable);
  EXPECT_NE(second.error().sentence().find("another instance"), std::string::npos);
  Client client(path_);
  EXPECT_NE(ask(client, "{\"verb\":\"stats\"}\n").find("\"ok\":true"), std::string::npos);
}

TEST_F(ControlServer, AFileThatIsNoSocketIsNeverRemoved) {
  std::filesystem::create_directories(path_.parent_path());
  std::ofstream(path_) << "precious";
  const auto made = Server::create(loop_.raw(), {.socket = path_, .handler = fake_.handler()});
  ASSERT_FALSE(made);
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(ControlServer, APathThatNoSocketAddressHoldsIsRefused) {
  const auto made = Server::create(loop_.raw(), {.socket = directory_ / std::string(200, 'x'), .handler = {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), diag::Code::kInvalid);
}

TEST_F(ControlServer, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_ / "file") << "";
  const auto made = Server::create(loop_.raw(), {.socket = directory_ / "file/control.sock", .handler = {}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().sentence().find((directory_ / "file").string()), std::string::npos);
}

TEST_F(ControlServer, ClosingRemovesTheFileAndEndsEveryConnection) {
  listen();
  fake_.keep = true;
  Client client(path_);
  client.send("{\"verb\":\"stats\"}\n");
  ASSERT_TRUE(loop_.run_until([&] { return !fake_.kept.empty(); }));
  server_.reset();
  EXPECT_TRUE(closed(client));
  EXPECT_FALSE(std::filesystem::exists(path_));
  fake_.kept[0](Json("too late"));  // it has no recipient and does no harm
  EXPECT_FALSE(Client(path_).connected());
}

}  // namespace
}  // namespace control
