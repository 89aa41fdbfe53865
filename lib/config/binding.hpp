// SPDX-License-Identifier: Apache-2.0
// Where the value of a key goes in Settings. A row of the table with a Binding needs no other code to be read, stored
// and, if it needs a restart, kept at a reload. Private to this library.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <variant>

#include "base/contract.hpp"
#include "config/settings.hpp"
#include "keyfile/section.hpp"

namespace keyfile {

struct Binding {
  /// Stores the value of the key, of element `element` of its list; nullptr: settle.cpp does so.
  void (*put)(config::Settings& settings, std::size_t element, const Scalar& value) = nullptr;
  /// Copies what follows from the key from the running settings, when a reload may not change it.
  void (*keep)(config::Settings& fresh, const config::Settings& running) = nullptr;
};

}  // namespace keyfile

namespace config {

/// A word instead of a value ("none", "off") becomes zero or the empty string.
template <class To>
void assign(To& to, const keyfile::Scalar& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    to = To{};
  } else if constexpr (std::is_enum_v<To>) {
    const auto& word = std::get<keyfile::Word>(value);
    SLUICE_REQUIRE(word.type == &keyfile::kEnumTag<To>);  // the row's words are of another enumeration
    to = static_cast<To>(word.value);
  } else if constexpr (std::is_floating_point_v<To>) {
    to = std::get<double>(value);
  } else if constexpr (std::is_unsigned_v<To>) {
    constexpr std::uint64_t kMost = std::numeric_limits<To>::max();
    to = static_cast<To>(std::min(std::get<std::uint64_t>(value), kMost));
  } else if constexpr (std::is_same_v<To, std::string> || std::is_same_v<To, std::filesystem::path>) {
    to = std::get<std::string>(value);
  } else {
    to = std::chrono::duration_cast<To>(std::get<std::chrono::nanoseconds>(value));
  }
}

/// object.*First.*Rest…
template <auto First, auto... Rest, class Object>
[[nodiscard]] auto& member(Object& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*First;
  } else {
    return member<Rest...>(object.*First);
  }
}

template <auto... Path>
struct OfSettings {
  static void put(Settings& settings, std::size_t /*element*/, const keyfile::Scalar& value) {
    assign(member<Path...>(settings), value);
  }
  static void keep(Settings& fresh, const Settings& running) { member<Path...>(fresh) = member<Path...>(running); }
};

template <auto... Path>
struct OfUplink {
  static void put(Settings& settings, std::size_t element, const keyfile::Scalar& value) {
    auto& uplinks = settings.egress.uplinks;
    if (element < uplinks.size()) assign(member<Path...>(uplinks[element]), value);
  }
  static void keep(Settings& fresh, const Settings& running) {
    auto& uplinks = fresh.egress.uplinks;
    const auto& old = running.egress.uplinks;
    for (std::size_t i = 0; i < std::min(uplinks.size(), old.size()); ++i) {
      member<Path...>(uplinks[i]) = member<Path...>(old[i]);
    }
  }
};

template <auto Member>
struct OfRule {
  static void put(Settings& settings, std::size_t element, const keyfile::Scalar& value) {
    auto& rules = settings.blocks.rules;
    if (element < rules.size()) assign(rules[element].*Member, value);
  }
};

template <egress::NameClass Class>
struct OfOverload {
  static void put(Settings& settings, std::size_t /*element*/, const keyfile::Scalar& value) {
    assign(settings.egress.overload[static_cast<std::size_t>(Class)], value);
  }
};

template <const keyfile::Binding& First, const keyfile::Binding&... More>
struct Several {
  static void keep(Settings& fresh, const Settings& running) {
    First.keep(fresh, running);
    (More.keep(fresh, running), ...);
  }
};

/// A member of Settings, by a path of pointers to members.
template <auto... Path>
inline constexpr keyfile::Binding kTo{.put = &OfSettings<Path...>::put, .keep = &OfSettings<Path...>::keep};
/// The same for a member that settle.cpp stores.
template <auto... Path>
inline constexpr keyfile::Binding kKeep{.put = nullptr, .keep = &OfSettings<Path...>::keep};
/// A member of egress::UplinkSettings, for keys below `uplinks[]`.
template <auto... Path>
inline constexpr keyfile::Binding kUplink{.put = &OfUplink<Path...>::put, .keep = &OfUplink<Path...>::keep};
template <auto... Path>
inline constexpr keyfile::Binding kUplinkKeep{.put = nullptr, .keep = &OfUplink<Path...>::keep};
/// A member of BlockRule, for keys below `blocks.rules[]`.
template <auto Member>
inline constexpr keyfile::Binding kRule{.put = &OfRule<Member>::put, .keep = nullptr};
template <egress::NameClass Class>
inline constexpr keyfile::Binding kOverload{.put = &OfOverload<Class>::put, .keep = nullptr};
/// A key from which other members follow: they are kept together with it.
template <const keyfile::Binding& First, const keyfile::Binding&... More>
inline constexpr keyfile::Binding kAlso{.put = First.put, .keep = &Several<First, More...>::keep};

[[nodiscard]] constexpr bool is_complete(std::span<const keyfile::KeySpec> keys) {
  return std::ranges::all_of(keys, [](const keyfile::KeySpec& key) {
    if (key.type == keyfile::Type::kMap) return key.reload == keyfile::Reload::kParts;
    if (key.reload == keyfile::Reload::kLive || key.path.ends_with("[]")) return true;
    return key.reload == keyfile::Reload::kRestart && key.to != nullptr && key.to->keep != nullptr;
  });
}

// The parts of the table.
[[nodiscard]] keyfile::Table network_keys();
[[nodiscard]] keyfile::Table client_keys();
[[nodiscard]] keyfile::Table service_keys();

/// Stores every key that has a Binding. The lists of uplinks and rules have their final length.
void put_values(const keyfile::Section& file, Settings& settings);
/// What needs a restart is taken from the running settings.
void keep_running(const Settings& running, Settings& fresh);

}  // namespace config
