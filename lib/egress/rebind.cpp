// SPDX-License-Identifier: Apache-2.0
// Private addresses in answers, and the zones that may have them.
#include "rebind.hpp"

#include <algorithm>

#include "dns/private_address.hpp"

namespace egress {
namespace {

std::size_t name_bytes(base::Bytes names) noexcept {
  std::size_t at = 0;
  while (at < names.size() && names[at] != std::byte{0}) at += 1 + std::to_integer<std::size_t>(names[at]);
  return std::min(at + 1, names.size());
}

/// `qname` is `zone` or below it.
bool is_within(base::Bytes qname, base::Bytes zone) noexcept {
  while (qname.size() > zone.size()) qname = qname.subspan(1 + std::to_integer<std::size_t>(qname[0]));
  return std::equal(qname.begin(), qname.end(), zone.begin(), zone.end());
}

bool may_be_private(base::Bytes zones, base::Bytes qname) noexcept {
  while (!zones.empty()) {
    const std::size_t bytes = name_bytes(zones);
    if (is_within(qname, zones.first(bytes))) return true;
    zones = zones.subspan(bytes);
  }
  return false;
}

}  // namespace

bool is_rebind(const UplinkSettings& uplink, base::Bytes qname, const dns::AnswerImage& image) noexcept {
  return uplink.rebind == RebindProtection::kOn && dns::holds_private_address(image) &&
         !may_be_private(uplink.private_zones.span(), qname);
}

}  // namespace egress
