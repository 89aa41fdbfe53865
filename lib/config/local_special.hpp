// SPDX-License-Identifier: Apache-2.0
// Names that the world's servers have no answer for, and ours. Private to this library.
#pragma once

#include <span>
#include <string_view>

namespace config {

/// RFC 6303 §4.2 to §4.6: reverse zones of addresses that nobody on the Internet has. With the last dot.
[[nodiscard]] std::span<const std::string_view> special_reverse_zones();
/// RFC 6303 §4.1: reverse zones of private addresses.
[[nodiscard]] std::span<const std::string_view> private_reverse_zones();

}  // namespace config
