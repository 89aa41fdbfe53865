// SPDX-License-Identifier: Apache-2.0
/// @file private_address.hpp – does an answer lead into the own network?
///
/// Purpose    for rebind protection: a name of the Internet that gets a private, loopback or link-local address makes a
///            client's browser talk to a machine of its own network in that name.
/// Threads    any; pure functions.
/// Cost       one look at each record, found by its TTL's place; no name is walked but an SVCB record's target.
/// RFC        1918, 6598, 3927, 4193, 4291 (which addresses), 9460 §7.3 (address hints).
#pragma once

#include "base/bytes.hpp"
#include "dns/image.hpp"
#include "dns/types.hpp"

namespace dns {

/// A flag of our own in AnswerImage::flags, where a message has its Z bit: the records were kept back (EDE 15).
inline constexpr std::uint16_t kFlagBlocked = kFlagZ;

/// Four or sixteen bytes: private, shared, loopback, link-local, unspecified, or IPv6 that stands for such an IPv4 one.
[[nodiscard]] bool is_private_address(base::Bytes octets) noexcept;

/// Some A, AAAA, SVCB or HTTPS record of any section holds such an address.
[[nodiscard]] bool holds_private_address(const AnswerImage& image) noexcept;

}  // namespace dns
