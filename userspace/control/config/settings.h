// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "control/config/setting.h"
#include "control/config/values.h"
#include "model/names.h"

// Makers of settings: Make<ServiceConfig>::integer("port", &ServiceConfig::port, {1, 65535}, "...").
namespace hvs::config {

struct Range {
  std::uint64_t low;
  std::uint64_t high;
};

/// Reads the scalar with `parse`; says what is wrong where it is wrong. True: `out` was set.
template <typename V, typename Parse>
bool read_value(const YamlNode& node, const Scope& scope, Parse&& parse, V& out) {
  if (!expect(node, YamlNode::Kind::scalar, scope)) return false;
  auto parsed = parse(std::string_view(node.text));
  if (!parsed) {
    scope.fail(node, parsed.error().what, parsed.error().fix);
    return false;
  }
  out = std::move(*parsed);
  return true;
}

/// Reads a number in `range`, both inclusive; `show` spells its bounds.
template <typename Parse, typename Show>
bool read_number(const YamlNode& node, const Scope& scope, Range range, Parse&& parse, Show&& show,
                 std::uint64_t& out) {
  if (!expect(node, YamlNode::Kind::scalar, scope)) return false;
  const auto value = parse(std::string_view(node.text));
  const std::string allowed = "Allowed: " + show(range.low) + " to " + show(range.high);
  if (!value) {
    scope.fail(node, value.error().what, value.error().fix.empty() ? allowed : value.error().fix);
    return false;
  }
  if (*value < range.low || *value > range.high) {
    scope.fail(node, quoted(node.text) + " is out of range", allowed);
    return false;
  }
  out = *value;
  return true;
}

inline std::string decimal(std::uint64_t value) { return std::to_string(value); }
inline std::string seconds_text(std::uint64_t value) {
  if (value != 0 && value % 86400 == 0) return std::to_string(value / 86400) + "d";
  return std::to_string(value) + "s";
}
inline Result<std::uint64_t> parse_seconds(std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return value.error();
  return static_cast<std::uint64_t>(value->count());
}

/// Integers and integers with a meaning (Strong) alike.
template <typename V>
std::uint64_t number_of(const V& value) {
  if constexpr (requires { value.value; }) {
    return value.value;
  } else {
    return static_cast<std::uint64_t>(value);
  }
}
template <typename V>
void set_number(V& out, std::uint64_t value) {
  if constexpr (requires { out.value; }) {
    out = V(static_cast<typename V::Value>(value));
  } else {
    out = static_cast<V>(value);
  }
}

template <typename T>
struct Make {
  template <typename V, typename B>
  static Setting<T> integer(std::string key, V B::*member, Range range, std::string help) {
    Setting<T> s;
    s.doc = {std::move(key),
             "integer",
             decimal(range.low) + " to " + decimal(range.high),
             decimal(number_of(T{}.*member)),
             false,
             std::move(help),
             {}};
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      std::uint64_t value = 0;
      if (read_number(node, scope, range, parse_integer, decimal, value)) set_number(out.*member, value);
    };
    s.write = [=](const T& from) { return YamlNode::scalar(decimal(number_of(from.*member))); };
    return s;
  }

