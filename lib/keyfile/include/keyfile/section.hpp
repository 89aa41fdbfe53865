// SPDX-License-Identifier: Apache-2.0
/// @file section.hpp – reads typed values out of a map of the file by a table: defaults, words, ranges, marks.
///
/// Purpose    one call reads one key; what is wrong is reported once, and the value is marked unusable.
/// Threads    control; values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/contract.hpp"
#include "keyfile/keys.hpp"
#include "keyfile/problems.hpp"
#include "keyfile/raw.hpp"
#include "keyfile/values.hpp"

namespace keyfile {

enum class Origin : std::uint8_t {
  kDefault,
  kFile,
  kBad,  // the problem is already noted; the value means nothing
};

template <class T>
struct Marked {
  T value{};
  Mark mark;        // of the value, or of the map that lacks it
  std::string key;  // as a message names it: "uplinks[1].budget.limit"
  Origin origin = Origin::kDefault;

  [[nodiscard]] bool given() const noexcept { return origin == Origin::kFile; }
  [[nodiscard]] bool usable() const noexcept { return origin != Origin::kBad; }
};

template <class T>
struct MarkedList {
  std::vector<Marked<T>> items;
  Mark mark;
  std::string key;
  Origin origin = Origin::kDefault;
  bool is_word = false;  // "auto" stands there instead of a list
};

/// The node that stands in the table for a key that is not given; parsed once. The key has a default.
[[nodiscard]] const RawNode& default_node(const KeySpec& spec);

/// Reports what a table forbids: unknown and duplicate keys, scalars for lists and the like.
void check_shape(Table table, const RawNode& root, Problems& problems);

/// One map of the file. What check_shape() has reported is not reported again.
class Section {
 public:
  /// The whole file.
  Section(Table table, const RawNode& root, Problems& problems);

  [[nodiscard]] Mark mark() const noexcept { return mark_; }
  [[nodiscard]] Section section(std::string_view key) const;
  [[nodiscard]] std::vector<Section> sections(std::string_view key) const;

  template <class T>
  [[nodiscard]] Marked<T> get(std::string_view key) const {
    const Found found = find(key, RawNode::Kind::kText);
    return scalar<T>(found);
  }

  /// A word of the table as the enumerator at its place.
  template <class E>
  [[nodiscard]] Marked<E> choice(std::string_view key) const {
    const Marked<std::string> word = get<std::string>(key);
    const std::vector<std::string_view> words = words_of(spec_of(key));
    Marked<E> result{{}, word.mark, word.key, word.origin};
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == word.value) result.value = static_cast<E>(i);
    }
    return result;
  }

  template <class T>
  [[nodiscard]] MarkedList<T> list(std::string_view key) const {
    const Found found = find(key, RawNode::Kind::kList);
    MarkedList<T> result{{}, found.mark, found.shown, found.origin, false};
    if (found.node == nullptr) return result;
    result.is_word = found.node->kind == RawNode::Kind::kText;
    for (std::size_t i = 0; i < found.node->children.size(); ++i) result.items.push_back(scalar<T>(element(found, i)));
    return result;
  }

 private:
  struct Found {
    const KeySpec* spec = nullptr;
    const RawNode* node = nullptr;  // nullptr: nothing usable
    Mark mark;
    std::string shown;
    Origin origin = Origin::kBad;
  };

  Section(const Section& parent, const Found& found);

  [[nodiscard]] const KeySpec& spec_of(std::string_view key) const;
  /// The node of `key`, or the table's default, when its kind is `kind` or it is a word.
  [[nodiscard]] Found find(std::string_view key, RawNode::Kind kind) const;
  [[nodiscard]] Found element(const Found& list, std::size_t index) const;

  template <class T>
  [[nodiscard]] Marked<T> scalar(const Found& found) const {
    Marked<T> result{{}, found.mark, found.shown, found.origin};
    if (found.node == nullptr || found.node->kind != RawNode::Kind::kText) {
      result.origin = Origin::kBad;
      return result;
    }
    Parsed<T> value = parse_as(*found.spec, found.node->text, static_cast<const T*>(nullptr));
    if (value) {
      result.value = std::move(*value);
    } else {
      SLUICE_REQUIRE(found.origin != Origin::kDefault);  // the tables' own defaults are right
      problems_->add(found.mark, found.shown, value.error(), allowed(*found.spec));
      result.origin = Origin::kBad;
    }
    return result;
  }

  Table table_;
  const RawNode* node_;  // nullptr: nothing usable here, stay silent
  Origin origin_ = Origin::kFile;
  Mark mark_;
  std::string path_;   // in the table
  std::string shown_;  // in messages
  Problems* problems_;
};

}  // namespace keyfile
