// SPDX-License-Identifier: Apache-2.0
/// @file rebind.hpp – answers that would make a name of the Internet stand for a machine of the own network.
///
/// Purpose    decides whether an upstream's answer is kept back.
/// Threads    any; pure.
/// Cost       nothing where the protection is off; else one look at each record, and at each private zone when one of
///            them has a private address.
#pragma once

#include "base/bytes.hpp"
#include "dns/image.hpp"
#include "egress/settings.hpp"

namespace egress {

/// `qname` is folded.
[[nodiscard]] bool is_rebind(const UplinkSettings& uplink, base::Bytes qname, const dns::AnswerImage& image) noexcept;

}  // namespace egress
