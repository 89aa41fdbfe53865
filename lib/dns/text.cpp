// SPDX-License-Identifier: Apache-2.0
// Presentation text of names, types, classes and rcodes, both ways.
#include "dns/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace dns {

namespace {

struct Mnemonic {
  std::uint16_t code;
  std::string_view text;
};

constexpr Mnemonic kTypes[] = {
    {1, "A"},        {2, "NS"},          {3, "MD"},      {4, "MF"},      {5, "CNAME"},   {6, "SOA"},
    {7, "MB"},       {8, "MG"},          {9, "MR"},      {10, "NULL"},   {11, "WKS"},    {12, "PTR"},
    {13, "HINFO"},   {14, "MINFO"},      {15, "MX"},     {16, "TXT"},    {17, "RP"},     {18, "AFSDB"},
    {19, "X25"},     {20, "ISDN"},       {21, "RT"},     {24, "SIG"},    {25, "KEY"},    {26, "PX"},
    {27, "GPOS"},    {28, "AAAA"},       {29, "LOC"},    {30, "NXT"},    {33, "SRV"},    {35, "NAPTR"},
    {36, "KX"},      {37, "CERT"},       {39, "DNAME"},  {41, "OPT"},    {42, "APL"},    {43, "DS"},
    {44, "SSHFP"},   {45, "IPSECKEY"},   {46, "RRSIG"},  {47, "NSEC"},   {48, "DNSKEY"}, {49, "DHCID"},
    {50, "NSEC3"},   {51, "NSEC3PARAM"}, {52, "TLSA"},   {53, "SMIMEA"}, {55, "HIP"},    {59, "CDS"},
    {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {62, "CSYNC"},  {63, "ZONEMD"}, {64, "SVCB"},   {65, "HTTPS"},
    {99, "SPF"},     {108, "EUI48"},     {109, "EUI64"}, {249, "TKEY"},  {250, "TSIG"},  {251, "IXFR"},
    {252, "AXFR"},   {253, "MAILB"},     {254, "MAILA"}, {255, "ANY"},   {256, "URI"},   {257, "CAA"},
};
constexpr Mnemonic kClasses[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};
constexpr Mnemonic kRcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},  {2, "SERVFAIL"},   {3, "NXDOMAIN"}, {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"}, {7, "YXRRSET"},    {8, "NXRRSET"},  {9, "NOTAUTH"},
    {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"},
};

[[nodiscard]] std::string_view to_text(std::span<const Mnemonic> known, std::uint16_t code, std::string_view prefix,
                                       TypeText& room) noexcept {
  const auto found = std::find_if(known.begin(), known.end(), [code](const Mnemonic& m) { return m.code == code; });
  if (found != known.end()) return found->text;
  char* const number = std::copy(prefix.begin(), prefix.end(), room.data());
  const auto end = std::to_chars(number, room.data() + room.size(), code).ptr;
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

[[nodiscard]] constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
[[nodiscard]] bool equal_text(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return upper(x) == upper(y); });
}

[[nodiscard]] std::optional<std::uint16_t> from_text(std::span<const Mnemonic> known, std::string_view text,
                                                     std::string_view prefix) noexcept {
  for (const Mnemonic& m : known) {
    if (equal_text(m.text, text)) return m.code;
  }
  if (text.size() <= prefix.size() || !equal_text(text.substr(0, prefix.size()), prefix)) return std::nullopt;
  std::uint16_t code = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + prefix.size(), end, code);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return code;
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Characters with a meaning in zone files, RFC 1035 §5.1.
[[nodiscard]] constexpr bool needs_backslash(char c) noexcept {
  return c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' || c == '$';
}

[[nodiscard]] char* put_byte(char* out, unsigned value) noexcept {
  const char c = static_cast<char>(value);
  if (value <= 0x20 || value >= 0x7f) {
    *out++ = '\\';
    *out++ = static_cast<char>('0' + value / 100);
    *out++ = static_cast<char>('0' + value / 10 % 10);
    *out++ = static_cast<char>('0' + value % 10);
    return out;
  }
  if (needs_backslash(c)) *out++ = '\\';
  *out++ = c;
  return out;
}

/// Takes one character or escape off the front of `text`; nothing when an escape is unfinished.
[[nodiscard]] std::optional<std::byte> take_byte(std::string_view& text) noexcept {
  const char first = text.front();
  text.remove_prefix(1);
  if (first != '\\') return static_cast<std::byte>(first);
  if (text.empty()) return std::nullopt;
  const char escaped = text.front();
  if (!is_digit(escaped)) {
    text.remove_prefix(1);
    return static_cast<std::byte>(escaped);
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  if (value > 255) return std::nullopt;
  text.remove_prefix(3);
  return static_cast<std::byte>(value);
}

}  // namespace

std::string_view name_to_text(base::Bytes plain, NameText& room) noexcept {
  if (plain.empty() || plain.size() > kMaxNameBytes) return {};
  char* out = room.data();
  base::ByteReader in(plain);
  for (std::size_t length = in.u8(); length != 0; length = in.u8()) {
    if (length > kMaxLabelBytes) return {};
    for (const std::byte value : in.bytes(length)) out = put_byte(out, std::to_integer<unsigned>(value));
    *out++ = '.';
  }
  if (!in.ok() || in.left() != 0) return {};
  if (out == room.data()) *out++ = '.';
  return {room.data(), static_cast<std::size_t>(out - room.data())};
}

base::Bytes name_from_text(std::string_view text, NameWire& room) noexcept {
  if (text == ".")
    text.remove_prefix(1);
  else if (text.empty())
    return {};
  std::size_t label_at = 0;
  std::size_t size = 1;  // behind the length byte of the current label
  const auto close_label = [&] {
    const std::size_t length = size - label_at - 1;
    room[label_at] = static_cast<std::byte>(length);
    label_at = size;
    return length != 0 && length <= kMaxLabelBytes && ++size <= kMaxNameBytes;
  };
  while (!text.empty()) {
    if (text.front() == '.') {
      text.remove_prefix(1);
      if (!close_label()) return {};
      continue;
    }
    const std::optional<std::byte> value = take_byte(text);
    if (!value || size >= kMaxNameBytes) return {};
    room[size++] = *value;
  }
  if (size != label_at + 1 && !close_label()) return {};
  room[label_at] = std::byte{0};
  return base::Bytes(room.data(), size);
}

std::string_view type_to_text(QType type, TypeText& room) noexcept {
  return to_text(kTypes, static_cast<std::uint16_t>(type), "TYPE", room);
}
std::optional<QType> type_from_text(std::string_view text) noexcept {
  const auto code = from_text(kTypes, text, "TYPE");
  return code ? std::optional(QType{*code}) : std::nullopt;
}

std::string_view class_to_text(QClass klass, TypeText& room) noexcept {
  return to_text(kClasses, static_cast<std::uint16_t>(klass), "CLASS", room);
}
std::optional<QClass> class_from_text(std::string_view text) noexcept {
  const auto code = from_text(kClasses, text, "CLASS");
  return code ? std::optional(QClass{*code}) : std::nullopt;
}

std::string_view rcode_to_text(Rcode rcode, TypeText& room) noexcept {
  return to_text(kRcodes, static_cast<std::uint16_t>(rcode), "RCODE", room);
}

}  // namespace dns
