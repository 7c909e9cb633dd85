// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// Two connections of one client's port to the same dest: the answers find one of them.
#include <gtest/gtest.h>

#include "dataplane/conn/conn_table.h"

namespace hvs {
namespace {

template <typename F>
class LentReplies : public testing::Test {
 protected:
  Connection<F>* make(std::uint16_t vip_port) {
    Connection<F>* conn = table.allocate();
    conn->mode = ForwardingMode::nat;
    conn->protocol = 17;
    conn->client_port = conn->lip_port = 5060;
    conn->vip_port = vip_port;
    conn->dest_port = 5070;
    conn->idle_limit_ms = 1000;
    return conn;
  }
  Connection<F>* answered() { return table.lookup(one->key(Direction::to_client)).conn; }
  Connection<F>* asked(const Connection<F>* conn) { return table.lookup(conn->key(Direction::to_dest)).conn; }

  ConnTable<F> table{4, {}};
  Connection<F>* one = make(1);
  Connection<F>* two = nullptr;  // made when the first one is in the table
};
using Families = testing::Types<V4, V6>;
TYPED_TEST_SUITE(LentReplies, Families);

TYPED_TEST(LentReplies, GoToAndFro) {
  ASSERT_TRUE(this->table.insert(this->one));
  this->two = this->make(2);
  EXPECT_FALSE(this->table.insert(this->two)) << "the answers are the first one's";
  this->table.lend_replies(this->one);
  ASSERT_TRUE(this->table.insert(this->two));
  EXPECT_EQ(this->answered(), this->two);
  EXPECT_EQ(this->asked(this->one), this->one);
  EXPECT_FALSE(this->table.take_replies_back(this->one));
  this->table.lend_replies(this->two);
  EXPECT_TRUE(this->table.take_replies_back(this->one));
  EXPECT_EQ(this->answered(), this->one);
}

TYPED_TEST(LentReplies, EitherMayEndFirst) {
  ASSERT_TRUE(this->table.insert(this->one));
  this->table.lend_replies(this->one);
  this->two = this->make(2);
  ASSERT_TRUE(this->table.insert(this->two));
  this->table.erase(this->one);
  EXPECT_EQ(this->answered(), this->two);
  this->table.lend_replies(this->two);
  this->table.erase(this->two);
  EXPECT_EQ(this->answered(), nullptr);
  EXPECT_EQ(this->table.size(), 0U);
}

TYPED_TEST(LentReplies, MayBeLentBeforeTheyAreEntered) {
  ASSERT_TRUE(this->table.insert_ahead(this->one, this->table.hash(this->one->key(Direction::to_dest))));
  this->table.lend_replies(this->one);
  EXPECT_TRUE(this->table.settled());
  this->two = this->make(2);
  ASSERT_TRUE(this->table.insert(this->two));
  EXPECT_EQ(this->answered(), this->two);
  this->table.erase(this->one);
}

}  // namespace
}  // namespace hvs
