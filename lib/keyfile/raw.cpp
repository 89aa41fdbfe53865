// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's events become RawNodes. The event interface, not YAML::Node, because it shows duplicate keys and every
// mark, and because depth can be refused before memory is spent.
#include "keyfile/raw.hpp"

#include <sstream>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace keyfile {
namespace {

Mark to_mark(const YAML::Mark& mark) { return mark.is_null() ? Mark{1, 1} : Mark{mark.line + 1, mark.column + 1}; }

/// Builds the tree. An unwanted feature of YAML ends the parse by exception, as yaml-cpp itself does.
class TreeBuilder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    put(RawNode{RawNode::Kind::kNull, to_mark(mark), {}, {}, {}}, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw YAML::ParserException(mark, "aliases are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    put(RawNode{RawNode::Kind::kText, to_mark(mark), value, {}, {}}, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(RawNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(RawNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] RawNode take() { return std::move(root_); }

 private:
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw YAML::ParserException(mark, "anchors are not supported");
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") throw YAML::ParserException(mark, "tags are not supported");
  }

  /// In a map, events alternate between key and value.
  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().kind == RawNode::Kind::kMap &&
           open_.back().keys.size() == open_.back().children.size();
  }

  void put(RawNode node, const YAML::Mark& mark) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (expects_key()) {
      if (node.kind != RawNode::Kind::kText) throw YAML::ParserException(mark, "a key must be plain text");
      open_.back().keys.push_back({std::move(node.text), node.mark});
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  void open(RawNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) throw YAML::ParserException(mark, "a key must be plain text");
    if (open_.size() >= kMaxDepth) throw YAML::ParserException(mark, fmt::format("deeper than {} levels", kMaxDepth));
    open_.push_back({kind, to_mark(mark), {}, {}, {}});
  }

  void close() {
    RawNode node = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  std::vector<RawNode> open_;
  RawNode root_;
};

}  // namespace

const RawNode* RawNode::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == name) return &children[i];
  }
  return nullptr;
}

std::optional<RawConfig> parse_yaml(std::string_view text, Problems& problems) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder tree;
    if (!parser.HandleNextDocument(tree)) {
      problems.add({1, 1}, {}, "the file is empty");
      return std::nullopt;
    }
    TreeBuilder rest;
    if (parser.HandleNextDocument(rest)) {
      problems.add({1, 1}, {}, "a second document begins in the file; allowed: one document");
      return std::nullopt;
    }
    return tree.take();
  } catch (const YAML::Exception& exception) {
    problems.add(to_mark(exception.mark), {}, fmt::format("not YAML that is understood here: {}", exception.msg));
  } catch (const std::exception& exception) {
    problems.add({1, 1}, {}, fmt::format("not readable as YAML: {}", exception.what()));
  }
  return std::nullopt;
}

}  // namespace keyfile
