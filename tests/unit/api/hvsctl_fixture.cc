// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "hvsctl_fixture.h"

#include <sys/wait.h>

#include <fstream>
#include <iterator>

namespace hvs::test {

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Ran HvsctlTest::shell(const std::string& arguments) {
  const auto out = scratch_.path() / "out";
  const auto err = scratch_.path() / "err";
  const std::string line =
      std::string(HVSCTL_PATH) + " " + arguments + " >" + out.string() + " 2>" + err.string() + " </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), slurp(out), slurp(err)};
}

}  // namespace hvs::test
