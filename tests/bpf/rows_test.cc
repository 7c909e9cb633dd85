// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "pmd/steering/row_sync.h"
#include "tests/bpf/environment.h"
#include "tests/support/steer_cases.h"

namespace hvs::test {
namespace {

class Rows : public testing::Test {
 protected:
  template <typename Value, typename Key>
  static std::optional<Value> look_up(const Fd& map, const Key& key) {
    Value value{};
    if (bpf_map_lookup_elem(map.get(), &key, &value) != 0) return std::nullopt;
    return value;
  }
  static int count(const Fd& map) {
    std::uint8_t key[24];
    int rows = 0;
    for (const void* at = nullptr; bpf_map_get_next_key(map.get(), at, key) == 0; at = key) ++rows;
    return rows;
  }
  [[nodiscard]] const SharedMaps& maps() const { return program_.maps(); }
  void expect_map_equals(const SteerRows& rows) const {
    EXPECT_EQ(count(maps().services), static_cast<int>(rows.services.size()));
    for (const auto& row : rows.services) {
      const auto value = look_up<hvs_steer_service>(maps().services, row.key);
      ASSERT_TRUE(value.has_value());
      EXPECT_EQ(value->stats_index, row.slot.value + 1);
    }
    EXPECT_EQ(count(maps().lips), static_cast<int>(rows.lips.size()));
    for (const auto& row : rows.lips) {
      const auto value = look_up<hvs_steer_lip>(maps().lips, row.key);
      ASSERT_TRUE(value.has_value());
      EXPECT_EQ(value->port_low, row.ports.port_low);
      EXPECT_EQ(value->port_high, row.ports.port_high);
      EXPECT_EQ(value->uses, row.ports.uses);
    }
    EXPECT_EQ(count(maps().dests), static_cast<int>(rows.dests.size()));
    for (const auto& row : rows.dests) {
      const auto value = look_up<hvs_steer_dest>(maps().dests, row.key);
      ASSERT_TRUE(value.has_value());
      EXPECT_EQ(value->rows, row.row.rows);
    }
    expect_nets(maps().inside, rows.inside);
    expect_nets(maps().outside, rows.outside);
  }
  static void expect_nets(const Fd& map, const std::vector<SteerRows::NetRow>& rows) {
    EXPECT_EQ(count(map), static_cast<int>(rows.size()));
    for (const auto& row : rows) {
      const auto value = look_up<hvs_steer_net>(map, row.key);
      ASSERT_TRUE(value.has_value());
      EXPECT_EQ(value->protocols, row.net.protocols);
    }
  }
  LoadedProgram program_;
};

SteerRows::ServiceRow row(const char* addr, std::uint16_t port, std::uint32_t slot) {
  return {service_key(*IpAddr::parse(addr), 6, Be16{port}), ServiceSlot{slot}};
}

TEST_F(Rows, AreWhatWasAskedForAfterEverySync) {
  SteerRows rows = case_rows();
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  expect_map_equals(rows);
  rows.services.pop_back();                        // removed
  rows.services[0].slot = ServiceSlot{100};        // moved to another slot
  rows.services.push_back(row("10.9.9.9", 1, 7));  // new
  rows.lips[0].ports.port_low = 2000;              // changed
  rows.lips.pop_back();
  rows.dests[0].row.rows = 5;
  rows.dests.pop_back();
  rows.inside[1].net.protocols = HVS_STEER_UDP;
  rows.outside.pop_back();
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  expect_map_equals(rows);
  ASSERT_TRUE(sync_rows(maps(), {}).ok());
  expect_map_equals({});
  EXPECT_EQ(count(maps().vips), 0);
}

TEST_F(Rows, VipsCountTheServicesBehindThem) {
  const SteerRows rows{{row("10.0.0.1", 1, 0), row("10.0.0.1", 2, 1), row("10.0.0.2", 1, 2)}, {}};
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  EXPECT_EQ(count(maps().vips), 2);
  const auto vip = look_up<hvs_steer_vip>(maps().vips, vip_key(*IpAddr::parse("10.0.0.1"), 6));
  ASSERT_TRUE(vip.has_value());
  EXPECT_EQ(vip->services, 2U);
}

TEST_F(Rows, VipsHoldTheRangesOfPortsInTheirOrder) {
  SteerRows rows = case_rows();
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  EXPECT_EQ(rare_rows(rows), HVS_STEER_RARE_RANGES | HVS_STEER_RARE_NAT_ANY);
  const auto vip = vip_key(*IpAddr::parse("10.10.0.102"), 6);
  const auto row = look_up<hvs_steer_vip>(maps().vips, vip);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->services, 2U);
  ASSERT_EQ(row->ranges_used, 2U);
  EXPECT_EQ(row->ranges[0].port_low, 9000);
  EXPECT_EQ(row->ranges[0].port_high, 9999);
  EXPECT_EQ(row->ranges[0].stats_index, 9U);
  EXPECT_EQ(row->ranges[1].port_low, 0);
  EXPECT_EQ(row->ranges[1].stats_index, 7U);
  rows.ranges.clear();
  rows.dests.clear();
  EXPECT_EQ(rare_rows(rows), 0);
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  EXPECT_EQ(look_up<hvs_steer_vip>(maps().vips, vip)->ranges_used, 0U);
}

TEST_F(Rows, EditedByHandAreMended) {
  const SteerRows rows = case_rows();
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  ASSERT_EQ(bpf_map_delete_elem(maps().services.get(), &rows.services[0].key), 0);
  const auto foreign = row("10.66.66.66", 9, 0).key;
  const hvs_steer_service value{1, 0};
  ASSERT_EQ(bpf_map_update_elem(maps().services.get(), &foreign, &value, BPF_ANY), 0);
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  expect_map_equals(rows);
}

TEST_F(Rows, CountersStartFromZeroOnlyWhenASlotIsTakenIntoUse) {
  program_.configure(HVS_ON_DOWN_PASS, 0, 0);
  SteerRows rows = case_rows();
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  const Bytes web = steer_cases().front().frame;  // slot 0, row 1
  ASSERT_EQ(program_.run(web), XDP_PASS);
  ASSERT_EQ(read_stats_row(maps(), 1).passed_packets, 1U);
  rows.services[0].key.port = Be16{std::uint16_t{8080}}.raw();  // the service of slot 0 changes its port
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  EXPECT_EQ(read_stats_row(maps(), 1).passed_packets, 1U);
  rows.services.erase(rows.services.begin());
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  rows.services.push_back(row("10.3.3.3", 3, 0));  // another service gets the slot
  ASSERT_TRUE(sync_rows(maps(), rows).ok());
  EXPECT_EQ(read_stats_row(maps(), 1).passed_packets, 0U);
}

TEST_F(Rows, SlotWithoutCountersIsRefused) {
  const SteerRows rows{{row("10.0.0.1", 1, HVS_STEER_STATS_ROWS - 1)}, {}};
  EXPECT_FALSE(sync_rows(maps(), rows).ok());
}

TEST_F(Rows, ThatDoNotFitAreNamed) {
  SteerRows rows;
  for (std::uint32_t i = 0; i <= HVS_STEER_MAX_LIPS; ++i)
    rows.lips.push_back({lip_key(IpAddr::v4(Be32{0x0a000000U + i})), {1, 2, 0}});
  const auto status = sync_rows(maps(), rows);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find("steer_lips: cannot add a row for 10.0."), std::string::npos)
      << status.error().message();
}

// A service that is in both sets of rows is never missing on the way from one to the other.
TEST_F(Rows, KeptServiceIsNeverMissing) {
  const SteerRows one{{row("10.0.0.1", 80, 0), row("10.0.0.2", 80, 1)}, {}};
  const SteerRows two{{row("10.0.0.3", 80, 1), row("10.0.0.1", 80, 0)}, {}};
  ASSERT_TRUE(sync_rows(maps(), one).ok());
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> missing = 0;
  std::atomic<std::uint64_t> looks = 0;
  std::thread reader([&] {
    const auto service = row("10.0.0.1", 80, 0).key;
    const auto vip = vip_key(*IpAddr::parse("10.0.0.1"), 6);
    while (!stop) {
      if (!look_up<hvs_steer_service>(maps().services, service)) ++missing;
      if (!look_up<hvs_steer_vip>(maps().vips, vip)) ++missing;
      ++looks;
    }
  });
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(sync_rows(maps(), i % 2 == 0 ? two : one).ok());
  stop = true;
  reader.join();
  EXPECT_EQ(missing, 0U);
  EXPECT_GT(looks, 100U);
}

}  // namespace
}  // namespace hvs::test
