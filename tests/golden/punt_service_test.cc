// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <vector>

#include "daemon/punt.h"
#include "tests/golden/rig.h"

namespace hvs::golden {
namespace {

constexpr PortId kFirst{0};
constexpr PortId kSecond{1};

/// Takes so many frames, and then has no room.
class Kernel final : public FrameSink {
 public:
  unsigned give(rte_mbuf** frames, unsigned count, std::uint64_t& refused) override {
    unsigned taken = 0;
    for (; taken < count && room != 0; ++taken, --room) {
      got.push_back(frames[taken]->hash.usr);
      rte_pktmbuf_free(frames[taken]);
      if (down) ++refused;
    }
    return taken;
  }
  std::vector<std::uint32_t> got;
  unsigned room = 1'000'000;
  bool down = false;
};

class PuntServiceTest : public testing::Test {
 protected:
  PuntServiceTest() : free_before_(rte_mempool_avail_count(Rig::pool)) {
    auto made = Fabric::create(1, 2, "punts");
    fabric_ = std::move(*made);
    service_ = std::make_unique<PuntService>(*fabric_);
    service_->add(first_);
    service_->add(second_);
  }
  ~PuntServiceTest() override {
    service_.reset();
    fabric_.reset();
    EXPECT_EQ(rte_mempool_avail_count(Rig::pool), free_before_);
  }
  /// Numbered from `number` on.
  static void put(rte_ring* ring, std::uint32_t number, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      rte_mbuf* frame = rte_pktmbuf_alloc(Rig::pool);
      ASSERT_NE(frame, nullptr);
      frame->hash.usr = number + i;
      ASSERT_EQ(rte_ring_enqueue(ring, frame), 0);
    }
  }
  static constexpr std::uint32_t kRest = 1000;

  unsigned free_before_;
  std::unique_ptr<Fabric> fabric_;
  std::unique_ptr<PuntService> service_;
  Kernel first_;
  Kernel second_;
};

TEST_F(PuntServiceTest, ControlGoesAheadOfWhatCameBeforeIt) {
  put(fabric_->punt(kFirst).rest, kRest, 3);
  put(fabric_->punt(kFirst).control, 1, 2);
  EXPECT_EQ(service_->serve(), 5U);
  EXPECT_EQ(first_.got, (std::vector<std::uint32_t>{1, 2, kRest, kRest + 1, kRest + 2}));
  EXPECT_EQ(service_->punted(0), 5U);
  EXPECT_EQ(service_->lost(0), 0U);
}

TEST_F(PuntServiceTest, RequestsComeAfterControlAndStarveNobody) {
  constexpr std::uint32_t kRequest = 500;
  put(fabric_->punt(kFirst).request, kRequest, kPuntRequestRingSize - 1);
  put(fabric_->punt(kFirst).rest, kRest, 1);
  put(fabric_->punt(kFirst).control, 1, 1);
  service_->serve();
  ASSERT_GE(first_.got.size(), 3U);
  EXPECT_EQ(first_.got[0], 1U);
  EXPECT_EQ(first_.got[1], kRequest);
  EXPECT_EQ(first_.got.back(), kRest) << "in the first call, for all that waits before it";
  EXPECT_LT(first_.got.size(), kPuntRequestRingSize) << "a call is bounded";
  EXPECT_EQ(service_->lost(0), 0U);
}

TEST_F(PuntServiceTest, AFloodThroughOnePortLeavesRoomForTheOther) {
  put(fabric_->punt(kFirst).control, 0, kPuntControlRingSize - 1);
  put(fabric_->punt(kFirst).rest, kRest, kPuntRestRingSize - 1);
  put(fabric_->punt(kSecond).control, 7, 1);
  put(fabric_->punt(kSecond).rest, 8, 1);
  const unsigned taken = service_->serve();
  EXPECT_LE(taken, PuntService::kControlPerCall + PuntService::kRestPerCall) << "a call is bounded";
  EXPECT_EQ(second_.got, (std::vector<std::uint32_t>{7, 8}));
  EXPECT_LT(first_.got.size(), kPuntControlRingSize + kPuntRestRingSize - 2U);
}

TEST_F(PuntServiceTest, WhatTheKernelHasNoRoomForWaitsIfItIsControl) {
  put(fabric_->punt(kFirst).control, 0, 4);
  put(fabric_->punt(kFirst).rest, kRest, 2);
  first_.room = 1;
  service_->serve();
  EXPECT_EQ(first_.got, (std::vector<std::uint32_t>{0}));
  first_.room = 4;
  service_->serve();
  EXPECT_EQ(first_.got, (std::vector<std::uint32_t>{0, 1, 2, 3, kRest}));
  EXPECT_EQ(service_->lost(0), 1U) << "the rest does not wait";
  EXPECT_EQ(service_->unavailable(), 1U);
}

TEST_F(PuntServiceTest, WhatTheKernelRefusesIsLost) {
  first_.down = true;
  put(fabric_->punt(kFirst).control, 0, 4);
  put(fabric_->punt(kFirst).rest, kRest, 2);
  EXPECT_EQ(service_->serve(), 6U);
  EXPECT_EQ(service_->punted(0), 0U);
  EXPECT_EQ(service_->lost(0), 6U);
}

TEST_F(PuntServiceTest, APortWithoutACompanionLosesItsFrames) {
  PuntService bare(*fabric_);
  bare.add(nullptr);
  bare.add(nullptr);
  put(fabric_->punt(kSecond).control, 0, 2);
  bare.serve();
  EXPECT_EQ(bare.lost(1), 2U);
  EXPECT_EQ(bare.unavailable(), 2U);
}

}  // namespace
}  // namespace hvs::golden
