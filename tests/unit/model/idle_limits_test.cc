// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include "control/config/config_file.h"
#include "dataplane/conn/connection.h"
#include "model/snapshot.h"

namespace hvs {
namespace {

// The longest timeout that a configuration may name, in the stamps of connections.
TEST(IdleLimits, ThirtyOneDaysFitIntoAStamp) {
  const auto config = parse_config("ports: [{device: eth0}]\ntimeouts: {tcp_established: 31d}\n", "test");
  ASSERT_TRUE(config.ok()) << config.problems().text();
  constexpr std::uint32_t kDay = 86'400'000;
  Connection<V4> conn;
  conn.idle_limit_ms = idle_limits(config->timeouts).tcp[static_cast<std::size_t>(TcpState::established)];
  EXPECT_EQ(conn.idle_limit_ms, 31 * kDay);
  conn.stamp_ms = ~0U - 5 * kDay;  // the clock goes round meanwhile
  EXPECT_FALSE(conn.expired(conn.stamp_ms + 31 * kDay));
  EXPECT_TRUE(conn.expired(conn.stamp_ms + 31 * kDay + 1));
  EXPECT_TRUE(conn.expired(conn.stamp_ms + 49 * kDay)) << "found, though late";
  EXPECT_FALSE(parse_config("ports: [{device: eth0}]\ntimeouts: {udp: 32d}\n", "test").ok());
}

}  // namespace
}  // namespace hvs
