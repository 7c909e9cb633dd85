// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "control/config/config_file.h"

// broken/NAME.yaml is refused with exactly the lines of broken/NAME.expected.
namespace hvs {
namespace {

const std::filesystem::path kBroken = std::filesystem::path(HVS_SOURCE_DIR) / "tests/unit/config/broken";

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kBroken)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Broken : public testing::TestWithParam<std::string> {};

TEST_P(Broken, SaysWhatIsWrongWhereAndWhatToDo) {
  const std::string name = GetParam() + ".yaml";
  const ConfigResult result = parse_config(slurp(kBroken / name), name);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.problems().text(), slurp(kBroken / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Files, Broken, testing::ValuesIn(names()), [](const auto& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(BrokenFiles, AreMany) { EXPECT_GE(names().size(), 40U); }

TEST(BrokenFiles, EveryExpectationHasItsFile) {
  for (const auto& entry : std::filesystem::directory_iterator(kBroken)) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(entry.path()).replace_extension(".yaml")))
        << entry.path();
  }
}

}  // namespace
}  // namespace hvs
