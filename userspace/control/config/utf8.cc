// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "control/config/utf8.h"

#include <cstdio>

namespace hvs::config {

namespace {

std::uint32_t byte(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// Bytes of the valid UTF-8 character at `i`, or 0.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const std::uint32_t lead = byte(text, i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return 0;
  std::uint32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(text, i + k) & 0xc0) != 0x80) return 0;
    code = (code << 6) | (byte(text, i + k) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return overlong || surrogate || code > 0x10ffff ? 0 : length;
}

bool is_control(std::uint32_t c) { return c < 0x20 || c == 0x7f; }

}  // namespace

std::optional<TextPlace> first_non_utf8(std::string_view text) {
  TextPlace at;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const std::uint32_t c = byte(text, i);
    at.control = is_control(c) && c != '\t' && c != '\n' && c != '\r';
    if (length == 0 || at.control) return at;
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      at.column += static_cast<std::uint32_t>(length);
    }
    i += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= kMaxShown) return out + "...";
    const std::size_t length = utf8_length(text, i);
    if (length == 0 || is_control(byte(text, i))) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", byte(text, i));
      out += escape;
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out;
}

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace hvs::config
