// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "daemon/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pmd/af_xdp_port.h"
#include "pmd/steering.h"
#include "pmd/steering/file_lock.h"
#include "pmd/steering/interface_lock.h"
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

TEST(Check, AnInterfaceOfAnotherInstanceIsNotFree) {
  const test::TempDir dir;
  SteeringPaths paths;
  paths.instance = "one";
  paths.run_root = dir.path();
  EXPECT_TRUE(Steering::is_free(paths, 7).ok());
  {
    const auto lock = FileLock::acquire(interface_lock(dir.path(), 7), "other 4711");
    ASSERT_TRUE(lock.ok());
    const auto taken = Steering::is_free(paths, 7);
    ASSERT_FALSE(taken.ok());
    EXPECT_THAT(taken.error().message(),
                testing::HasSubstr("used by instance 'other' (process 4711) [device_in_use]. Stop that"));
    EXPECT_TRUE(Steering::is_free(paths, 8).ok());
    paths.instance = "other";
    EXPECT_TRUE(Steering::is_free(paths, 7).ok()) << "it is its own";
    paths.instance = "othe";
    EXPECT_FALSE(Steering::is_free(paths, 7).ok());
  }
  std::filesystem::create_directories(interface_locks(dir.path()));
  std::ofstream(interface_lock(dir.path(), 7)) << "dead 4711\n";
  EXPECT_TRUE(Steering::is_free(paths, 7).ok()) << "nobody has the lock";
}

DeviceFacts with_channels(const char* driver, std::uint32_t combined, std::uint32_t max_combined) {
  DeviceFacts facts;
  facts.exists = true;
  facts.netdev = "dev0";
  facts.driver = driver;
  facts.mtu = 1500;
  facts.channels.combined = combined;
  facts.channels.max_combined = max_combined;
  return facts;
}

TEST(Check, ATapDeviceThatNobodyHasOpenHasNoQueue) {
  PortConfig port;
  port.name = "outside";
  const auto idle = check_af_xdp_device(port, with_channels("tun", 0, 1));
  ASSERT_FALSE(idle.ok());
  EXPECT_THAT(
      idle.error().message(),
      testing::StartsWith("ports.outside.device: dev0 is a TAP device that no process has open, so it "
                          "has no queue [queue_count]. "));
  EXPECT_TRUE(check_af_xdp_device(port, with_channels("tun", 1, 1)).ok());
  EXPECT_TRUE(check_af_xdp_device(port, with_channels("tun", 0, 0)).ok()) << "a kernel that does not tell";
  const auto split = check_af_xdp_device(port, with_channels("ixgbe", 0, 4));
  ASSERT_FALSE(split.ok());
  EXPECT_THAT(split.error().message(), testing::EndsWith("Run: ethtool -L dev0 combined 1"));
}

}  // namespace
}  // namespace hvs
