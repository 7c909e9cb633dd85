// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/api/api_fixture.h"

namespace hvs {
namespace {

TEST(Check, TheSteeringProgramIsToBeThere) {
  const test::TempDir dir;
  const auto missing = find_steering_program(dir.path());
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message(),
              testing::AllOf(testing::StartsWith(dir.path().string() + ": no steer.bpf.o there "),
                             testing::HasSubstr("[steering_program]"), testing::HasSubstr("--bpf-dir")));
  std::ofstream(dir.path() / "steer.bpf.o") << "x";
  EXPECT_TRUE(find_steering_program(dir.path()).ok());
}

}  // namespace
}  // namespace hvs
