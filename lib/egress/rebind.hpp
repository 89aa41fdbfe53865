// SPDX-License-Identifier: Apache-2.0
/// @file rebind.hpp – protection against DNS rebinding: answers that give an Internet name a private address.
///
/// Purpose    decides whether an upstream's answer is withheld.
/// Threads    any; pure.
/// Cost       none when the protection is off; else one look at each record, and at each private zone when a record has a
///            private address.
#pragma once

#include "base/bytes.hpp"
#include "dns/image.hpp"
#include "egress/settings.hpp"

namespace egress {

/// `qname` is folded.
[[nodiscard]] bool is_rebind(const UplinkSettings& uplink, base::Bytes qname, const dns::AnswerImage& image) noexcept;

}  // namespace egress
