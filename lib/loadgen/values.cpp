// SPDX-License-Identifier: Apache-2.0
// Words to values.
#include "loadgen/values.hpp"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "net/text.hpp"

namespace loadgen {
namespace {

constexpr std::size_t kMaxAddresses = 1U << 20U;
constexpr double kMaxDurationSec = 86'400;

auto wrong(std::string sentence) { return diag::fail(diag::Code::kInvalid, std::move(sentence)); }

auto no_duration(std::string_view text) {
  return wrong(fmt::format("'{}' is no duration; allowed: 90, 90s, 1.5s, 250ms, 2m, up to 24 h", text));
}

diag::Result<base::Duration> duration(std::string_view text, double least_sec) {
  double unit_sec = 1;
  std::string_view number = text;
  if (number.ends_with("ms")) {
    unit_sec = 0.001;
    number.remove_suffix(2);
  } else if (number.ends_with('s')) {
    number.remove_suffix(1);
  } else if (number.ends_with('m')) {
    unit_sec = 60;
    number.remove_suffix(1);
  }
  const auto value = parse_decimal(number, 0, kMaxDurationSec * 1'000);
  if (!value) return no_duration(text);
  const double seconds = *value * unit_sec;
  if (seconds < least_sec || seconds > kMaxDurationSec) return no_duration(text);
  return base::Duration(std::llround(seconds * 1e9));
}

net::IpAddress plus_one(const net::IpAddress& address) noexcept {
  auto octets = address.octets();
  for (std::size_t i = octets.size(); i-- > 0;) {
    octets[i] = static_cast<std::byte>(std::to_integer<unsigned>(octets[i]) + 1U);
    if (octets[i] != std::byte{0}) break;
  }
  return net::IpAddress::v6(octets.data());
}

net::IpAddress last_of(const net::Prefix& network) noexcept {
  auto octets = network.address.octets();
  for (std::size_t bit = network.length; bit < 8 * octets.size(); ++bit) {
    octets[bit / 8] |= static_cast<std::byte>(0x80U >> (bit % 8));
  }
  return net::IpAddress::v6(octets.data());
}

diag::Status append_range(const net::IpAddress& first, const net::IpAddress& last, std::string_view text,
                          std::vector<net::IpAddress>& out) {
  for (net::IpAddress address = first;; address = plus_one(address)) {
    if (out.size() == kMaxAddresses)
      return wrong(fmt::format("'{}' gives more than {} addresses", text, kMaxAddresses));
    out.push_back(address);
    if (address == last) return {};
  }
}

diag::Status append(std::string_view word, std::vector<net::IpAddress>& out) {
  const auto bad = [&] {
    return wrong(fmt::format(
        "'{}' is no address; allowed: an address, a range 10.0.0.1-10.0.0.9, a prefix 10.0.0.0/26, joined by '+'",
        word));
  };
  if (const auto dash = word.find('-'); dash != std::string_view::npos) {
    const auto first = net::parse_address(word.substr(0, dash));
    const auto last = net::parse_address(word.substr(dash + 1));
    if (!first || !last || first->is_v4() != last->is_v4() || *last < *first) return bad();
    return append_range(*first, *last, word, out);
  }
  const auto prefix = net::parse_prefix(word);
  if (!prefix) return bad();
  const bool single = word.find('/') == std::string_view::npos;
  const net::Prefix network = net::network_of(*prefix);
  return single ? append_range(prefix->address, prefix->address, word, out)
                : append_range(network.address, last_of(network), word, out);
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

diag::Result<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || value < least || value > most) {
    return wrong(fmt::format("'{}' is out of place; allowed: a whole number from {} to {}", text, least, most));
  }
  return value;
}

diag::Result<double> parse_decimal(std::string_view text, double least, double most) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stopped != end || !(value >= least && value <= most)) {
    return wrong(fmt::format("'{}' is out of place; allowed: a number from {} to {}", text, least, most));
  }
  return value;
}

diag::Result<base::Duration> parse_duration(std::string_view text) { return duration(text, 0.001); }
diag::Result<base::Duration> parse_moment(std::string_view text) { return duration(text, 0); }

diag::Result<std::vector<net::IpAddress>> parse_addresses(std::string_view text) {
  std::vector<net::IpAddress> addresses;
  for (const std::string_view word : split(text, '+')) {
    if (auto added = append(word, addresses); !added) return diag::fail(added.error());
  }
  return addresses;
}

}  // namespace loadgen
