// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace hvs::ctl {

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Table::Table(std::vector<Column> columns, std::string empty_text, Write write, std::size_t look_ahead)
    : columns_(std::move(columns)),
      empty_text_(std::move(empty_text)),
      write_(std::move(write)),
      look_ahead_(look_ahead),
      widths_(columns_.size()) {
  for (std::size_t i = 0; i < columns_.size(); ++i) widths_[i] = display_width(columns_[i].title);
}

void Table::add(std::vector<std::string> cells) {
  HVS_CHECK(cells.size() == columns_.size());
  if (look_ahead_ == 0) return print(cells);
  widen(cells);
  held_.push_back(std::move(cells));
  if (held_.size() >= look_ahead_) flush();
}

void Table::flush() {
  if (held_.empty()) return;
  if (!any_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    print(titles);
    any_ = true;
  }
  for (const auto& cells : held_) print(cells);
  held_.clear();
  look_ahead_ = 0;
}

void Table::finish() {
  flush();
  if (!any_) write_(empty_text_ + "\n");
}

void Table::widen(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], display_width(cells[i]));
}

void Table::print(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = display_width(cells[i]);
    const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
    const bool last = i + 1 == cells.size();
    if (columns_[i].align == Align::right) {
      line += padding + cells[i];
    } else {
      line += cells[i] + (last ? "" : padding);
    }
    if (!last) line += "  ";
  }
  write_(line + "\n");
}

}  // namespace hvs::ctl
