// SPDX-License-Identifier: Apache-2.0
/// @file zone_names.hpp – wire names from text, for tests.
///
/// Purpose    "www.example" → 3 www 7 example 0. No escapes; the root is "" or ".".
/// Threads    value types.
/// Ownership  owns its bytes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace test {

inline std::vector<std::byte> wire_name(std::string_view text) {
  std::vector<std::byte> wire;
  while (!text.empty() && text != ".") {
    const std::string_view label = text.substr(0, text.find('.'));
    wire.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) wire.push_back(static_cast<std::byte>(c));
    text.remove_prefix(label.size() == text.size() ? label.size() : label.size() + 1);
  }
  wire.push_back(std::byte{0});
  return wire;
}

}  // namespace test
