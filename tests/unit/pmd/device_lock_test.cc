// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/device_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "fake_root.h"
#include "tests/support/removes_directory.h"

namespace hvs {
namespace {

using testing::HasSubstr;

constexpr const char* kNic = "0000:01:00.0";

class DeviceLockTest : public testing::Test {
 protected:
  test::FakeRoot root{"device-lock"};
  std::filesystem::path records = root.path() / "devices";
};

TEST_F(DeviceLockTest, OneHasItAndTheOtherIsToldWho) {
  auto first = DeviceLock::acquire(kNic, records);
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ(first->address(), kNic);
  const auto second = DeviceLock::acquire(kNic, records);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message(), HasSubstr("PCI device 0000:01:00.0: is in use by "));
  EXPECT_THAT(second.error().message(), HasSubstr(" (process " + std::to_string(getpid()) + "), which has"));
  EXPECT_THAT(second.error().message(), HasSubstr("[device_in_use]. Stop that process first"));
  EXPECT_TRUE(DeviceLock::acquire("0000:01:00.1", records).ok()) << "another NIC";
}

TEST_F(DeviceLockTest, ItGoesWithItsHolderAndLeavesNothing) {
  {
    auto lock = DeviceLock::acquire(kNic, records);
    ASSERT_TRUE(lock.ok());
    const DeviceLock moved = std::move(*lock);
    EXPECT_FALSE(DeviceLock::acquire(kNic, records).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(records));
  EXPECT_TRUE(DeviceLock::acquire(kNic, records).ok());
}

TEST_F(DeviceLockTest, ItIsNoRecordAndRecordsStay) {
  const auto lock = DeviceLock::acquire(kNic, records);
  ASSERT_TRUE(lock.ok());
  ASSERT_TRUE(write_bound(kNic, {"ixgbe", "eth0", {}, 1500, ""}, records).ok());
  remove_bound(kNic, records);
  EXPECT_FALSE(find_bound_by_netdev("", PciBus(root.path()), records).has_value());
  EXPECT_FALSE(DeviceLock::acquire(kNic, records).ok()) << "the lock is there still";
}

TEST_F(DeviceLockTest, RecordsAreWrittenWhileOthersTakeTheDirectoryAway) {
  const test::RemovesDirectory other(records);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(write_bound(kNic, {"ixgbe", "eth0", {}, 1500, ""}, records).ok()) << i;
    remove_bound(kNic, records);
  }
}

}  // namespace
}  // namespace hvs
