// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "tests/unit/compile/compiled.h"

namespace hvs {
namespace {

using test::ip;

Config config_of(std::vector<const char*> dests, OnDestRemoved policy) {
  Config config;
  ServiceConfig service;
  service.name = "web";
  service.vip = ip("10.10.0.1");
  service.port = L4Port{80};
  service.mode = ForwardingMode::dr;
  service.on_dest_removed = policy;
  for (const char* address : dests) {
    DestConfig dest;
    dest.address = ip(address);
    dest.port = L4Port{80};
    service.dests.push_back(dest);
  }
  config.services = {service};
  return config;
}

class RemovedDests : public testing::Test {
 protected:
  std::shared_ptr<const Snapshot> apply(const Config& config) {
    return test::apply(compiler_, config, probe_);
  }
  SnapshotCompiler compiler_;
  bool busy_ = true;
  SlotProbe probe_{[this](ServiceSlot) { return busy_; }, [this](DestSlot) { return busy_; }};
};

constexpr auto kKeep = OnDestRemoved::keep;
constexpr auto kReset = OnDestRemoved::reset;

TEST_F(RemovedDests, NothingIsKnownOfThoseThatGoOn) {
  apply(config_of({"10.20.0.21", "10.20.0.22"}, kKeep));
  EXPECT_TRUE(apply(config_of({"10.20.0.22"}, kKeep))->removed_dests.empty());
}

TEST_F(RemovedDests, HaveTheirServicesPolicyUntilTheirConnectionsEnd) {
  const auto first = apply(config_of({"10.20.0.21", "10.20.0.22"}, kReset));
  const DestSlot gone = first->services[0]->dests[0].slot;
  const DestSlot there = first->services[0]->dests[1].slot;
  EXPECT_TRUE(first->removed_dests.empty());
  const auto second = apply(config_of({"10.20.0.22"}, kReset));
  EXPECT_EQ(second->on_removed(gone), kReset);
  EXPECT_EQ(second->on_removed(there), kKeep);
  EXPECT_EQ(compiler_.settle(probe_), nullptr) << "there are connections";
  EXPECT_EQ(apply(config_of({"10.20.0.22"}, OnDestRemoved::reschedule))->on_removed(gone),
            OnDestRemoved::reschedule);
  EXPECT_TRUE(apply(config_of({"10.20.0.22"}, kKeep))->removed_dests.empty());
  EXPECT_EQ(apply(config_of({"10.20.0.22"}, kReset))->on_removed(gone), kReset);
  busy_ = false;
  const auto settled = compiler_.settle(probe_);
  ASSERT_NE(settled, nullptr);
  EXPECT_TRUE(settled->removed_dests.empty());
}

TEST_F(RemovedDests, ComeBack) {
  const auto first = apply(config_of({"10.20.0.21", "10.20.0.22"}, kReset));
  apply(config_of({"10.20.0.22"}, kReset));
  const auto again = apply(config_of({"10.20.0.22", "10.20.0.21"}, kReset));
  EXPECT_TRUE(again->removed_dests.empty());
}

TEST_F(RemovedDests, KeepThePolicyOfAServiceThatIsRemovedItself) {
  const auto first = apply(config_of({"10.20.0.21"}, kReset));
  Config none = config_of({}, kKeep);
  none.services.clear();
  EXPECT_EQ(apply(none)->on_removed(first->services[0]->dests[0].slot), kReset);
}

TEST_F(RemovedDests, GiveTheirRowToAnother) {
  const auto first = apply(config_of({"10.20.0.21"}, kReset));
  const DestSlot row = first->services[0]->dests[0].slot;
  busy_ = false;
  apply(config_of({"10.20.0.22"}, kReset));
  const auto third = apply(config_of({"10.20.0.23"}, kReset));
  ASSERT_EQ(third->services[0]->dests[0].slot, row);
  EXPECT_EQ(third->on_removed(row), kKeep);
}

}  // namespace
}  // namespace hvs
