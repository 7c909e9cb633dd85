// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/problems.h"

#include <algorithm>
#include <tuple>

#include "control/config/utf8.h"

namespace hvs::config {

void Problems::add(Mark mark, std::string what, std::string fix) {
  if (found_.size() == kMaxShown) {
    ++more_;
    return;
  }
  found_.push_back({mark, {std::move(what), where(mark), std::move(fix)}});
}

std::string Problems::where(Mark mark) const {
  if (operations_) {
    return mark.line == 0 ? "the operations together" : "operation " + std::to_string(mark.line);
  }
  if (mark.line == 0) return file_;
  return file_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string Problems::there(Mark mark) const {
  if (!operations_) return "on line " + std::to_string(mark.line);
  return mark.line == 0 ? "in the running configuration" : "in operation " + std::to_string(mark.line);
}

void Problems::missing(const YamlNode& map, std::string_view key, std::string what, std::string fix) {
  missing_.emplace(&map, std::string(key));
  add(map.mark, std::move(what), std::move(fix));
}

bool Problems::usable(const YamlNode& map, std::string_view key) const {
  if (const YamlNode* value = map.find(key); value != nullptr) return !bad(*value);
  return !missing_.contains({&map, std::string(key)});
}

std::vector<Error> Problems::errors() && {
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
    return std::tie(a.mark.line, a.mark.column) < std::tie(b.mark.line, b.mark.column);
  });
  std::vector<Error> out;
  out.reserve(found_.size() + 1);
  for (Found& found : found_) out.push_back(std::move(found.error));
  if (more_ != 0) {
    out.push_back({"and " + std::to_string(more_) + " more problems", where({}), "Mend those above first"});
  }
  return out;
}

/// What the path leads to; nullptr: unknown.
const YamlNode* Scope::node() const {
  if (parent_ == nullptr) return problems_->named_in();
  const YamlNode* parent = parent_->node();
  if (parent == nullptr) return nullptr;
  if (!name_.empty()) return parent->kind == YamlNode::Kind::map ? parent->find(name_) : nullptr;
  return parent->kind == YamlNode::Kind::sequence && index_ < parent->items.size() ? &parent->items[index_]
                                                                                   : nullptr;
}

std::string Scope::path() const {
  if (parent_ == nullptr) return {};
  std::string text = parent_->path();
  if (name_.empty()) {
    const YamlNode* entry = node();
    for (const char* key : {"name", "address"}) {
      if (entry == nullptr || entry->kind != YamlNode::Kind::map) break;
      if (const YamlNode* value = entry->find(key); value != nullptr && value->kind == YamlNode::Kind::scalar)
        return text + "[" + quoted(value->text) + "]";
    }
    return text + "[" + std::to_string(index_) + "]";
  }
  if (!text.empty()) text += ".";
  return text + std::string(name_);
}

void Scope::fail(const YamlNode& node, std::string_view what, std::string fix) const {
  std::string text = path();
  if (!text.empty()) text += ": ";
  text += what;
  problems_->add(node, std::move(text), std::move(fix));
}

}  // namespace hvs::config
