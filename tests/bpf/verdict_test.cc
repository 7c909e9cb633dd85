// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <ctime>

#include "pmd/steering/row_sync.h"
#include "tests/bpf/environment.h"
#include "tests/support/packet_check.h"
#include "tests/support/steer_cases.h"

namespace hvs::test {
namespace {

using What = SteerMatch::What;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kYear = 365 * 24 * 3600 * kSecond;

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

/// No socket is in the map of a test run, so a steered frame is one that is held.
class VerdictBase {
 public:
  VerdictBase() {
    program_.configure(HVS_ON_DOWN_HOLD, kYear, now_ns());
    EXPECT_TRUE(sync_rows(program_.maps(), case_rows()).ok());
  }
  LoadedProgram program_;
};

class Verdict : public testing::TestWithParam<SteerCase> {
 public:
  static VerdictBase& base() {
    static VerdictBase one;
    return one;
  }
};

TEST_P(Verdict, IsThatOfTheTable) {
  const LoadedProgram& program = base().program_;
  const SteerCase& entry = GetParam();
  const std::uint32_t row = entry.what == What::service ? entry.slot + 1 : 0;
  const hvs_steer_stats before = read_stats_row(program.maps(), row);
  const bool steered = entry.what != What::pass;
  EXPECT_EQ(program.run(entry.frame), steered ? XDP_DROP : XDP_PASS) << hex_dump(entry.frame);
  const hvs_steer_stats after = read_stats_row(program.maps(), row);
  EXPECT_EQ(after.held_packets - before.held_packets, steered ? 1U : 0U);
  EXPECT_EQ(after.passed_packets, before.passed_packets);
  EXPECT_EQ(after.steered_packets, before.steered_packets);
}

INSTANTIATE_TEST_SUITE_P(Cases, Verdict, testing::ValuesIn(steer_cases()),
                         [](const auto& param) { return param.param.name; });

class OnDown : public testing::Test, public VerdictBase {
 protected:
  [[nodiscard]] hvs_steer_stats web() const { return read_stats_row(program_.maps(), 1); }
  const Bytes frame_ = steer_cases().front().frame;  // of slot 0
};

TEST_F(OnDown, PassGivesTheFrameToTheKernelAndCountsIt) {
  program_.configure(HVS_ON_DOWN_PASS, kYear, now_ns());
  EXPECT_EQ(program_.run(frame_), XDP_PASS);
  EXPECT_EQ(web().passed_packets, 1U);
  EXPECT_EQ(web().held_packets, 0U);
}

TEST_F(OnDown, HoldEndsAfterItsTime) {
  program_.configure(HVS_ON_DOWN_HOLD, 30 * kSecond, now_ns() - 10 * kSecond);
  EXPECT_EQ(program_.run(frame_), XDP_DROP);
  program_.configure(HVS_ON_DOWN_HOLD, 30 * kSecond, now_ns() - 31 * kSecond);
  EXPECT_EQ(program_.run(frame_), XDP_PASS);
  EXPECT_EQ(web().held_packets, 1U);
  EXPECT_EQ(web().passed_packets, 1U);
}

TEST_F(OnDown, ForeignFrameIsNeverHeld) {
  const Bytes ping = Packet().eth().ipv4("192.0.2.1", "10.10.0.100").icmp(8).build();
  EXPECT_EQ(program_.run(ping), XDP_PASS);
  EXPECT_EQ(read_stats_row(program_.maps(), 0).passed_packets, 0U);
}

TEST_F(OnDown, UnconfiguredProgramPasses) {
  program_.configure(HVS_ON_DOWN_HOLD, kYear, now_ns(), 0);
  EXPECT_EQ(program_.run(frame_), XDP_PASS);
  EXPECT_EQ(web().passed_packets, 0U);
}

}  // namespace
}  // namespace hvs::test
