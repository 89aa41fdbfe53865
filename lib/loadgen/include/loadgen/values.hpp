// SPDX-License-Identifier: Apache-2.0
/// @file values.hpp – words of a command line as values.
///
/// Purpose    numbers, durations and lists; each error quotes the wrong word and says what is allowed.
/// Threads    any.
/// Errors     kInvalid, without the key that the word belongs to: the caller puts it in front.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "diag/result.hpp"
#include "net/address.hpp"

namespace loadgen {

/// A whole number from `least` to `most`.
[[nodiscard]] diag::Result<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most);
/// A decimal number from `least` to `most`.
[[nodiscard]] diag::Result<double> parse_decimal(std::string_view text, double least, double most);
/// "90", "90s", "1.5s", "250ms", "2m"; from 1 ms to 24 h.
[[nodiscard]] diag::Result<base::Duration> parse_duration(std::string_view text);
/// As above, and "0".
[[nodiscard]] diag::Result<base::Duration> parse_moment(std::string_view text);
/// Addresses joined by '+': one, a range "10.0.0.1-10.0.0.50", or a prefix "10.0.0.0/26" for all its addresses.
[[nodiscard]] diag::Result<std::vector<net::IpAddress>> parse_addresses(std::string_view text);

/// The parts between separators; an empty text has one empty part.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace loadgen
