// SPDX-License-Identifier: Apache-2.0
// Configures the TAP like the port: MAC, MTU, addresses, up, routes.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/core.h>
#include <net/if.h>

#include "diag/log.hpp"
#include "net/text.hpp"
#include "tap.hpp"

namespace slowpath {
namespace {

constexpr std::uint16_t kMinV4Mtu = 68;     // RFC 791
constexpr std::uint16_t kMinV6Mtu = 1'280;  // RFC 8200 §5
constexpr std::uint8_t kLinkLocalBits = 64;

bool is_v6(const InterfaceAddress& given) { return !given.address.is_v4(); }

bool wants_v6(const Spec& spec) { return std::any_of(spec.addresses.begin(), spec.addresses.end(), is_v6); }

bool is_link_local(const net::IpAddress& address) {
  return address.octets()[0] == std::byte{0xfe} && (address.octets()[1] & std::byte{0xc0}) == std::byte{0x80};
}

std::string text_of(const InterfaceAddress& given) {
  return fmt::format("{}/{}", net::to_text(given.address).view(), given.prefix_bits);
}

net::Prefix prefix_of(const InterfaceAddress& given) {
  const int in_front = given.address.is_v4() ? net::kV4PrefixBits : 0;
  return {given.address, static_cast<std::uint8_t>(given.prefix_bits + in_front)};
}

bool is_on_link(const Spec& spec, const net::IpAddress& address) {
  return std::any_of(spec.addresses.begin(), spec.addresses.end(), [&](const InterfaceAddress& given) {
    return given.address.is_v4() == address.is_v4() && prefix_of(given).contains(address);
  });
}

/// An optional setting of the kernel (a service manager may protect /proc/sys).
void try_sysctl(const std::string& path, std::string_view value) {
  std::ofstream file("/proc/sys/" + path);
  file << value;
  file.flush();
  if (!file) diag::log().debug("cannot set {} to {}; the slow path works without it", path, value);
}

void tune(const Spec& spec) {
  if (!wants_v6(spec)) return;
  const std::string conf = fmt::format("net/ipv6/conf/{}/", spec.tap);
  try_sysctl(conf + "disable_ipv6", "0");
  try_sysctl(conf + "autoconf", "0");  // router advertisements are accepted, but make no address
}

diag::Status check_no_other_has(const Spec& spec, netlink::IfIndex own, netlink::Rtnetlink& kernel) {
  std::string taken;
  const netlink::KernelResult<void> done = kernel.for_each_address([&](const netlink::AddressEntry& entry) {
    if (entry.interface == own || !taken.empty()) return;
    for (const InterfaceAddress& given : spec.addresses) {
      if (given.address != entry.address || is_link_local(given.address)) continue;
      char name[IF_NAMESIZE] = "";
      const char* holder = ::if_indextoname(entry.interface, name);
      taken = fmt::format(
          "address {0} is already on interface {1}; only {2} may have it; remove it with "
          "'ip address del {3} dev {1}'",
          net::to_text(given.address).view(), holder != nullptr ? holder : "?", spec.tap, text_of(given));
    }
  });
  if (!done)
    return diag::fail(diag::Error::from_errno(done.error().errnum, "cannot list the addresses of this machine"));
  if (!taken.empty()) return diag::fail(diag::Code::kUnavailable, taken);
  return {};
}

diag::Status add_address(const Tap& tap, const Spec& spec, const InterfaceAddress& given, netlink::Rtnetlink& kernel) {
  const netlink::KernelResult<void> done = kernel.add_address(tap.index(), given.address, given.prefix_bits);
  if (done) return {};
  const int errnum = done.error().errnum;
  if (errnum == EEXIST) {
    return diag::fail(diag::Code::kInvalid, fmt::format("address {} is given twice; name it once", text_of(given)));
  }
  if (is_v6(given) && (errnum == EACCES || errnum == EOPNOTSUPP || errnum == EAFNOSUPPORT)) {
    return diag::fail(diag::Code::kUnavailable,
                      fmt::format("address {} cannot be set: the kernel has IPv6 disabled; enable it with "
                                  "'sysctl net.ipv6.conf.default.disable_ipv6=0' or leave the IPv6 addresses out",
                                  text_of(given)));
  }
  return diag::fail(
      diag::Error::from_errno(errnum, fmt::format("cannot add to {} the address {}", spec.tap, text_of(given))));
}

// Neighbour solicitations that no packet waits for are sent from the link-local address; without one the kernel would
// never resolve an IPv6 next hop. We add it ourselves, so that it skips duplicate address detection.
diag::Status add_link_local(const Tap& tap, const Spec& spec, netlink::Rtnetlink& kernel) {
  if (!wants_v6(spec)) return {};
  const InterfaceAddress own{link_local_of(spec.mac), kLinkLocalBits};
  const bool given = std::any_of(spec.addresses.begin(), spec.addresses.end(),
                                 [&](const InterfaceAddress& other) { return other.address == own.address; });
  return given ? diag::Status{} : add_address(tap, spec, own, kernel);
}

diag::Status add_routes(const Tap& tap, const Spec& spec, netlink::Rtnetlink& kernel) {
  for (const Server& server : spec.servers) {
    if (is_on_link(spec, server.address)) continue;
    for (const net::IpAddress& gateway : spec.gateways) {
      if (gateway.is_v4() != server.address.is_v4()) continue;
      const netlink::KernelResult<void> done = kernel.add_host_route(tap.index(), server.address, gateway);
      if (done) continue;
      return diag::fail(diag::Error::from_errno(
          done.error().errnum,
          fmt::format("cannot route {} through gateway {}; the gateway must be in a prefix of {}",
                      net::to_text(server.address).view(), net::to_text(gateway).view(), spec.tap)));
    }
  }
  return {};
}

diag::Status check_name(const std::string& name) {
  const bool bad_char = name.find_first_of("/%: \t\n") != std::string::npos;
  if (!name.empty() && name.size() < IF_NAMESIZE && !bad_char && name != "." && name != "..") return {};
  return diag::fail(
      diag::Code::kInvalid,
      fmt::format("'{}' is not an interface name; port.tap takes 1 to {} characters without '/', '%', ':' and spaces",
                  name, IF_NAMESIZE - 1));
}

}  // namespace

net::IpAddress link_local_of(const net::MacAddress& mac) noexcept {
  const auto& m = mac.octets;
  const std::array<std::byte, net::IpAddress::kBytes> octets{std::byte{0xfe},
                                                             std::byte{0x80},
                                                             std::byte{0},
                                                             std::byte{0},
                                                             std::byte{0},
                                                             std::byte{0},
                                                             std::byte{0},
                                                             std::byte{0},
                                                             m[0] ^ std::byte{0x02},
                                                             m[1],
                                                             m[2],
                                                             std::byte{0xff},
                                                             std::byte{0xfe},
                                                             m[3],
                                                             m[4],
                                                             m[5]};
  return net::IpAddress::v6(octets.data());
}

diag::Status check(const Spec& spec) {
  if (auto named = check_name(spec.tap); !named) return named;
  const std::uint16_t least = wants_v6(spec) ? kMinV6Mtu : kMinV4Mtu;
  if (spec.mtu_bytes < least) {
    return diag::fail(diag::Code::kInvalid, fmt::format("an MTU of {} is too small for {}; it takes at least {}",
                                                        spec.mtu_bytes, wants_v6(spec) ? "IPv6" : "IPv4", least));
  }
  if ((spec.mac.octets[0] & std::byte{1}) != std::byte{0} || spec.mac == net::MacAddress{}) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{} is not a valid MAC address for {}: the port must have a unicast one",
                                  net::to_text(spec.mac).view(), spec.tap));
  }
  for (const InterfaceAddress& given : spec.addresses) {
    if (given.prefix_bits > (is_v6(given) ? 128 : 32)) {
      return diag::fail(diag::Code::kInvalid, fmt::format("{}: the prefix length is out of range", text_of(given)));
    }
  }
  return {};
}

diag::Status set_up(const Tap& tap, const Spec& spec, netlink::Rtnetlink& kernel) {
  if (auto free = check_no_other_has(spec, tap.index(), kernel); !free) return free;
  const auto cannot = [&](const char* what, const netlink::KernelError& error) {
    return diag::fail(diag::Error::from_errno(error.errnum, fmt::format("cannot {} {}", what, spec.tap)));
  };
  tune(spec);
  if (auto done = kernel.configure_link(tap.index(), {spec.mac, spec.mtu_bytes}); !done) {
    return cannot("set MAC and MTU of", done.error());
  }
  static_cast<void>(kernel.stop_link_local_generation(tap.index()));  // a kernel without IPv6 has nothing to stop
  if (auto done = kernel.bring_up(tap.index()); !done) return cannot("bring up", done.error());
  for (const InterfaceAddress& given : spec.addresses) {
    if (auto added = add_address(tap, spec, given, kernel); !added) return added;
  }
  if (auto added = add_link_local(tap, spec, kernel); !added) return added;
  return add_routes(tap, spec, kernel);
}

}  // namespace slowpath
