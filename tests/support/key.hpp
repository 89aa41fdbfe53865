// SPDX-License-Identifier: Apache-2.0
/// @file key.hpp – keys and hashes of questions, made without the library under test.
///
/// Purpose    shared by the tests of all tables that hold questions.
/// Threads    value types.
/// Ownership  owns its bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "dns/question_key.hpp"

namespace test {

inline constexpr base::Instant kStart{1'000'000'000'000};

[[nodiscard]] inline const base::KeyedHash& keyed_hash() {
  static const base::KeyedHash hash([] {
    base::KeyedHash::Secret secret{};
    for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(i * 37 + 11);
    return secret;
  }());
  return hash;
}

/// The bytes of a key, made without the library under test.
class Key {
 public:
  explicit Key(std::string_view dotted, unsigned qtype = 1, unsigned flags = 0, unsigned view = 0) {
    std::vector<std::byte> name;
    while (!dotted.empty()) {
      const std::string_view label = dotted.substr(0, dotted.find('.'));
      name.push_back(static_cast<std::byte>(label.size()));
      for (const char c : label) name.push_back(static_cast<std::byte>(c));
      dotted.remove_prefix(label.size() < dotted.size() ? label.size() + 1 : label.size());
    }
    name.push_back(std::byte{0});
    for (const unsigned field : {qtype, 1U, view}) {
      bytes_.push_back(static_cast<std::byte>(field & 0xffU));
      bytes_.push_back(static_cast<std::byte>(field >> 8U));
    }
    bytes_.push_back(static_cast<std::byte>(flags));
    bytes_.push_back(static_cast<std::byte>(name.size()));
    bytes_.insert(bytes_.end(), name.begin(), name.end());
  }
  [[nodiscard]] dns::KeyView view() const { return dns::KeyView(bytes_); }
  [[nodiscard]] base::Bytes qname() const { return base::Bytes(bytes_).subspan(dns::kKeyPrefixBytes); }
  [[nodiscard]] std::uint64_t hash() const { return keyed_hash()(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// "n17.example"; appended piece by piece, because of a false warning of gcc 12 about "n" + string.
[[nodiscard]] inline Key numbered(std::size_t i, std::string prefix = "n") {
  prefix += std::to_string(i);
  prefix += ".example";
  return Key(prefix);
}

}  // namespace test
