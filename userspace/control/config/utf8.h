// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hvs::config {

struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;  // in bytes
  bool control = false;      // valid UTF-8, but a control character
};

/// Where `text` stops being UTF-8 (RFC 3629) or holds a control character other than tab and line ends.
std::optional<TextPlace> first_non_utf8(std::string_view text);

/// For messages: control characters escaped, cut to a length that fits a line.
std::string printable(std::string_view text);
/// printable() between double quotes.
std::string quoted(std::string_view text);

}  // namespace hvs::config
