// SPDX-License-Identifier: Apache-2.0
/// @file private_address.hpp – does an answer point into a private network?
///
/// Purpose    rebind protection: a public name with a private, loopback or link-local address lets a web page reach
///            machines of the client's own network under that name.
/// Threads    any; pure functions.
/// Cost       one look at each record, found by its TTL offset; the only name walked is the target of an SVCB record.
/// RFC        1918, 6598, 3927, 4193, 4291 (which addresses), 9460 §7.3 (address hints).
#pragma once

#include "base/bytes.hpp"
#include "dns/image.hpp"
#include "dns/types.hpp"

namespace dns {

/// A flag of ours in AnswerImage::flags, in the place of a message's Z bit: the records were withheld (EDE 15).
inline constexpr std::uint16_t kFlagBlocked = kFlagZ;

/// Four or sixteen bytes: private, shared, loopback, link-local, unspecified, or an IPv6 address that maps such an IPv4 address.
[[nodiscard]] bool is_private_address(base::Bytes octets) noexcept;

/// Some A, AAAA, SVCB or HTTPS record of any section holds such an address.
[[nodiscard]] bool holds_private_address(const AnswerImage& image) noexcept;

}  // namespace dns
