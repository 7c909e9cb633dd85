// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hvs::ctl {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

/// Text in aligned columns. The widths come from the first `look_ahead` rows, which are held back for that
/// long; a later, wider cell pushes its row to the right. Nothing is printed for a table without rows but
/// `empty_text`.
class Table {
 public:
  using Write = std::function<void(std::string_view)>;
  static constexpr std::size_t kAllRows = static_cast<std::size_t>(-1);

  Table(std::vector<Column> columns, std::string empty_text, Write write, std::size_t look_ahead = kAllRows);

  void add(std::vector<std::string> cells);  // one for each column
  /// Prints what is held back.
  void flush();
  /// Prints the rest, or `empty_text`.
  void finish();

 private:
  void print(const std::vector<std::string>& cells);
  void widen(const std::vector<std::string>& cells);

  std::vector<Column> columns_;
  std::string empty_text_;
  Write write_;
  std::size_t look_ahead_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> held_;
  bool any_ = false;
};

/// Columns that a terminal needs to show UTF-8 text of one column a character.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace hvs::ctl
