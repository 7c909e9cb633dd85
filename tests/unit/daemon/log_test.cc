// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>

namespace hvs {
namespace {

/// What log_lines() makes of `count` lines.
std::string logged(std::size_t count) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back("line " + std::to_string(i));
  std::ostringstream out;
  const auto before = spdlog::default_logger();
  auto logger =
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  logger->set_pattern("%l %v");
  spdlog::set_default_logger(logger);
  log_lines(spdlog::level::warn, "reload", lines);
  spdlog::set_default_logger(before);
  return out.str();
}

TEST(LogLines, AShortListIsWhole) {
  EXPECT_EQ(logged(0), "");
  EXPECT_EQ(logged(2), "warning reload: line 0\nwarning reload: line 1\n");
  const std::string most = logged(kMaxLoggedLines);
  EXPECT_THAT(most, testing::EndsWith("line " + std::to_string(kMaxLoggedLines - 1) + "\n"));
  EXPECT_THAT(most, testing::Not(testing::HasSubstr("more")));
}

TEST(LogLines, ALongOneIsCounted) {
  const std::string text = logged(kMaxLoggedLines + 1000);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kMaxLoggedLines + 1);
  EXPECT_THAT(text, testing::EndsWith("warning reload: ... and 1000 more\n"));
}

}  // namespace
}  // namespace hvs
