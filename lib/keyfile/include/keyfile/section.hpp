// SPDX-License-Identifier: Apache-2.0
/// @file section.hpp – reads typed values out of a map of the file by a table: defaults, words, ranges, marks.
///
/// Purpose    one call reads one key; what is wrong is reported once, and the value is marked unusable.
/// Threads    control; values and pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
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
  kBad,  // the problem is already reported; the value must not be used
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
  bool is_word = false;  // "auto" is given instead of a list
};

/// The parsed default of a key. The key has a default.
[[nodiscard]] const RawNode& default_node(const KeySpec& spec);

/// Reports what a table forbids: unknown, renamed and duplicate keys, scalars for lists and the like.
void check_shape(Table table, const RawNode& root, Problems& problems, std::span<const RenamedKey> renamed = {});

/// The value of any scalar key: monostate for a word instead of a value, Word for a kChoice.
using Scalar = std::variant<std::monostate, std::uint64_t, std::chrono::nanoseconds, double, std::string, Word>;

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

  /// The enumerator that the table gives for the word.
  template <class E>
  [[nodiscard]] Marked<E> choice(std::string_view key) const {
    const Marked<std::string> text = get<std::string>(key);
    Marked<E> result{{}, text.mark, text.key, text.origin};
    if (!text.usable()) return result;
    const Word* word = find_word(spec_of(key), text.value);
    SLUICE_REQUIRE(word != nullptr && word->type == &kEnumTag<E>);  // the row names another enumeration
    result.value = static_cast<E>(word->value);
    return result;
  }

  /// Any scalar but an address, a prefix or a zone, by the type of its row.
  [[nodiscard]] Marked<Scalar> scalar_of(std::string_view key) const;

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
