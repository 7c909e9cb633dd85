// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "api_fixture.h"

namespace hvs::test {

struct Ran {
  int status = -1;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

std::string slurp(const std::filesystem::path& path);

class HvsctlTest : public ApiTest {
 protected:
  HvsctlTest() {
    setenv("HVS_RUN_DIR", dir_.path().c_str(), 1);
    unsetenv("HVS_INSTANCE");
  }
  ~HvsctlTest() override { unsetenv("HVS_RUN_DIR"); }

  /// Runs `hvsctl ARGUMENTS` through a shell, so that pipes can be written.
  Ran shell(const std::string& arguments);
  std::string ok(const std::string& arguments) {
    const Ran ran = shell(arguments);
    EXPECT_EQ(ran.status, 0) << arguments << "\n" << ran.err;
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }

  TempDir scratch_;
};

}  // namespace hvs::test
