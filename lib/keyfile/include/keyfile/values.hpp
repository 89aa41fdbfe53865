// SPDX-License-Identifier: Apache-2.0
/// @file values.hpp – scalars of a file as values.
///
/// Purpose    each parse_as() returns the value, or a text about what is wrong with it.
/// Threads    control; values and pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "keyfile/keys.hpp"
#include "net/address.hpp"

namespace keyfile {

/// An own address and the prefix length of its network, in its own address family: 10.77.0.53/24.
struct InterfaceAddress {
  net::IpAddress address;
  std::uint8_t prefix_bits = 0;  // 0..32 or 0..128
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) noexcept = default;
};

/// A name in lower case with its final dot, and its wire form.
struct Zone {
  std::string text;
  std::vector<std::byte> wire;
};

/// A value, or what is wrong with the text: `"1h30" is not a duration`.
template <class T>
using Parsed = tl::expected<T, std::string>;

// Text to value, chosen by type; the limits of the table apply.
Parsed<std::uint64_t> parse_as(const KeySpec& spec, std::string_view text, const std::uint64_t* /*type*/);
Parsed<std::chrono::nanoseconds> parse_as(const KeySpec& spec, std::string_view text,
                                          const std::chrono::nanoseconds* /*type*/);
Parsed<double> parse_as(const KeySpec& spec, std::string_view text, const double* /*type*/);
Parsed<std::string> parse_as(const KeySpec& spec, std::string_view text, const std::string* /*type*/);
Parsed<net::IpAddress> parse_as(const KeySpec& spec, std::string_view text, const net::IpAddress* /*type*/);
Parsed<InterfaceAddress> parse_as(const KeySpec& spec, std::string_view text, const InterfaceAddress* /*type*/);
Parsed<net::Prefix> parse_as(const KeySpec& spec, std::string_view text, const net::Prefix* /*type*/);
Parsed<Zone> parse_as(const KeySpec& spec, std::string_view text, const Zone* /*type*/);

/// std::optional<T>: a word of the table ("auto", "none") is nullopt.
template <class T>
Parsed<std::optional<T>> parse_as(const KeySpec& spec, std::string_view text, const std::optional<T>* /*type*/) {
  if (is_word(spec, text)) return std::optional<T>();
  return parse_as(spec, text, static_cast<const T*>(nullptr)).map([](T value) {
    return std::optional<T>(std::move(value));
  });
}

[[nodiscard]] std::string show(const net::IpAddress& address);

}  // namespace keyfile
