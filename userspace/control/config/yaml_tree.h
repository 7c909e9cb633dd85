// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hvs::config {

/// A place in a file, counted from 1; line 0: the file as a whole.
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// A YAML document as plain values. yaml-cpp's own nodes hide duplicate keys, lose the places of keys and
/// grow without bound when aliases nest; this tree is built from its events and is bounded.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, map };
  Kind kind = Kind::null;
  Mark mark;
  std::string text;             // of a scalar
  std::vector<YamlNode> items;  // of a sequence; of a map: key, value, key, value ...

  [[nodiscard]] std::size_t entries() const { return items.size() / 2; }
  [[nodiscard]] const YamlNode& key(std::size_t entry) const { return items[entry * 2]; }
  [[nodiscard]] const YamlNode& value(std::size_t entry) const { return items[entry * 2 + 1]; }
  /// The value of a map's first entry with that key, or nullptr.
  [[nodiscard]] const YamlNode* find(std::string_view name) const;
  [[nodiscard]] YamlNode* find(std::string_view name);
  /// Appends an entry; the name must be new.
  void put(std::string_view name, YamlNode node);
  /// Takes out every entry with that key, if there is one.
  void drop(std::string_view name);

  static YamlNode scalar(std::string text);
  static YamlNode sequence(std::vector<YamlNode> items);
  static YamlNode map();
  /// "a map", "a list", "text", "nothing".
  [[nodiscard]] std::string_view what() const;
};

inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxNodes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxAliasedNodes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxDepth = 32;

class Problems;

/// Parses one document of UTF-8 text. False: the problem was added, and `root` is not to be used.
bool parse_yaml(std::string_view text, Problems& problems, YamlNode& root);

/// Block style, strings quoted where YAML needs it; parse_yaml gives the same tree back.
std::string emit_yaml(const YamlNode& root);
/// A scalar as emit_yaml writes it.
std::string emit_scalar(std::string_view text);

}  // namespace hvs::config
