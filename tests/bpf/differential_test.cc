// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "pmd/steering/row_sync.h"
#include "tests/bpf/environment.h"
#include "tests/support/frame_gen.h"
#include "tests/support/packet_check.h"
#include "tests/support/steer_cases.h"

// The rule exists twice, in the kernel and in classify/. Here both see the same frames over the same rows.
namespace hvs::test {
namespace {

using What = SteerMatch::What;

constexpr std::size_t kShortest = 14;  // that BPF_PROG_TEST_RUN takes
constexpr std::size_t kLongest = 3000;
constexpr std::uint64_t kForever = ~std::uint64_t{0} >> 1;

class BothRules : public testing::Test {
 protected:
  BothRules() : table_(case_rows()) {
    program_.configure(HVS_ON_DOWN_HOLD, kForever, 0);
    EXPECT_TRUE(sync_rows(program_.maps(), case_rows()).ok());
  }
  /// Compares the two for one frame and counts what they said.
  testing::AssertionResult agree(const Bytes& frame) {
    const Reader reader{frame.data(), frame.size()};
    const SteerMatch match = steer_rule(reader, parse_frame(reader), table_, kPortMac);
    const std::uint32_t expected = match.what == What::pass ? XDP_PASS : XDP_DROP;
    const std::uint32_t verdict = program_.run(frame);
    ++verdicts_[match.what];
    if (match.what != What::pass) ++rows_[match.what == What::service ? match.slot.value + 1 : 0];
    if (verdict == expected) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "XDP says " << verdict << ", classify says " << expected
                                       << " (what " << static_cast<int>(match.what) << ") for\n"
                                       << hex_dump(frame);
  }
  /// The kernel counted every steered frame for the same service.
  void expect_equal_counters() {
    for (std::uint32_t row = 0; row <= case_rows().services.size() + case_rows().ranges.size(); ++row)
      EXPECT_EQ(read_stats_row(program_.maps(), row).held_packets, rows_[row]) << "row " << row;
  }

  LoadedProgram program_;
  SteerTable table_;
  std::map<What, std::uint64_t> verdicts_;
  std::map<std::uint32_t, std::uint64_t> rows_;
};

TEST_F(BothRules, AgreeOnEveryCaseTruncatedAtEveryByte) {
  for (const SteerCase& entry : steer_cases()) {
    for (std::size_t size = kShortest; size <= entry.frame.size(); ++size)
      ASSERT_TRUE(agree(truncated(entry.frame, size))) << entry.name << " cut to " << size;
  }
  expect_equal_counters();
}

TEST_F(BothRules, AgreeOnEveryCaseWithEveryHeaderByteChanged) {
  for (const SteerCase& entry : steer_cases()) {
    for (std::size_t i = 0; i < std::min<std::size_t>(entry.frame.size(), 130); ++i) {
      for (const int value : {0x00, 0x01, 0x06, 0x2c, 0x3c, 0x45, 0x60, 0x7f, 0xff}) {
        Bytes frame = entry.frame;
        frame[i] = static_cast<std::uint8_t>(value);
        ASSERT_TRUE(agree(frame)) << entry.name << ", byte " << i << " set to " << value;
      }
    }
  }
  expect_equal_counters();
}

// Inputs that reach new code are what a fuzzer collects: HVS_TEST_CORPUS names a directory of them.
TEST_F(BothRules, AgreeOnTheFuzzersCorpus) {
  std::vector<std::filesystem::path> dirs = {HVS_TEST_CORPUS_DIR};
  if (const char* more = std::getenv("HVS_TEST_CORPUS"); more != nullptr) dirs.emplace_back(more);
  int inputs = 0;
  for (const auto& dir : dirs) {
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
      std::ifstream file(entry.path(), std::ios::binary);
      Bytes frame{std::istreambuf_iterator<char>(file), {}};
      if (frame.size() < kShortest || frame.size() > kLongest) continue;
      ASSERT_TRUE(agree(frame)) << entry.path();
      ++inputs;
    }
  }
  EXPECT_GT(inputs, 10);
  expect_equal_counters();
}

TEST_F(BothRules, AgreeOnGeneratedFrames) {
  const char* given = std::getenv("HVS_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20260101;
  std::cout << "seed " << seed << " (HVS_TEST_SEED)\n";
  RecordProperty("seed", std::to_string(seed));
  FrameGen generator(seed);
  constexpr int kFrames = 200'000;
  for (int i = 0; i < kFrames; ++i) {
    Bytes frame = generator.next();
    if (frame.size() < kShortest) frame.resize(kShortest);
    ASSERT_TRUE(agree(frame)) << "frame " << i << " of seed " << seed;
  }
  expect_equal_counters();
  std::cout << "service " << verdicts_[What::service] << ", lip " << verdicts_[What::lip] << ", fragment "
            << verdicts_[What::fragment] << ", inside " << verdicts_[What::inside] << ", pass "
            << verdicts_[What::pass] << "\n";
  // The generator must reach every branch of the rule, or agreement means little.
  EXPECT_GT(verdicts_[What::service], kFrames / 50U);
  EXPECT_GT(verdicts_[What::lip], kFrames / 100U);
  EXPECT_GT(verdicts_[What::fragment], kFrames / 100U);
  EXPECT_GT(verdicts_[What::inside], kFrames / 100U);
  EXPECT_GT(verdicts_[What::pass], kFrames / 5U);
}

}  // namespace
}  // namespace hvs::test