  template <typename B>
  static Setting<T> bytes(std::string key, std::uint64_t B::*member, Range range, std::string help) {
    Setting<T> s;
    s.doc = {std::move(key),
             "size",
             bytes_text(range.low) + " to " + bytes_text(range.high),
             bytes_text(T{}.*member),
             false,
             std::move(help),
             {}};
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      read_number(node, scope, range, parse_bytes, bytes_text, out.*member);
    };
    s.write = [=](const T& from) { return YamlNode::scalar(bytes_text(from.*member)); };
    return s;
  }

  template <typename B>
  static Setting<T> duration(std::string key, std::chrono::seconds B::*member, Range range,
                             std::string help) {
    Setting<T> s;
    s.doc = {std::move(key),
             "duration",
             seconds_text(range.low) + " to " + seconds_text(range.high),
             duration_text(T{}.*member),
             false,
             std::move(help),
             {}};
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      std::uint64_t value = 0;
      if (read_number(node, scope, range, parse_seconds, seconds_text, value)) {
        out.*member = std::chrono::seconds(static_cast<std::int64_t>(value));
      }
    };
    s.write = [=](const T& from) { return YamlNode::scalar(duration_text(from.*member)); };
    return s;
  }

  /// Text that `check` accepts; it returns what is wrong, or nothing.
  template <typename B, typename Check>
  static Setting<T> text(std::string key, std::string B::*member, Check check, std::string allowed,
                         std::string help) {
    Setting<T> s;
    s.doc = {std::move(key), "text", std::move(allowed), T{}.*member, false, std::move(help), {}};
    const std::string fix = "Allowed: " + s.doc.allowed;
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      if (!expect(node, YamlNode::Kind::scalar, scope)) return;
      if (const std::string_view wrong = check(std::string_view(node.text)); !wrong.empty()) {
        scope.fail(node, quoted(node.text) + " " + std::string(wrong), fix);
      } else {
        out.*member = node.text;
      }
    };
    s.write = [=](const T& from) { return YamlNode::scalar(from.*member); };
    return s;
  }

  /// One word of `available`; words of `later` are known, but refused by name.
  template <typename Set, typename Get>
  static Setting<T> word(std::string key, std::vector<std::string_view> available,
                         std::vector<std::string_view> later, Set set, Get get, std::string help) {
    Setting<T> s;
    s.doc = {std::move(key),  "word", comma_list(available), std::string(get(T{})), false,
             std::move(help), {}};
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      if (!expect(node, YamlNode::Kind::scalar, scope)) return;
      const auto has = [&](const auto& list) {
        return std::find(list.begin(), list.end(), node.text) != list.end();
      };
      if (has(available)) return set(out, std::string_view(node.text));
      if (has(later)) {
        scope.fail(node, quoted(node.text) + " is not available yet", "Available: " + comma_list(available));
        return;
      }
      const std::string_view near = nearest(node.text, available);
      scope.fail(node, quoted(node.text) + " is not known",
                 (near.empty() ? "" : "Did you mean `" + std::string(near) + "`? ") +
                     "Available: " + comma_list(available));
    };
    s.write = [=](const T& from) { return YamlNode::scalar(std::string(get(from))); };
    return s;
  }

  /// An enumerator: those of `not_yet` are left out of the available ones.
  template <typename E, typename B>
  static Setting<T> choice(std::string key, E B::*member, std::string help,
                           const std::vector<E>& not_yet = {}, std::vector<std::string_view> later = {}) {
    std::vector<std::string_view> available;
    for (const auto& entry : Names<E>::list) {
      const bool out = std::find(not_yet.begin(), not_yet.end(), entry.value) != not_yet.end();
      (out ? later : available).push_back(entry.name);
    }
    return word(
        std::move(key), std::move(available), std::move(later),
        [=](T& out, std::string_view name) { out.*member = *parse_name<E>(name); },
        [=](const T& from) { return name_of(from.*member); }, std::move(help));
  }

  /// An enumerator, or nothing when the key is left out.
  template <typename E, typename B>
  static Setting<T> optional_choice(std::string key, std::optional<E> B::*member, std::string help,
                                    const std::vector<E>& not_yet = {}) {
    struct Value {
      E value{};
    };
    const Setting<Value> plain = Make<Value>::choice(key, &Value::value, help, not_yet);
    Setting<T> s;
    s.doc = plain.doc;
    s.read = [=, read = plain.read](const YamlNode& node, const Scope& scope, T& out) {
      Value value;
      read(node, scope, value);
      if (!scope.problems().bad(node)) out.*member = value.value;
    };
    s.write = [=](const T& from) -> std::optional<YamlNode> {
      if (!(from.*member)) return std::nullopt;
      return YamlNode::scalar(std::string(name_of(*(from.*member))));
    };
    return s;
  }

  template <typename B>
  static Setting<T> address(std::string key, IpAddr B::*member, std::string help) {
    Setting<T> s;
    s.doc = {std::move(key), "IP address", "unicast", {}, false, std::move(help), {}};
    s.read = [=](const YamlNode& node, const Scope& scope, T& out) {
      if (!expect(node, YamlNode::Kind::scalar, scope)) return;
      const auto addr = IpAddr::parse(node.text);
      if (!addr)
        return scope.fail(node, quoted(node.text) + " is not an IP address",
                          has_port(node.text) ? "The port has a key of its own, `port`"
                                              : "Write for example 10.10.0.100 or \"fd10::100\"");
      if (const auto why = unusable_address(*addr); !why.empty()) {
        return scope.fail(node, node.text + " is " + std::string(why),
                          "Use a unicast address that the network can route");
      }
      out.*member = *addr;
    };
    s.write = [=](const T& from) { return YamlNode::scalar((from.*member).text()); };
    return s;
  }

  /// A map whose settings lie in T itself.
  static Setting<T> group(std::string key, const Section<T>& section) {
    Setting<T> s;
    s.doc = {std::move(key), "map", {}, {}, false, section.help, section.path};
    s.read = [&section](const YamlNode& node, const Scope& scope, T& out) {
      read_section(node, section, scope, out);
    };
    s.write = [&section](const T& from) { return write_section(section, from); };
    return s;
  }

  template <typename V, typename B>
  static Setting<T> map(std::string key, V B::*member, const Section<V>& section) {
    Setting<T> s;
    s.doc = {std::move(key), "map", {}, {}, false, section.help, section.path};
    s.read = [=, &section](const YamlNode& node, const Scope& scope, T& out) {
      read_section(node, section, scope, out.*member);
    };
    s.write = [=, &section](const T& from) -> std::optional<YamlNode> {
      YamlNode node = write_section(section, from.*member);
      if (node.items.empty()) return std::nullopt;
      return node;
    };
    return s;
  }

  /// A map, or nothing when the key is left out.
  template <typename V, typename B>
  static Setting<T> optional_map(std::string key, std::optional<V> B::*member, const Section<V>& section) {
    Setting<T> s;
    s.doc = {std::move(key), "map", {}, {}, false, section.help, section.path};
    s.read = [=, &section](const YamlNode& node, const Scope& scope, T& out) {
      read_section(node, section, scope, (out.*member).emplace());
    };
    s.write = [=, &section](const T& from) -> std::optional<YamlNode> {
      if (!(from.*member)) return std::nullopt;
      return write_section(section, *(from.*member));
    };
    return s;
  }

  /// A list of maps; `fresh` makes the element that a map is read into.
  template <typename V, typename B, typename Fresh>
  static Setting<T> list(std::string key, std::vector<V> B::*member, const Section<V>& section,
                         std::size_t max, Fresh fresh) {
    Setting<T> s;
    s.doc = {std::move(key), "list of maps", "at most " + decimal(max), {}, false,
             section.help,   section.path};
    s.read = [=, &section](const YamlNode& node, const Scope& scope, T& out) {
      if (!expect(node, YamlNode::Kind::sequence, scope)) return;
      if (node.items.size() > max) {
        return scope.fail(node, decimal(node.items.size()) + " entries",
                          "At most " + decimal(max) + " are possible");
      }
      (out.*member).reserve(node.items.size());
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        read_section(node.items[i], section, scope.item(i), (out.*member).emplace_back(fresh(out)));
      }
    };
    s.write = [=, &section](const T& from) -> std::optional<YamlNode> {
      if ((from.*member).empty()) return std::nullopt;
      YamlNode node = YamlNode::sequence({});
      for (const V& value : from.*member) node.items.push_back(write_section(section, value));
      return node;
    };
    return s;
  }
};

/// Written only where it differs from the default.
template <typename T>
Setting<T> unless_default(Setting<T> setting) {
  setting.write = [write = setting.write](const T& from) -> std::optional<YamlNode> {
    auto node = write(from);
    const auto fresh = write(T{});
    if (node && fresh && node->text == fresh->text) return std::nullopt;
    return node;
  };
  return setting;
}
template <typename T>
Setting<T> required(Setting<T> setting) {
  setting.doc.required = true;
  setting.doc.fallback.clear();
  return setting;
}
/// The default in words, where it depends on something else.
template <typename T>
Setting<T> defaults_to(const std::string& words, Setting<T> setting) {
  setting.doc.fallback = words;
  return setting;
}

}  // namespace hvs::config
