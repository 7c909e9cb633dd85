// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "pmd/steering.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <sys/stat.h>

#include <optional>

#include "pmd/steering/xdp_link.h"
#include "tests/bpf/environment.h"
#include "tests/bpf/xsk_socket.h"
#include "tests/support/packet_check.h"
#include "tests/support/steer_cases.h"

namespace hvs::test {
namespace {

namespace fs = std::filesystem;

class SteeringOnVeth : public testing::Test {
 protected:
  void SetUp() override {
    auto steering = Steering::open(paths_.get());
    ASSERT_TRUE(steering.ok()) << steering.error().message();
    steering_ = std::move(steering).value();
    ASSERT_TRUE(steering_->sync(case_rows()).ok());
    ASSERT_TRUE(steering_->prepare(veth_.ifindex()).ok());
  }
  void attach(XdpMode wanted, XdpMode expected, std::uint32_t bootstrap_flags = 0) {
    xsks_map_ = attach_bootstrap(veth_.ifindex(), bootstrap_flags);
    ASSERT_TRUE(xsks_map_);
    port_.xdp = wanted;
    const auto mode = steering_->attach(port_, veth_.ifindex(), kPortMac);
    ASSERT_TRUE(mode.ok()) << mode.error().message();
    EXPECT_EQ(mode.value(), expected);
    EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_steer");
  }
  /// Sends a frame of every kind and checks which ones the socket got.
  void expect_only_ours_at_the_socket() {
    XskSocket socket(veth_.name(), xsks_map_.get());
    const RawSender sender(veth_.peer());
    sender.send(ping_);
    sender.send(web_);
    sender.send(fragment_);
    sender.send(arp_);
    for (const Bytes* expected : {&web_, &fragment_}) {
      const auto got = socket.receive();
      ASSERT_TRUE(got.has_value());
      EXPECT_EQ(hex_dump(*got), hex_dump(*expected));
    }
    EXPECT_FALSE(socket.receive().has_value());
    const hvs_steer_stats stats = steering_->read_stats(ServiceSlot{0});
    EXPECT_EQ(stats.steered_packets, 1U);
    EXPECT_EQ(stats.steered_bytes, web_.size());
    EXPECT_EQ(steering_->read_unowned_stats().steered_packets, 1U);
  }

