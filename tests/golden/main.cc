// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "pmd/eal.h"
#include "pmd/mempool.h"
#include "tests/golden/rig.h"
#include "tests/golden/run_case.h"

namespace {

namespace fs = std::filesystem;

class GoldenCase : public testing::Test {
 public:
  explicit GoldenCase(fs::path directory) : directory_(std::move(directory)) {}
  void TestBody() override { hvs::golden::run_case(directory_); }

 private:
  fs::path directory_;
};

/// One test for each directory under cases/: Golden_MODE.NAME.
void register_cases(const fs::path& root) {
  std::vector<fs::path> directories;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename() == "case.txt") directories.push_back(entry.path().parent_path());
  }
  if (directories.empty()) {
    std::fprintf(stderr, "no cases under %s\n", root.c_str());
    std::exit(1);
  }
  std::sort(directories.begin(), directories.end());
  for (const fs::path& directory : directories) {
    const std::string suite = "Golden_" + directory.parent_path().filename().string();
    const std::string name = directory.filename().string();
    testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [directory]() -> testing::Test* { return new GoldenCase(directory); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  register_cases(fs::path(HVS_SOURCE_DIR) / "tests/golden/cases");
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();

  hvs::EalOptions options;
  options.instance = "golden";
  options.hugepages = hvs::Hugepages::off;
  options.memory_bytes = hvs::operator""_MiB(64);
  auto eal = hvs::init_eal(options);
  if (!eal) {
    std::fprintf(stderr, "%s\n", eal.error().message().c_str());
    return 1;
  }
  auto pool = hvs::create_pool("golden", {-1, 8191, hvs::data_room_for(hvs::kMaxMtu), 0, 0});
  if (!pool) {
    std::fprintf(stderr, "%s\n", pool.error().message().c_str());
    return 1;
  }
  hvs::golden::Rig::pool = *pool;
  const char* simd = std::getenv("HVS_TEST_SIMD");
  if (simd != nullptr && std::string_view(simd) == "off") hvs::golden::Rig::simd = hvs::Simd::off;
  const int result = RUN_ALL_TESTS();
  rte_mempool_free(*pool);
  return result;
}
