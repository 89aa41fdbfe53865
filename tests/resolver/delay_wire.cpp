// SPDX-License-Identifier: Apache-2.0
/// A wire with a delay: delay_wire NEAR FAR MILLISECONDS.
///
/// Carries Ethernet frames between two interfaces. What arrives on NEAR leaves on FAR after the delay, in order; what
/// arrives on FAR leaves on NEAR at once. For kernels without a delaying queue discipline. Prints "ready" when it works.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t kFrameBytes = 2048;
constexpr std::size_t kBatchFrames = 64;
constexpr int kSocketBufferBytes = 64 << 20;  // a second at 20,000 packets, each counted with its kernel overhead

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

struct Frame {
  Clock::time_point due;
  std::vector<std::byte> bytes;
};

/// One end of the wire. Owns its packet socket.
class End {
 public:
  explicit End(const std::string& interface) : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL))) {
    if (fd_ < 0) fail("packet socket");
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0) fail(interface);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(index);
    packet_mreq promiscuous{};
    promiscuous.mr_ifindex = address.sll_ifindex;
    promiscuous.mr_type = PACKET_MR_PROMISC;
    set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous);
    set(SOL_SOCKET, SO_RCVBUFFORCE, kSocketBufferBytes);
    set(SOL_SOCKET, SO_SNDBUFFORCE, kSocketBufferBytes);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface takes its addresses so
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind " + interface);
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { ::close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }

  /// Calls take(bytes) for each frame that waits; the bytes are valid during the call.
  template <typename Take>
  void receive(Take take) {
    for (;;) {
      std::array<iovec, kBatchFrames> parts{};
      std::array<mmsghdr, kBatchFrames> messages{};
      for (std::size_t i = 0; i < kBatchFrames; ++i) {
        parts[i] = {buffers_[i].data(), kFrameBytes};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
      }
      const int count = ::recvmmsg(fd_, messages.data(), kBatchFrames, 0, nullptr);
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0 && errno != EINTR && errno != ENETDOWN) fail("recvmmsg");
      for (std::size_t i = 0; i < static_cast<std::size_t>(count > 0 ? count : 0); ++i) {
        take(std::span(buffers_[i]).first(messages[i].msg_len));
      }
      if (count < static_cast<int>(kBatchFrames)) return;
    }
  }

  /// Waits rather than loses: a full socket buffer empties at once on a virtual link.
  void send(std::span<const std::byte> frame) const {
    while (::send(fd_, frame.data(), frame.size(), 0) < 0) {
      if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) return;  // the link went down
    }
  }

 private:
  template <typename Value>
  void set(int level, int option, const Value& value) const {
    if (::setsockopt(fd_, level, option, &value, sizeof value) != 0) fail("setsockopt " + std::to_string(option));
  }

  int fd_;
  std::array<std::array<std::byte, kFrameBytes>, kBatchFrames> buffers_{};
};

/// Fires when the oldest delayed frame is due.
class Timer {
 public:
  Timer() : fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)) {
    if (fd_ < 0) fail("timerfd");
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { ::close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }

  void fire_at(Clock::time_point when) const {
    const std::int64_t since_boot_ns = std::chrono::duration_cast<nanoseconds>(when.time_since_epoch()).count();
    itimerspec at{};
    at.it_value.tv_sec = since_boot_ns / 1'000'000'000;
    at.it_value.tv_nsec = since_boot_ns % 1'000'000'000;
    ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

 private:
  int fd_;
};

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

[[noreturn]] void carry(End& near, End& far, nanoseconds delay) {
  const Timer timer;
  const int epoll = ::epoll_create1(0);
  for (const int fd : {near.fd(), far.fd(), timer.fd()}) watch(epoll, fd);
  std::deque<Frame> delayed;
  for (;;) {
    std::array<epoll_event, 3> events{};
    ::epoll_wait(epoll, events.data(), 3, -1);
    const auto now = Clock::now();
    near.receive([&](auto bytes) { delayed.push_back({now + delay, {bytes.begin(), bytes.end()}}); });
    far.receive([&](auto bytes) { near.send(bytes); });
    for (; !delayed.empty() && delayed.front().due <= Clock::now(); delayed.pop_front())
      far.send(delayed.front().bytes);
    // A time of zero would disarm the timer; with nothing delayed an expired timer must be silenced by exactly that.
    timer.fire_at(delayed.empty() ? Clock::time_point{} : delayed.front().due);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: delay_wire NEAR FAR MILLISECONDS\n", stderr);
    return 2;
  }
  try {
    End near(argv[1]);
    End far(argv[2]);
    const std::chrono::duration<double, std::milli> delay(std::stod(argv[3]));
    std::puts("ready");
    std::fflush(stdout);
    carry(near, far, std::chrono::duration_cast<nanoseconds>(delay));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "delay_wire: %s\n", error.what());
    return 1;
  }
}