  TestPaths paths_{"one"};
  VethPair veth_{"hvst-a", "hvst-b"};
  std::unique_ptr<Steering> steering_;
  PortConfig port_{.name = "outside", .device = "hvst-a", .hold = std::chrono::seconds(30)};
  Fd xsks_map_;
  const Bytes web_ = Packet().eth().ipv4("192.0.2.1", "10.10.0.100").tcp(40000, 80).payload_bytes(30).build();
  const Bytes ping_ = Packet().eth().ipv4("192.0.2.1", "10.10.0.100").icmp(8).payload_bytes(30).build();
  const Bytes fragment_ = Packet()
                              .eth()
                              .ipv4("192.0.2.1", "10.10.0.100", {.offset_bytes = 64, .protocol = 6})
                              .payload_bytes(40)
                              .build();
  const Bytes arp_ = Packet().eth(kPortMac, kPeerMac, EtherType::arp).payload_bytes(46).build();
};

TEST_F(SteeringOnVeth, TakesTheBootstrapsPlaceInNativeMode) {
  attach(XdpMode::native, XdpMode::native);
  expect_only_ours_at_the_socket();
}

TEST_F(SteeringOnVeth, StaysGenericWhereTheDriverGaveOnlyThat) {
  attach(XdpMode::automatic, XdpMode::generic, XDP_FLAGS_SKB_MODE);
  expect_only_ours_at_the_socket();
}

TEST_F(SteeringOnVeth, GoesGenericWhereThatWasAskedFor) {
  attach(XdpMode::generic, XdpMode::generic);
  expect_only_ours_at_the_socket();
}

TEST_F(SteeringOnVeth, RefusesGenericWhereNativeWasAskedFor) {
  const Fd map = attach_bootstrap(veth_.ifindex(), XDP_FLAGS_SKB_MODE);
  port_.xdp = XdpMode::native;
  const auto mode = steering_->attach(port_, veth_.ifindex(), kPortMac);
  ASSERT_FALSE(mode.ok());
  EXPECT_NE(mode.error().message().find("no native XDP"), std::string::npos) << mode.error().message();
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_bootstrap");
}

TEST_F(SteeringOnVeth, RefusesToReplaceAnythingButTheBootstrap) {
  const auto nothing = steering_->attach(port_, veth_.ifindex(), kPortMac);
  ASSERT_FALSE(nothing.ok());
  EXPECT_NE(nothing.error().message().find("no XDP program"), std::string::npos);
}

TEST_F(SteeringOnVeth, PinsSharedAndPerPortMaps) {
  attach(XdpMode::automatic, XdpMode::native);
  const fs::path dir = steering_->pin_dir();
  struct stat info {};
  ASSERT_EQ(stat(dir.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  for (const char* name : {"steer_services", "steer_vips", "steer_lips", "steer_dests", "steer_inside",
                           "steer_outside", "steer_stats"}) {
    const Fd map(bpf_obj_get((dir / name).c_str()));
    ASSERT_GE(map.get(), 0) << name;
    bpf_map_info map_info{};
    std::uint32_t size = sizeof map_info;
    ASSERT_EQ(bpf_obj_get_info_by_fd(map.get(), &map_info, &size), 0) << name;
    EXPECT_NE(map_info.btf_value_type_id, 0U) << name << " is of numbers, not of names, for bpftool";
  }
  const Fd config(bpf_obj_get((dir / "ports/outside/steer_config").c_str()));
  hvs_steer_config row{};
  const std::uint32_t zero = 0;
  ASSERT_EQ(bpf_map_lookup_elem(config.get(), &zero, &row), 0);
  EXPECT_EQ(row.abi_version, static_cast<std::uint32_t>(HVS_STEER_ABI_VERSION));
  EXPECT_EQ(row.on_down, static_cast<std::uint32_t>(HVS_ON_DOWN_HOLD));
  EXPECT_EQ(row.hold_ns, 30'000'000'000U);
  EXPECT_TRUE(std::equal(kPortMac.begin(), kPortMac.end(), row.mac));
  const std::uint64_t before = row.heartbeat_ns;
  EXPECT_GT(before, 0U);
  ASSERT_TRUE(steering_->heartbeat().ok());
  ASSERT_EQ(bpf_map_lookup_elem(config.get(), &zero, &row), 0);
  EXPECT_GT(row.heartbeat_ns, before);
  EXPECT_TRUE(fs::exists(dir / "ports/outside/xsks_map"));
}

TEST_F(SteeringOnVeth, HoldsOrPassesWhileNoSocketIsThere) {
  attach(XdpMode::automatic, XdpMode::native);
  const RawSender sender(veth_.peer());
  sender.send(web_);
  EXPECT_EQ(steering_->read_stats(ServiceSlot{0}).held_packets, 1U);
  port_.on_down = OnDown::pass;
  ASSERT_TRUE(steering_->update(port_, kPortMac).ok());
  sender.send(web_);
  EXPECT_EQ(steering_->read_stats(ServiceSlot{0}).held_packets, 1U);
  EXPECT_EQ(steering_->read_stats(ServiceSlot{0}).passed_packets, 1U);
}

TEST_F(SteeringOnVeth, DetachesAndRemovesAllTraces) {
  attach(XdpMode::automatic, XdpMode::native);
  steering_->detach_all();
  EXPECT_EQ(attached_name(veth_.ifindex()), "");
  EXPECT_FALSE(fs::exists(paths_.get().pin_root));
  EXPECT_FALSE(fs::exists(paths_.get().run_root / ".ports"));
  EXPECT_FALSE(Steering::open(paths_.get()).ok()) << "the end is not over";
  steering_.reset();
  EXPECT_FALSE(fs::exists(paths_.get().run_root / "one"));
  EXPECT_FALSE(fs::exists(paths_.get().pin_root));
}

TEST_F(SteeringOnVeth, LeavesAProgramThatTookItsPlace) {
  attach(XdpMode::automatic, XdpMode::native);
  const auto before = query_xdp(veth_.ifindex());
  const auto ours = open_program(before.value()->id);
  ASSERT_TRUE(detach_xdp(veth_.ifindex(), ours->get(), before.value()->flags).ok());
  ASSERT_TRUE(attach_bootstrap(veth_.ifindex()));  // somebody else's, as far as this instance knows
  steering_->detach_all();
  EXPECT_EQ(attached_name(veth_.ifindex()), "hvs_bootstrap");
}

}  // namespace
}  // namespace hvs::test
