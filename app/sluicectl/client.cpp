// SPDX-License-Identifier: Apache-2.0
// Connects, writes one line and reads one line.
#include "client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluicectl {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int raw() const noexcept { return fd_; }

 private:
  int fd_;
};

auto no_appliance(const std::string& path, std::string_view reason, std::string_view remedy) {
  return diag::fail(diag::Code::kUnavailable, fmt::format("no appliance answers on {}: {}; {}", path, reason, remedy));
}

std::string_view remedy_for(int reason) noexcept {
  switch (reason) {
    case EACCES:
    case EPERM:
      return "run as root or as a member of the socket's group";
    case ENOENT:
    case ECONNREFUSED:
      return "run `systemctl status sluice`; use --socket or SLUICE_CONTROL for another socket";
    default:
      return "run `systemctl status sluice`";
  }
}

diag::Result<Descriptor> connect_to(const std::string& path, std::chrono::seconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("--socket '{}': a path has 1 to {} bytes", path, sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = timeout.count(), .tv_usec = 0};
  ::setsockopt(socket.raw(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.raw(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API takes the generic address
  if (::connect(socket.raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return no_appliance(path, std::strerror(errno), remedy_for(errno));
  }
  return socket;
}

bool send_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

diag::Result<std::string> receive_line(int fd, const std::string& path, std::chrono::seconds timeout) {
  std::string line;
  std::array<char, 65'536> room{};
  while (line.empty() || line.back() != '\n') {
    const ssize_t got = ::recv(fd, room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      return no_appliance(path, fmt::format("no reply within {} s", timeout.count()),
                          "its control thread may be stuck; see its log");
    }
    if (got <= 0) return no_appliance(path, "the connection was closed", "it may be stopping; try again");
    line.append(room.data(), static_cast<std::size_t>(got));
  }
  return line;
}

diag::Code code_of(std::string_view name) noexcept {
  if (name == "invalid") return diag::Code::kInvalid;
  if (name == "unavailable") return diag::Code::kUnavailable;
  if (name == "exhausted") return diag::Code::kExhausted;
  return diag::Code::kInternal;
}

diag::Result<Json> open_reply(const std::string& line, const std::string& path) {
  Json reply = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (reply.is_object() && reply.value("ok", false) && reply.contains("data")) return std::move(reply["data"]);
  if (reply.is_object() && reply.contains("error") && reply["error"].is_string()) {
    const std::string code =
        reply.contains("code") && reply["code"].is_string() ? reply["code"].get<std::string>() : "";
    return diag::fail(code_of(code), reply["error"].get<std::string>());
  }
  return diag::fail(diag::Code::kUnavailable,
                    fmt::format("the program that answers on {} is not sluice; set --socket", path));
}

}  // namespace

diag::Result<Json> ask(const std::string& socket_path, const Json& request, std::chrono::seconds timeout) {
  const auto socket = connect_to(socket_path, timeout);
  if (!socket) return diag::fail(socket.error());
  // The appliance may refuse the connection before it reads the request, so read a reply even when send failed.
  static_cast<void>(send_all(socket->raw(), request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"));
  const auto line = receive_line(socket->raw(), socket_path, timeout);
  if (!line) return diag::fail(line.error());
  return open_reply(*line, socket_path);
}

}  // namespace sluicectl
