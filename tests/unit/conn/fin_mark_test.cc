// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "dataplane/conn/connection.h"

namespace hvs {
namespace {

template <typename F>
class FinMark : public testing::Test {};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(FinMark, Families);

TYPED_TEST(FinMark, TellsWhatIsMissingUpToItsRange) {
  LooseConnection<TypeParam> conn;
  for (const std::uint32_t mark : {0U, 1U, 0xffffU, 0x10000U, 0x2ffffU, 0x3ffffU, 0x40000U, 0xffffffffU}) {
    conn.mark_fin(mark);
    for (const std::uint32_t missing : {0U, 1U, 1460U, 0xffffU, 0x10000U, 0x20001U, 0x3ffffU})
      EXPECT_EQ(conn.short_of_fin(mark - missing), missing) << mark;
    EXPECT_EQ(conn.short_of_fin(mark - 0x40000), 0U);
  }
}

TYPED_TEST(FinMark, LeavesWhatElseIsThere) {
  LooseConnection<TypeParam> conn;
  conn.persistent = conn.crosses = conn.client_is_v4 = conn.dest_done = true;
  for (const std::uint32_t mark : {0U, 0xffffffffU}) {
    conn.mark_fin(mark);
    EXPECT_TRUE(conn.persistent && conn.crosses && conn.client_is_v4 && conn.dest_done);
    EXPECT_FALSE(conn.one_packet || conn.answers_lent);
  }
}

}  // namespace
}  // namespace hvs
