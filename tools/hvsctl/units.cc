// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "tools/hvsctl/units.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace hvs::ctl {
namespace {

template <std::size_t N>
std::string scaled(std::uint64_t value, double step, const std::array<std::string_view, N>& units) {
  auto number = static_cast<double>(value);
  std::size_t unit = 0;
  // 999.5 would be printed as 1000: it belongs to the next unit when that is a thousand away.
  while (number >= step - 0.5 && unit + 1 < N) {
    number /= step;
    ++unit;
  }
  if (unit == 0) return fmt::format("{}{}", value, units[0]);
  const int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", number, decimals, units[unit]);
}

}  // namespace

std::string human_count(std::uint64_t value) {
  return scaled<7>(value, 1000, {"", "k", "M", "G", "T", "P", "E"});
}

std::string human_bytes(std::uint64_t value) {
  return scaled<7>(value, 1024, {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
}

std::string human_duration(std::uint64_t seconds) {
  const std::uint64_t minutes = seconds / 60;
  const std::uint64_t hours = minutes / 60;
  const std::uint64_t days = hours / 24;
  if (days > 0) return fmt::format("{}d{:02}h", days, hours % 24);
  if (hours > 0) return fmt::format("{}h{:02}m", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{}m{:02}s", minutes, seconds % 60);
  return fmt::format("{}s", seconds);
}

std::string seconds_text(std::uint64_t milliseconds) {
  return fmt::format("{}.{}s", milliseconds / 1000, milliseconds % 1000 / 100);
}

}  // namespace hvs::ctl
