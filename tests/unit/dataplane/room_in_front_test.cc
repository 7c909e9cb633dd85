// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "dataplane/output/output.h"

namespace hvs {
namespace {

// A tag of the way out may still come in front of what a frame grows by.
TEST(RoomInFront, IsWhatIsLeftBesidesATag) {
  rte_mbuf mbuf{};
  Frame frame;
  frame.mbuf = &mbuf;
  for (const unsigned bytes : {20U, 40U, 48U, 52U}) {
    mbuf.data_off = static_cast<std::uint16_t>(bytes + sizeof(VlanTag));
    EXPECT_TRUE(Output::has_room_in_front(frame, bytes));
    --mbuf.data_off;
    EXPECT_FALSE(Output::has_room_in_front(frame, bytes));
    mbuf.data_off = 0;
    EXPECT_FALSE(Output::has_room_in_front(frame, bytes));
  }
}

}  // namespace
}  // namespace hvs
