// SPDX-License-Identifier: Apache-2.0
/// @file text.hpp – presentation text of names, types, classes and rcodes.
///
/// Purpose    for the control plane: flush commands, statistics, logs, local data. Writes into fixed buffers and so may
///            run on any thread, but is not meant for the packet path.
/// Threads    any; pure functions.
/// Cost       linear in the text; types and rcodes by a short search.
/// RFC        1035 §5.1 (escapes), 4343 §2.1 (escapes of any byte), 3597 §5 (TYPE123, CLASS32).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "dns/types.hpp"

namespace dns {

/// The longest text of a name: 250 bytes in labels of 63, 63, 63 and 61, each written \DDD, and four dots.
inline constexpr std::size_t kMaxNameTextBytes = 1004;
inline constexpr std::size_t kMaxTypeTextBytes = 10;  // CLASS65535

using NameText = std::array<char, kMaxNameTextBytes>;
using TypeText = std::array<char, kMaxTypeTextBytes>;
using NameWire = std::array<std::byte, kMaxNameBytes>;

/// A plain name as text with a dot at the end; "." is the root. The view lies in `room`; empty when `plain` is no name.
[[nodiscard]] std::string_view name_to_text(base::Bytes plain, NameText& room) noexcept;

/// The wire form of a name written with or without the last dot; letters keep their case. Empty when the text is not a
/// name: empty label, label above 63 or name above 255 bytes, unfinished escape. The bytes lie in `room`.
[[nodiscard]] base::Bytes name_from_text(std::string_view text, NameWire& room) noexcept;

/// "A", "AAAA", …; "TYPE65534" for the types that have no mnemonic here. Reading takes any letter case.
[[nodiscard]] std::string_view type_to_text(QType type, TypeText& room) noexcept;
[[nodiscard]] std::optional<QType> type_from_text(std::string_view text) noexcept;

/// "IN", "CH", "HS", "NONE", "ANY", else "CLASS32".
[[nodiscard]] std::string_view class_to_text(QClass klass, TypeText& room) noexcept;
[[nodiscard]] std::optional<QClass> class_from_text(std::string_view text) noexcept;

/// "NOERROR", "NXDOMAIN", …, else "RCODE12".
[[nodiscard]] std::string_view rcode_to_text(Rcode rcode, TypeText& room) noexcept;

}  // namespace dns
