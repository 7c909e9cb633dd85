// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/long_work.h"
#include "base/suggest.h"
#include "control/config/problems.h"
#include "control/config/utf8.h"
#include "control/config/yaml_tree.h"

// A setting is declared once, as a Setting in a Section (schema.cc): the loader reads by it, the writer
// writes by it, and config/reference.md is printed from it.
namespace hvs::config {

/// What a person needs to know of a setting.
struct SettingDoc {
  std::string key;
  std::string type;      // "integer", "duration", "map", ...
  std::string allowed;   // range or list of values, with the unit; may be empty
  std::string fallback;  // the default as it would be written; empty: none
  bool required = false;
  std::string help;
  std::string section;  // path of the section that a map or list opens; empty: a plain value
};

template <typename T>
struct Setting {
  SettingDoc doc;
  std::function<void(const YamlNode&, const Scope&, T&)> read;
  /// Nothing: leave it out, the default says the same.
  std::function<std::optional<YamlNode>(const T&)> write;
};

template <typename T>
struct Section {
  std::string path;  // as in the reference: "services[].dests[]"
  std::string help;
  std::vector<Setting<T>> settings;
  /// Defaults that depend on other settings, and checks between settings of this map.
  std::function<void(const YamlNode&, const Scope&, T&)> finish;
};

template <typename T>
std::vector<std::string_view> keys_of(const Section<T>& section) {
  std::vector<std::string_view> keys;
  for (const Setting<T>& setting : section.settings) keys.push_back(setting.doc.key);
  return keys;
}

/// False (with a problem) unless `node` is of that kind. `fix` helps with a value of another one.
inline bool expect(const YamlNode& node, YamlNode::Kind kind, const Scope& scope, std::string fix = {}) {
  if (node.kind == kind) return true;
  YamlNode wanted;
  wanted.kind = kind;
  if (node.kind == YamlNode::Kind::null) {
    scope.fail(node, "has no value", "Give it " + std::string(wanted.what()) + ", or leave the key out");
  } else {
    scope.fail(node, std::string(node.what()) + " where " + std::string(wanted.what()) + " belongs",
               std::move(fix));
  }
  return false;
}

/// Refuses keys that the section does not have, and keys given twice.
template <typename T>
void check_keys(const YamlNode& map, const Section<T>& section, const Scope& scope) {
  const std::string inside = scope.path().empty() ? "" : " in " + scope.path();
  std::vector<const YamlNode*> seen;
  for (std::size_t i = 0; i < map.entries(); ++i) {
    const YamlNode& key = map.key(i);
    if (key.kind != YamlNode::Kind::scalar) {
      scope.problems().add(key, std::string(key.what()) + " as a key" + inside, "Keys are plain words");
      continue;
    }
    const auto keys = keys_of(section);
    if (std::find(keys.begin(), keys.end(), key.text) == keys.end()) {
      scope.problems().add(key, "unknown key `" + printable(key.text) + "`" + inside,
                           did_you_mean(key.text, keys));
      continue;
    }
    const auto first = std::find_if(seen.begin(), seen.end(),
                                    [&](const YamlNode* other) { return other->text == key.text; });
    if (first != seen.end()) {
      scope.problems().add(key, "key `" + key.text + "`" + inside + " is given twice",
                           "It was given " + scope.problems().there((*first)->mark) + " already");
    } else {
      seen.push_back(&key);
    }
  }
}

/// How a map is written, for one who wrote something else.
template <typename T>
std::string how_to_write(const Section<T>& section) {
  std::string keys;
  for (const std::string_view key : keys_of(section)) keys += (keys.empty() ? "" : ", ") + std::string(key);
  return "Write `{ KEY: VALUE }`, with these keys: " + keys;
}

template <typename T>
void read_section(const YamlNode& map, const Section<T>& section, const Scope& scope, T& out) {
  if (map.kind != YamlNode::Kind::map) {
    (void)expect(map, YamlNode::Kind::map, scope, how_to_write(section));
    return;
  }
  check_keys(map, section, scope);
  for (const Setting<T>& setting : section.settings) {
    if (const YamlNode* value = map.find(setting.doc.key); value != nullptr) {
      setting.read(*value, scope.key(setting.doc.key), out);
    } else if (setting.doc.required) {
      scope.problems().missing(
          map, setting.doc.key,
          (scope.path().empty() ? "" : scope.path() + ": ") + "`" + setting.doc.key + "` is missing",
          "It is required: " + setting.doc.help);
    }
  }
  if (section.finish) section.finish(map, scope, out);
  LongWork::piece_done();
}

template <typename T>
YamlNode write_section(const Section<T>& section, const T& value) {
  YamlNode map = YamlNode::map();
  for (const Setting<T>& setting : section.settings) {
    if (auto node = setting.write(value); node) map.put(setting.doc.key, std::move(*node));
  }
  LongWork::piece_done();
  return map;
}

}  // namespace hvs::config
