// SPDX-License-Identifier: Apache-2.0
// The table meets the tree.
#include "keyfile/section.hpp"

#include <deque>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace keyfile {
namespace {

std::string joined(std::string_view parent, std::string_view name) {
  return parent.empty() ? std::string(name) : fmt::format("{}.{}", parent, name);
}

std::string_view kind_name(RawNode::Kind kind) {
  switch (kind) {
    case RawNode::Kind::kMap:
      return "a map";
    case RawNode::Kind::kList:
      return "a list";
    case RawNode::Kind::kText:
      return "a single value";
    case RawNode::Kind::kNull:
      break;
  }
  return "nothing";
}

RawNode::Kind kind_of(const KeySpec& spec) {
  if (spec.type == Type::kMap) return RawNode::Kind::kMap;
  return spec.type == Type::kList ? RawNode::Kind::kList : RawNode::Kind::kText;
}

class ShapeCheck {
 public:
  ShapeCheck(Table table, std::span<const RenamedKey> renamed, Problems& problems)
      : table_(table), renamed_(renamed), problems_(problems) {}

  void map(const RawNode& node, std::string_view path, std::string_view shown) const {
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const RawKey& key = node.keys[i];
      const KeySpec* spec = find_key(table_, joined(path, key.name));
      if (spec == nullptr || key.name.find_first_of(".[") != std::string::npos) {
        report_unknown(key, path, shown);
        continue;
      }
      report_duplicate(node, i, shown);
      value(node.children[i], *spec, joined(shown, key.name));
    }
  }

 private:
  void value(const RawNode& node, const KeySpec& spec, const std::string& shown) const {
    if (node.kind == RawNode::Kind::kText && is_word(spec, node.text)) return;
    const RawNode::Kind expected = kind_of(spec);
    if (node.kind != expected) {
      problems_.add(node.mark, shown, fmt::format("expected {}, got {}", kind_name(expected), kind_name(node.kind)),
                    spec.type == Type::kMap ? map_keys(spec) : allowed(spec));
    } else if (spec.type == Type::kMap) {
      map(node, spec.path, shown);
    } else if (spec.type == Type::kList) {
      list(node, spec, shown);
    }
  }

  void list(const RawNode& node, const KeySpec& spec, const std::string& shown) const {
    const std::size_t count = node.children.size();
    if (count < spec.min || count > spec.max) {
      problems_.add(node.mark, shown, fmt::format("{} elements are too {}", count, count < spec.min ? "few" : "many"),
                    allowed(spec));
    }
    const KeySpec* element = find_key(table_, fmt::format("{}[]", spec.path));
    SLUICE_REQUIRE(element != nullptr);
    for (std::size_t i = 0; i < count; ++i) value(node.children[i], *element, fmt::format("{}[{}]", shown, i));
  }

  void report_unknown(const RawKey& key, std::string_view path, std::string_view shown) const {
    const std::string full = joined(path, key.name);
    for (const RenamedKey& old : renamed_) {
      if (old.before != full) continue;
      problems_.add(key.mark, joined(shown, key.name), fmt::format("is now called {}", old.now));
      return;
    }
    const std::vector<std::string_view> siblings = children_of(table_, path);
    std::string hint = did_you_mean(key.name, siblings);
    for (const KeySpec& spec : table_) {
      if (hint.empty() && last_name(spec.path) == key.name) hint = fmt::format(", did you mean \"{}\"?", spec.path);
    }
    problems_.add(key.mark, joined(shown, key.name), "is not a known key" + hint,
                  fmt::format("{}", fmt::join(siblings, ", ")));
  }

  void report_duplicate(const RawNode& node, std::size_t index, std::string_view shown) const {
    for (std::size_t i = 0; i < index; ++i) {
      if (node.keys[i].name != node.keys[index].name) continue;
      problems_.add(node.keys[index].mark, joined(shown, node.keys[index].name),
                    fmt::format("is given twice, first in line {}", node.keys[i].mark.line), "each key once");
      return;
    }
  }

  [[nodiscard]] std::string map_keys(const KeySpec& spec) const {
    const std::string words = allowed(spec);
    return fmt::format("a map of {}{}{}", fmt::join(children_of(table_, spec.path), ", "), words.empty() ? "" : ", or ",
                       words);
  }

  Table table_;
  std::span<const RenamedKey> renamed_;
  Problems& problems_;
};

}  // namespace

