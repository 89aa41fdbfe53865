// SPDX-License-Identifier: Apache-2.0
// Walks the table and the tree together; each value is parsed and printed again, so that "60s" and "1m" are equal.
#include "keyfile/key_values.hpp"

#include <functional>

#include <fmt/core.h>

#include "keyfile/section.hpp"

namespace keyfile {
namespace {

constexpr unsigned kMappedBits = 96;  // IPv4 addresses are stored as IPv4-mapped IPv6 addresses

template <class T>
Parsed<T> read(const KeySpec& spec, const std::string& text) {
  return parse_as(spec, text, static_cast<const T*>(nullptr));
}

std::string spelled(const net::IpAddress& address, unsigned bits) { return fmt::format("{}/{}", show(address), bits); }

Parsed<std::string> respelled(const KeySpec& spec, const std::string& text) {
  switch (spec.type) {
    case Type::kInteger:
      return read<std::uint64_t>(spec, text).map([](std::uint64_t n) { return std::to_string(n); });
    case Type::kPercent:
      return read<std::uint64_t>(spec, text).map([](std::uint64_t n) { return fmt::format("{}%", n); });
    case Type::kFraction:
      return read<double>(spec, text).map([](double number) { return fmt::format("{}", number); });
    case Type::kBytes:
      return read<std::uint64_t>(spec, text).map(show_bytes);
    case Type::kDuration:
      return read<std::chrono::nanoseconds>(spec, text).map([](std::chrono::nanoseconds time) {
        return show_duration(static_cast<std::uint64_t>(time.count()));
      });
    case Type::kAddress:
      return read<net::IpAddress>(spec, text).map(show);
    case Type::kInterfaceAddress:
      return read<InterfaceAddress>(spec, text).map([](const InterfaceAddress& ours) {
        return spelled(ours.address, ours.prefix_bits);
      });
    case Type::kPrefix:
      return read<net::Prefix>(spec, text).map([](const net::Prefix& prefix) {
        return spelled(prefix.address, prefix.length - (prefix.address.is_v4() ? kMappedBits : 0U));
      });
    case Type::kSecret:  // shows a change without the secret, as values are logged
      return fmt::format("secret #{:08x}", std::hash<std::string>()(text) & 0xffff'ffffU);
    case Type::kZone:
      return read<Zone>(spec, text).map([](const Zone& zone) { return zone.text; });
    default:
      return text;
  }
}

std::string scalar(const KeySpec& spec, const RawNode& node) {
  return is_word(spec, node.text) ? node.text : respelled(spec, node.text).value_or(node.text);
}

class Walk {
 public:
  explicit Walk(Table table) : table_(table) {}

  [[nodiscard]] std::vector<KeyValue> take() && { return std::move(values_); }

  /// If `node` is null or a word ("auto"), all keys below it have their defaults.
  void map(const RawNode* node, const std::string& path, const std::string& shown) {
    for (const std::string_view name : children_of(table_, path)) {
      const KeySpec& spec = *find_key(table_, path.empty() ? std::string(name) : fmt::format("{}.{}", path, name));
      const RawNode* child = node == nullptr ? nullptr : node->find(name);
      if (child == nullptr && !spec.fallback.empty()) child = &default_node(spec);
      if (child != nullptr) value(spec, *child, shown.empty() ? std::string(name) : fmt::format("{}.{}", shown, name));
    }
  }

 private:
  void value(const KeySpec& spec, const RawNode& node, const std::string& shown) {
    if (spec.type == Type::kMap) {
      map(&node, std::string(spec.path), shown);
    } else if (spec.type == Type::kList && node.kind == RawNode::Kind::kList) {
      list(spec, node, shown);
    } else {
      values_.push_back({shown, scalar(spec, node), spec.reload});
    }
  }

  void list(const KeySpec& spec, const RawNode& node, const std::string& shown) {
    const KeySpec& element = *find_key(table_, fmt::format("{}[]", spec.path));
    if (element.type == Type::kMap) {
      for (std::size_t i = 0; i < node.children.size(); ++i)
        value(element, node.children[i], fmt::format("{}[{}]", shown, i));
      return;
    }
    std::string text;
    for (const RawNode& child : node.children) {
      if (!text.empty()) text += ", ";
      text += scalar(element, child);
    }
    values_.push_back({shown, fmt::format("[{}]", text), spec.reload});
  }

  Table table_;
  std::vector<KeyValue> values_;
};

}  // namespace

std::vector<KeyValue> key_values(Table table, const RawConfig& raw) {
  Walk walk(table);
  walk.map(&raw, {}, {});
  return std::move(walk).take();
}

}  // namespace keyfile
