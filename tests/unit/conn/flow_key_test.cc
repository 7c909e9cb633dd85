// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#include "dataplane/conn/flow_key.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "dataplane/conn/conn_table.h"

namespace hvs {
namespace {

template <typename F>
FlowKey<F> random_key(std::mt19937_64& random) {
  std::array<std::uint8_t, sizeof(FlowKey<F>)> bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  FlowKey<F> key;
  std::memcpy(static_cast<void*>(&key), bytes.data(), sizeof key);
  return key;
}

template <typename F>
void expect_the_tables_hash() {
  std::mt19937_64 random(8);
  const HashSecret secret{random(), random()};
  const ConnTable<F> table(100, secret);
  const auto asking = table.asking();
  for (unsigned i = 0; i < 10'000; ++i) {
    const auto key = random_key<F>(random);
    ASSERT_EQ(table.hash(key), hash_key(key, secret));
    ASSERT_EQ(asking.hash(key.src, key.dst, key.ports(), key.protocol), hash_key(key, secret));
  }
}

TEST(FlowKeyTest, OfItsFieldsAsOfTheKeyV4) { expect_the_tables_hash<V4>(); }
TEST(FlowKeyTest, OfItsFieldsAsOfTheKeyV6) { expect_the_tables_hash<V6>(); }

TEST(FlowKeyTest, MultiplyFoldIsBothHalvesOfTheProduct) {
  __extension__ using Wide = unsigned __int128;
  std::mt19937_64 random(9);
  for (unsigned i = 0; i < 10'000; ++i) {
    const std::uint64_t x = i == 0 ? ~std::uint64_t{0} : random();
    const std::uint64_t y = i == 0 ? ~std::uint64_t{0} : random();
    const Wide product = static_cast<Wide>(x) * y;
    ASSERT_EQ(detail::multiply_fold(x, y), static_cast<std::uint64_t>(product ^ product >> 64));
  }
}

}  // namespace
}  // namespace hvs