// The table gives defaults as text of the file.
const RawNode& default_node(const KeySpec& spec) {
  static std::mutex mutex;
  static std::map<std::string_view, RawNode> parsed;
  const std::lock_guard guard(mutex);
  const auto known = parsed.find(spec.fallback);
  if (known != parsed.end()) return known->second;
  Problems problems;
  std::optional<RawNode> node = parse_yaml(spec.fallback, problems);
  SLUICE_REQUIRE(node.has_value());
  return parsed.emplace(spec.fallback, std::move(*node)).first->second;
}

void check_shape(Table table, const RawNode& root, Problems& problems, std::span<const RenamedKey> renamed) {
  if (root.kind == RawNode::Kind::kMap) {
    ShapeCheck(table, renamed, problems).map(root, {}, {});
  } else {
    problems.add(root.mark, {}, fmt::format("expected a map, got {}", kind_name(root.kind)),
                 fmt::format("a map of {}", fmt::join(children_of(table, {}), ", ")));
  }
}

Section::Section(Table table, const RawNode& root, Problems& problems)
    : table_(table),
      node_(root.kind == RawNode::Kind::kMap ? &root : nullptr),
      mark_(root.mark),
      problems_(&problems) {}

Section::Section(const Section& parent, const Found& found)
    : table_(parent.table_),
      node_(found.node),
      origin_(found.origin),
      mark_(found.mark),
      path_(found.spec->path),
      shown_(found.shown),
      problems_(parent.problems_) {}

const KeySpec& Section::spec_of(std::string_view key) const {
  const KeySpec* spec = find_key(table_, joined(path_, key));
  SLUICE_REQUIRE(spec != nullptr);
  return *spec;
}

Section::Found Section::find(std::string_view key, RawNode::Kind kind) const {
  const KeySpec& spec = spec_of(key);
  Found found{&spec, nullptr, mark_, joined(shown_, key), Origin::kBad};
  if (node_ == nullptr) return found;
  const bool words_only = node_->kind == RawNode::Kind::kText;  // "auto" for a whole map: all of it is default
  if (const RawNode* node = node_->find(key)) {
    found.mark = node->mark;
    const bool is_a_word = node->kind == RawNode::Kind::kText && is_word(spec, node->text);
    if (node->kind != kind && !is_a_word) return found;
    found.node = node;
    found.origin = origin_;
  } else if (!spec.fallback.empty()) {
    found.node = &default_node(spec);
    found.origin = Origin::kDefault;
  } else if (!words_only) {
    problems_->add(mark_, found.shown, "is missing", allowed(spec));
  }
  return found;
}

Section::Found Section::element(const Found& list, std::size_t index) const {
  Found found;
  found.spec = find_key(table_, fmt::format("{}[]", list.spec->path));
  SLUICE_REQUIRE(found.spec != nullptr);
  found.node = &list.node->children[index];
  found.mark = list.origin == Origin::kFile ? found.node->mark : list.mark;
  found.shown = fmt::format("{}[{}]", list.shown, index);
  found.origin = list.origin;
  return found;
}

namespace {

template <class T>
Marked<Scalar> as_scalar(Marked<std::optional<T>> from) {
  Marked<Scalar> result{{}, from.mark, std::move(from.key), from.origin};
  if (from.value) result.value = std::move(*from.value);
  return result;
}

}  // namespace

Marked<Scalar> Section::scalar_of(std::string_view key) const {
  const KeySpec& spec = spec_of(key);
  switch (spec.type) {
    case Type::kInteger:
    case Type::kBytes:
    case Type::kPercent:
      return as_scalar(get<std::optional<std::uint64_t>>(key));
    case Type::kDuration:
      return as_scalar(get<std::optional<std::chrono::nanoseconds>>(key));
    case Type::kFraction:
      return as_scalar(get<std::optional<double>>(key));
    case Type::kChoice: {
      Marked<std::string> text = get<std::string>(key);
      Marked<Scalar> result{{}, text.mark, std::move(text.key), text.origin};
      if (text.usable()) result.value = *find_word(spec, text.value);
      return result;
    }
    default:
      return as_scalar(get<std::optional<std::string>>(key));
  }
}

Section Section::section(std::string_view key) const { return {*this, find(key, RawNode::Kind::kMap)}; }

std::vector<Section> Section::sections(std::string_view key) const {
  const Found found = find(key, RawNode::Kind::kList);
  std::vector<Section> result;
  if (found.node == nullptr) return result;
  for (std::size_t i = 0; i < found.node->children.size(); ++i) {
    Found item = element(found, i);
    if (item.node->kind != RawNode::Kind::kMap) item.node = nullptr;
    result.push_back(Section(*this, item));
  }
  return result;
}

}  // namespace keyfile
