// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include <gtest/gtest.h>

#include <vector>

#include "dataplane/conn/conn_table.h"

namespace hvs {
namespace {

Connection<V4>* fill(Connection<V4>* conn, std::uint32_t n) {
  conn->client = Be32{0x0a000000U + n}.raw();
  conn->vip = Be32{0x0a640001U}.raw();
  conn->side().lip = Be32{0x0a140001U}.raw();
  conn->side().dest = Be32{0x0b000000U + n}.raw();
  conn->client_port = conn->lip_port = 4000;
  conn->vip_port = conn->dest_port = 80;
  conn->protocol = 6;
  conn->idle_limit_ms = 1000;
  return conn;
}

/// What the pipeline asks before it looks up a key again that it did not find at the start of a burst.
class EntryMarks : public testing::Test {
 protected:
  bool entered(const Connection<V4>* conn, Direction d) {
    return table.entered_since(table.hash(conn->key(d)));
  }
  ConnTable<V4> table{4096, HashSecret{1, 2}};
};

TEST_F(EntryMarks, BothKeysAreMarkedWhicheverWayTheyAreEntered) {
  for (std::uint32_t n = 0; n < 64; ++n) {
    table.mark_entries();
    Connection<V4>* conn = fill(table.allocate(), n);
    ASSERT_TRUE(n % 2 == 0 ? table.insert(conn) : table.insert_ahead(conn, table.hash(conn->key({}))));
    EXPECT_TRUE(entered(conn, Direction::to_dest));
    table.settle([](Connection<V4>*) { FAIL() << "buckets full"; });
    EXPECT_TRUE(entered(conn, Direction::to_client));
  }
}

TEST_F(EntryMarks, AnAnswersKeyIsMarkedToo) {
  Connection<V4>* conn = fill(table.allocate(), 1);
  conn->one_packet = true;
  ASSERT_TRUE(table.insert_for_replies(conn));
  EXPECT_TRUE(entered(conn, Direction::to_client));
}

TEST_F(EntryMarks, SpilledEntriesAreMarked) {
  ConnTable<V4> small(8, HashSecret{1, 2});  // four buckets: some of sixteen entries spill
  small.mark_entries();
  std::vector<Connection<V4>*> conns;
  for (std::uint32_t n = 0; n < 8; ++n) {
    conns.push_back(fill(small.allocate(), n));
    ASSERT_TRUE(small.insert(conns.back()));
  }
  for (const Connection<V4>* conn : conns) {
    EXPECT_TRUE(small.entered_since(small.hash(conn->key(Direction::to_dest))));
    EXPECT_TRUE(small.entered_since(small.hash(conn->key(Direction::to_client))));
  }
}

TEST_F(EntryMarks, AreForgottenAndSeldomWrong) {
  std::vector<Connection<V4>*> conns;
  for (std::uint32_t n = 0; n < 64; ++n) {
    conns.push_back(fill(table.allocate(), n));
    ASSERT_TRUE(table.insert(conns.back()));
  }
  table.mark_entries();
  for (const Connection<V4>* conn : conns) EXPECT_FALSE(entered(conn, Direction::to_dest));

  for (std::uint32_t n = 64; n < 128; ++n) ASSERT_TRUE(table.insert(fill(table.allocate(), n)));
  unsigned wrong = 0;
  for (const Connection<V4>* conn : conns) wrong += entered(conn, Direction::to_dest) ? 1 : 0;
  EXPECT_LT(wrong, 32U);  // 128 of 1,024 marks are set
}

}  // namespace
}  // namespace hvs
