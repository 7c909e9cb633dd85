// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "api_fixture.h"

namespace hvs::test {

struct Ran {
  int status = -1;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class HvsctlTest : public ApiTest {
 protected:
  HvsctlTest() { setenv("HVS_RUN_DIR", dir_.path().c_str(), 1); }
  ~HvsctlTest() override { unsetenv("HVS_RUN_DIR"); }

  /// Runs `hvsctl ARGUMENTS` through a shell, so that pipes can be written.
  Ran shell(const std::string& arguments) {
    const auto out = scratch_.path() / "out";
    const auto err = scratch_.path() / "err";
    const std::string line = std::string(HVSCTL_PATH) + " " + arguments + " >" + out.string() + " 2>" +
                             err.string() + " </dev/null";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), slurp(out), slurp(err)};
  }
  std::string ok(const std::string& arguments) {
    const Ran ran = shell(arguments);
    EXPECT_EQ(ran.status, 0) << arguments << "\n" << ran.err;
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }

  TempDir scratch_;
};

}  // namespace hvs::test
