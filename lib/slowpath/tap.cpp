// SPDX-License-Identifier: Apache-2.0
// /dev/net/tun.
#include "tap.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

namespace slowpath {
namespace {

constexpr const char* kTunDevice = "/dev/net/tun";

tl::unexpected<diag::Error> cannot_open(int errnum) {
  switch (errnum) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return diag::fail(diag::Code::kUnavailable,
                        fmt::format("{} does not exist: the kernel's TUN/TAP driver is missing; load it with "
                                    "'modprobe tun' (in a container: pass the device in)",
                                    kTunDevice));
    case EACCES:
    case EPERM:
      return diag::fail(
          diag::Code::kUnavailable,
          fmt::format("{} may not be opened; run as root or grant read and write access to it", kTunDevice));
    default:
      return diag::fail(diag::Error::from_errno(errnum, fmt::format("cannot open {}", kTunDevice)));
  }
}

tl::unexpected<diag::Error> cannot_create(int errnum, const std::string& name) {
  switch (errnum) {
    case EPERM:
      return diag::fail(diag::Code::kUnavailable,
                        fmt::format("creating interface {} needs CAP_NET_ADMIN; run as root or with "
                                    "AmbientCapabilities=CAP_NET_ADMIN",
                                    name));
    case EBUSY:
    case EEXIST:
      return diag::fail(diag::Code::kUnavailable,
                        fmt::format("interface {0} exists already; stop the process that uses it, remove it with "
                                    "'ip link delete {0}' or choose another name with port.tap",
                                    name));
    default:
      return diag::fail(diag::Error::from_errno(errnum, fmt::format("cannot create TAP interface {}", name)));
  }
}

}  // namespace

diag::Result<Tap> Tap::create(const std::string& name) {
  sockets::Fd fd(::open(kTunDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return cannot_open(errno);
  ifreq request{};
  SLUICE_REQUIRE(name.size() < sizeof request.ifr_name);  // check() comes first
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
  if (::ioctl(fd.get(), TUNSETIFF, &request) < 0) return cannot_create(errno, name);
  // No offload: the kernel completes every checksum before we read a frame.
  if (::ioctl(fd.get(), TUNSETOFFLOAD, 0UL) < 0) {
    return diag::fail(diag::Error::from_errno(errno, fmt::format("cannot disable the offloads of {}", name)));
  }
  const netlink::IfIndex index = ::if_nametoindex(name.c_str());
  if (index == 0) return diag::fail(diag::Error::from_errno(errno, fmt::format("cannot find interface {}", name)));
  return Tap(std::move(fd), index);
}

Tap::ReadResult Tap::read(base::MutableBytes room) noexcept {
  std::byte excess{};  // the driver truncates silently: one more byte detects it
  std::array<iovec, 2> parts{iovec{room.data(), room.size()}, iovec{&excess, sizeof excess}};
  const ssize_t got = ::readv(fd_.get(), parts.data(), static_cast<int>(parts.size()));
  if (got <= 0) return {};
  const auto bytes = static_cast<std::size_t>(got);
  if (bytes > room.size()) return {ReadState::kTooBig, 0};
  return {ReadState::kFrame, bytes};
}

bool Tap::write(base::Bytes frame) noexcept {
  ssize_t put = 0;
  do {
    put = ::write(fd_.get(), frame.data(), frame.size());
  } while (put < 0 && errno == EINTR);
  return put == static_cast<ssize_t>(frame.size());
}

}  // namespace slowpath
