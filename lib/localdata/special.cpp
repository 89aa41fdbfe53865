// SPDX-License-Identifier: Apache-2.0
// Names that the public DNS does not answer usefully, and that are answered here.
#include <array>

#include "localdata/compiler.hpp"

namespace localdata {
namespace {

constexpr std::array<std::string_view, 15> kSpecial{
    // RFC 6303 §4.2: IPv4 addresses that no network has
    "0.in-addr.arpa.", "127.in-addr.arpa.", "254.169.in-addr.arpa.", "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.", "113.0.203.in-addr.arpa.", "255.255.255.255.in-addr.arpa.",
    // §4.3: the unspecified and the loopback address
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    // §4.4: locally assigned local addresses
    "d.f.ip6.arpa.",
    // §4.5: link-local addresses
    "8.e.f.ip6.arpa.", "9.e.f.ip6.arpa.", "a.e.f.ip6.arpa.", "b.e.f.ip6.arpa.",
    // §4.6: the example prefix
    "8.b.d.0.1.0.0.2.ip6.arpa."};

constexpr std::array<std::string_view, 18> kPrivate{
    "10.in-addr.arpa.",     "16.172.in-addr.arpa.", "17.172.in-addr.arpa.", "18.172.in-addr.arpa.",
    "19.172.in-addr.arpa.", "20.172.in-addr.arpa.", "21.172.in-addr.arpa.", "22.172.in-addr.arpa.",
    "23.172.in-addr.arpa.", "24.172.in-addr.arpa.", "25.172.in-addr.arpa.", "26.172.in-addr.arpa.",
    "27.172.in-addr.arpa.", "28.172.in-addr.arpa.", "29.172.in-addr.arpa.", "30.172.in-addr.arpa.",
    "31.172.in-addr.arpa.", "168.192.in-addr.arpa."};

}  // namespace

std::span<const std::string_view> special_reverse_zones() { return kSpecial; }
std::span<const std::string_view> private_reverse_zones() { return kPrivate; }

}  // namespace localdata
