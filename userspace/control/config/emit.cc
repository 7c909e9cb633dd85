// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <algorithm>
#include <array>
#include <cstdio>

#include "base/long_work.h"
#include "control/config/yaml_tree.h"

namespace hvs::config {

namespace {

bool plain_is_safe(std::string_view text) {
  constexpr std::array kReserved = {"null", "Null", "NULL", "true", "false", "yes", "no", "on", "off", "~"};
  if (text.empty() || text.size() > 128) return false;
  if (std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end()) return text == "off";
  const auto ordinary = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '/' || c == '-' || c == ':';
  };
  // A colon at either end would make a key of it, a dash at the front a list.
  return std::all_of(text.begin(), text.end(), ordinary) && text.front() != '-' && text.front() != ':' &&
         text.front() != '.' && text.back() != ':';
}

bool flat(const YamlNode& node) {
  return std::all_of(node.items.begin(), node.items.end(),
                     [](const YamlNode& item) { return item.kind == YamlNode::Kind::scalar; });
}

class Emitter {
 public:
  std::string take() { return std::move(out_); }

  void value(const YamlNode& node, std::size_t indent) {
    switch (node.kind) {
      case YamlNode::Kind::null: out_ += " null\n"; return;
      case YamlNode::Kind::scalar: out_ += " " + emit_scalar(node.text) + "\n"; return;
      case YamlNode::Kind::sequence: return sequence(node, indent);
      case YamlNode::Kind::map:
        if (node.items.empty()) {
          out_ += " {}\n";
          return;
        }
        out_ += "\n";
        return map(node, indent);
    }
  }

  void map(const YamlNode& node, std::size_t indent, bool first_in_place = false) {
    for (std::size_t i = 0; i < node.entries(); ++i) {
      if (i != 0 || !first_in_place) out_.append(indent, ' ');
      out_ += emit_scalar(node.key(i).text) + ":";
      value(node.value(i), indent + 2);
    }
  }

 private:
  void sequence(const YamlNode& node, std::size_t indent) {
    if (flat(node)) {
      out_ += " [";
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + emit_scalar(node.items[i].text);
      }
      out_ += "]\n";
      return;
    }
    out_ += "\n";
    for (const YamlNode& item : node.items) {
      LongWork::piece_done();
      out_.append(indent, ' ');
      out_ += "-";
      if (item.kind == YamlNode::Kind::map && !item.items.empty()) {
        out_ += " ";
        map(item, indent + 2, true);
      } else {
        value(item, indent + 2);
      }
    }
  }
  std::string out_;
};

}  // namespace

std::string emit_scalar(std::string_view text) {
  if (plain_is_safe(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string emit_yaml(const YamlNode& root) {
  Emitter emitter;
  if (root.kind == YamlNode::Kind::map && !root.items.empty()) {
    emitter.map(root, 0);
  } else {
    emitter.value(root, 0);
  }
  return emitter.take();
}

}  // namespace hvs::config
