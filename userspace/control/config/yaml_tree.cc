// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <utility>

#include "base/long_work.h"
#include "control/config/problems.h"
#include "control/config/utf8.h"

namespace hvs::config {

namespace {

struct Stop {
  Mark mark;
  std::string what;
  std::string fix;
};

Mark mark_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t sum = 1;
  for (const YamlNode& item : node.items) sum += count_nodes(item);
  return sum;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const YamlNode& item : node.items) deepest = std::max(deepest, depth_of(item));
  return deepest + 1;
}

/// Builds the tree from yaml-cpp's events and stops at the first thing that a configuration cannot mean.
class Builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(make(YamlNode::Kind::null, mark, {}), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::scalar, mark, tag);
    node.text = value;
    finish(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Stop{mark_of(mark), "alias of a value that contains it", "Write the value out"};
    }
    if (open_.size() + depth_of(found->second) > kMaxDepth) too_deep(mark);
    aliased_ += count_nodes(found->second);
    if (aliased_ > kMaxAliasedNodes) {
      throw Stop{mark_of(mark), "aliases stand for more than " + std::to_string(kMaxAliasedNodes) + " values",
                 "Write the values out"};
    }
    attach(YamlNode(found->second));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::sequence, mark, tag), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::map, mark, tag), anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YamlNode& root() { return root_; }

 private:
  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Stop{mark_of(mark), "nested deeper than " + std::to_string(kMaxDepth) + " levels", {}};
  }
  void count(const YAML::Mark& mark, std::size_t nodes) {
    count_ += nodes;
    if (count_ > kMaxNodes) {
      throw Stop{mark_of(mark), "more than " + std::to_string(kMaxNodes) + " values",
                 "Remove services or dests"};
    }
  }
  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    count(mark, 1);
    // yaml-cpp: "?" is a plain scalar or collection, "!" a quoted scalar.
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Stop{mark_of(mark), "the tag '" + printable(tag) + "' is not understood", "Leave tags out"};
    }
    YamlNode node;
    node.kind = kind;
    node.mark = mark_of(mark);
    LongWork::piece_done();
    return node;
  }
  void open(YamlNode node, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxDepth) {
      throw Stop{node.mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels", {}};
    }
    open_.emplace_back(std::move(node), anchor);
  }
  void close() {
    auto [node, anchor] = std::move(open_.back());
    open_.pop_back();
    finish(std::move(node), anchor);
  }
  void finish(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      count_ += count_nodes(node);  // kept twice from here on; the next value checks the bound
      anchors_[anchor] = node;
    }
    attach(std::move(node));
  }
  void attach(YamlNode node) {
    if (!open_.empty() && open_.back().first.kind == YamlNode::Kind::map &&
        node.kind == YamlNode::Kind::null && open_.back().first.items.size() % 2 == 1) {
      node.mark = open_.back().first.items.back().mark;  // yaml-cpp gives the place of what comes after
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().first.items.push_back(std::move(node));
    }
  }

  YamlNode root_;
  std::vector<std::pair<YamlNode, YAML::anchor_t>> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t count_ = 0;
  std::size_t aliased_ = 0;
};

/// YAML forbids tabs in indentation, but what yaml-cpp says of them does not mention tabs.
bool refuse_tabs(std::string_view text, Problems& problems) {
  std::uint32_t line = 1;
  bool indentation = true;
  std::uint32_t column = 1;
  for (std::size_t i = 0; i < text.size(); ++i, ++column) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      column = 0;
      indentation = true;
    } else if (c == '\t' && indentation) {
      const std::size_t rest = text.find_first_not_of(" \t\r", i);
      if (rest == std::string_view::npos || text[rest] == '\n' || text[rest] == '#') continue;
      problems.add(Mark{line, column}, "tab in the indentation", "Indent with spaces");
      return false;
    } else if (c != ' ') {
      indentation = false;
    }
  }
  return true;
}

bool check_text(std::string_view text, Problems& problems) {
  if (text.size() > kMaxFileBytes) {
    problems.add(Mark{}, "larger than " + std::to_string(kMaxFileBytes >> 20) + " MiB",
                 "This is no configuration of HVS");
    return false;
  }
  if (const auto bad = first_non_utf8(text); bad) {
    problems.add(Mark{bad->line, bad->column}, bad->control ? "control character" : "not UTF-8 text",
                 bad->control ? "Remove it" : "Save the file as UTF-8");
    return false;
  }
  return refuse_tabs(text, problems);
}

}  // namespace

bool parse_yaml(std::string_view text, Problems& problems, YamlNode& root) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!check_text(text, problems)) return false;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) {
      root = YamlNode{};
      return true;
    }
    Builder second;
    if (parser.HandleNextDocument(second)) {
      problems.add(second.root().mark, "a second YAML document begins here", "Keep one document in the file");
      return false;
    }
    root = std::move(builder.root());
    return true;
  } catch (const Stop& stop) {
    problems.add(stop.mark, stop.what, stop.fix);
  } catch (const YAML::Exception& e) {
    problems.add(mark_of(e.mark), "YAML: " + printable(e.msg),
                 "Look at the indentation, brackets and quotes here and just above");
  } catch (const std::exception& e) {
    problems.add(Mark{}, std::string("YAML: ") + printable(e.what()));
  }
  return false;
}

const YamlNode* YamlNode::find(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t i = 0; i < entries(); ++i) {
    if (key(i).kind == Kind::scalar && key(i).text == name) return &value(i);
  }
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view name) {
  return const_cast<YamlNode*>(std::as_const(*this).find(name));  // NOLINT: of this very object
}

void YamlNode::drop(std::string_view name) {
  if (kind != Kind::map) return;
  for (std::size_t i = entries(); i-- > 0;) {
    if (key(i).kind != Kind::scalar || key(i).text != name) continue;
    const auto at = items.begin() + static_cast<std::ptrdiff_t>(i * 2);
    items.erase(at, at + 2);
  }
}

void YamlNode::put(std::string_view name, YamlNode node) {
  items.push_back(scalar(std::string(name)));
  items.push_back(std::move(node));
}

YamlNode YamlNode::scalar(std::string text) {
  YamlNode node;
  node.kind = Kind::scalar;
  node.text = std::move(text);
  return node;
}

YamlNode YamlNode::sequence(std::vector<YamlNode> items) {
  YamlNode node;
  node.kind = Kind::sequence;
  node.items = std::move(items);
  return node;
}

YamlNode YamlNode::map() {
  YamlNode node;
  node.kind = Kind::map;
  return node;
}

std::string_view YamlNode::what() const {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return "a single value";
    case Kind::sequence: return "a list";
    case Kind::map: return "a map";
  }
  return "?";
}

}  // namespace hvs::config
