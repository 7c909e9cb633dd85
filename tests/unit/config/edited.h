// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "control/config/edit.h"

namespace hvs::test {

/// The configuration after these operations (docs/api.md), none of which may fail.
inline Config edited(const Config& config, std::string_view operations) {
  auto result = edit_config(config, operations);
  EXPECT_TRUE(result.ok()) << operations << "\n" << (result.ok() ? "" : result.error().message());
  return result ? result->config : Config{};
}

}  // namespace hvs::test
